//! A proxy between a store and its database that simulates failures of the
//! server and of the network.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinHandle,
};

/// Forwards connections to its port.
pub struct TcpProxy {
    pub port: u16,
    target: String,
    passing: Arc<Mutex<watch::Sender<bool>>>,
    answering: watch::Sender<bool>,
    /// Connections that never forward anything again.
    stranded: Vec<watch::Sender<bool>>,
    running: Option<JoinHandle<()>>,
}

impl TcpProxy {
    /// Starts a proxy for `target`, a host and a port.
    pub async fn start(target: String) -> Self {
        let mut proxy = Self {
            port: 0,
            target,
            passing: Arc::new(Mutex::new(watch::Sender::new(true))),
            answering: watch::Sender::new(true),
            stranded: Vec::new(),
            running: None,
        };
        proxy.resume().await;
        proxy
    }

    /// Simulates a stopped server: closes connections and refuses new ones.
    pub async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.abort();
            drop(running.await);
        }
    }

    /// Simulates a restart of the server, at the same port.
    pub async fn resume(&mut self) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.unwrap();
        self.port = listener.local_addr().unwrap().port();
        let passing = Arc::clone(&self.passing);
        let answering = self.answering.subscribe();
        let target = self.target.clone();
        self.running = Some(tokio::spawn(serve(listener, target, passing, answering)));
    }

    /// Simulates an unplugged cable: forwards nothing and closes nothing.
    pub fn pass(&self, passing: bool) {
        self.passing.lock().unwrap().send_replace(passing);
    }

    /// Simulates a slow server: what it is sent arrives, and its answers do not.
    pub fn answer(&self, answering: bool) {
        self.answering.send_replace(answering);
    }

    /// Simulates a standby that takes over the address of a server that
    /// vanished: existing connections forward nothing, new ones work.
    pub fn strand(&mut self) {
        self.pass(false);
        let new = watch::Sender::new(true);
        let stranded = std::mem::replace(&mut *self.passing.lock().unwrap(), new);
        self.stranded.push(stranded);
    }
}

async fn serve(
    listener: TcpListener,
    target: String,
    passing: Arc<Mutex<watch::Sender<bool>>>,
    answering: watch::Receiver<bool>,
) {
    // Aborts its tasks when it is dropped.
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let (client, _) = listener.accept().await.unwrap();
        let server = TcpStream::connect(&target).await.unwrap();
        let passing = passing.lock().unwrap().subscribe();
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        let requests = [passing.clone()];
        connections.spawn(pump(from_client, to_server, requests));
        let answers = [passing, answering.clone()];
        connections.spawn(pump(from_server, to_client, answers));
    }
}

async fn pump<const N: usize>(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut passing: [watch::Receiver<bool>; N],
) {
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        for passing in &mut passing {
            if passing.wait_for(|&passing| passing).await.is_err() {
                return;
            }
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
