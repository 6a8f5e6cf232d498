//! Serving over TCP, and stopping by a signal. The tests of this binary run one
//! after the other: a signal is for the whole process.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

mod slow_clients;
mod stopping;

use std::{
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    process::Command,
    time::{Duration, Instant},
};

use auth_axum::{WithAuth as _, serve};
use auth_core::Auth;
use auth_testkit::{TestProvider, auth};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::ConnectInfo,
    routing::get,
};

static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// A server on a free port.
struct Server {
    address: SocketAddr,
    serving: tokio::task::JoinHandle<io::Result<()>>,
    /// Held until the server has stopped.
    _turn: tokio::sync::MutexGuard<'static, ()>,
}

impl Server {
    /// Serves the routes, with sign-in.
    async fn start(auth: &Auth, routes: Router) -> Self {
        let turn = ONE_AT_A_TIME.lock().await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self {
            address: listener.local_addr().unwrap(),
            serving: tokio::spawn(serve(listener, routes.with_auth(auth), auth)),
            _turn: turn,
        }
    }

    /// Waits until the server has stopped. Fails if that takes longer.
    async fn stopped_within(self, limit: Duration) {
        let stopped = tokio::time::timeout(limit, self.serving).await;
        stopped.expect("the server runs").unwrap().unwrap();
        assert!(TcpStream::connect(self.address).is_err());
    }
}

/// Sends this process a signal.
fn send_signal(name: &str) {
    let pid = std::process::id().to_string();
    let status = Command::new("kill").args([name, &pid]).status().unwrap();
    assert!(status.success());
}

/// Builds a page in chunks, each of which is ready a moment after the one before.
async fn streamed() -> Body {
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    tokio::spawn(async move {
        for _ in 0..4 {
            tokio::task::yield_now().await;
            if sender
                .send(Bytes::from_static(b"<p>chunk</p>"))
                .await
                .is_err()
            {
                break;
            }
        }
    });
    Body::new(Chunks(receiver))
}

struct Chunks(tokio::sync::mpsc::Receiver<Bytes>);

impl axum::body::HttpBody for Chunks {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        self.0
            .poll_recv(context)
            .map(|chunk| chunk.map(|chunk| Ok(http_body::Frame::data(chunk))))
    }
}

/// Sends a request on an open connection and reads the chunked answer.
fn request(connection: &mut TcpStream, path: &str) -> String {
    // In one write: otherwise the client itself would wait for an acknowledgement.
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    connection.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    while !answer.ends_with(b"0\r\n\r\n") {
        let length = connection.read(&mut buffer).unwrap();
        assert_ne!(length, 0, "closed: {}", String::from_utf8_lossy(&answer));
        answer.extend_from_slice(&buffer[..length]);
    }
    String::from_utf8(answer).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_are_not_delayed_and_handlers_know_the_peer_and_a_signal_stops_the_server() {
    const REQUESTS: u32 = 50;
    /// How long a client delays an acknowledgement.
    const DELAY: Duration = Duration::from_millis(40);

    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    let slow = get(async || {
        tokio::time::sleep(Duration::from_millis(500)).await;
        streamed().await
    });
    let peer = get(async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.ip().to_string());
    let app = Router::new()
        .route("/streamed", get(streamed))
        .route("/slow", slow)
        .route("/peer", peer);
    let server = Server::start(&auth, app).await;
    let address = server.address;

    let fastest = tokio::task::spawn_blocking(move || {
        let mut connection = TcpStream::connect(address).unwrap();
        request(&mut connection, "/streamed");
        let mut measure = || {
            let begun = Instant::now();
            for _ in 0..REQUESTS {
                let page = request(&mut connection, "/streamed");
                assert_eq!(page.matches("chunk</p>").count(), 4, "{page}");
            }
            begun.elapsed()
        };
        // The fastest, because the machine may be busy. A delay would be in each.
        let fastest = (0..4).map(|_| measure()).min().unwrap();
        write!(
            connection,
            "GET /peer HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
        )
        .unwrap();
        let mut peer = String::new();
        connection.read_to_string(&mut peer).unwrap();
        assert!(peer.ends_with("127.0.0.1"), "{peer}");
        fastest
    })
    .await
    .unwrap();
    assert!(fastest < REQUESTS * DELAY * 3 / 4, "{fastest:?}");

    // A request in progress is answered, and then the server ends.
    let in_progress = tokio::task::spawn_blocking(move || {
        request(&mut TcpStream::connect(address).unwrap(), "/slow")
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    send_signal("-TERM");
    assert!(in_progress.await.unwrap().contains("chunk</p>"));
    server.stopped_within(Duration::from_secs(5)).await;
}
