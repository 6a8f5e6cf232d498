//! What stands between a store and its server, and can fail as a server or a
//! network does.

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

/// Passes on what is sent to its port.
pub struct TcpProxy {
    pub port: u16,
    target: String,
    passing: Arc<Mutex<watch::Sender<bool>>>,
    /// Those of connections that nothing will ever come through again.
    stranded: Vec<watch::Sender<bool>>,
    running: Option<JoinHandle<()>>,
}

impl TcpProxy {
    /// One for `target`, a host and a port.
    pub async fn start(target: String) -> Self {
        let mut proxy = Self {
            port: 0,
            target,
            passing: Arc::new(Mutex::new(watch::Sender::new(true))),
            stranded: Vec::new(),
            running: None,
        };
        proxy.resume().await;
        proxy
    }

    /// As when the server is stopped: connections end, new ones are refused.
    pub async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.abort();
            drop(running.await);
        }
    }

    /// As when the server is started again, at the same port.
    pub async fn resume(&mut self) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.unwrap();
        self.port = listener.local_addr().unwrap().port();
        let passing = Arc::clone(&self.passing);
        self.running = Some(tokio::spawn(serve(listener, self.target.clone(), passing)));
    }

    /// As when a cable is pulled: nothing comes through, and nobody is told.
    pub fn pass(&self, passing: bool) {
        self.passing.lock().unwrap().send_replace(passing);
    }

    /// As when a standby takes over the address of a server that vanished:
    /// nothing comes through the connections there are, and new ones work.
    pub fn strand(&mut self) {
        self.pass(false);
        let new = watch::Sender::new(true);
        let stranded = std::mem::replace(&mut *self.passing.lock().unwrap(), new);
        self.stranded.push(stranded);
    }
}

async fn serve(listener: TcpListener, target: String, passing: Arc<Mutex<watch::Sender<bool>>>) {
    // Ends its tasks with itself.
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let (client, _) = listener.accept().await.unwrap();
        let server = TcpStream::connect(&target).await.unwrap();
        let passing = passing.lock().unwrap().subscribe();
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        connections.spawn(pump(from_client, to_server, passing.clone()));
        connections.spawn(pump(from_server, to_client, passing.clone()));
    }
}

async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut passing: watch::Receiver<bool>) {
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if passing.wait_for(|&passing| passing).await.is_err()
            || to.write_all(&buffer[..length]).await.is_err()
        {
            return;
        }
    }
}
