//! Clients that send nothing, or not everything.

use std::time::Duration;

use auth_testkit::{TestProvider, auth};
use axum::{Router, routing::get};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::{Server, send_signal};

/// Moves the clock of the server forward.
pub(super) async fn pass(time: Duration) {
    tokio::task::yield_now().await;
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

/// Opens a connection and sends these bytes on it.
async fn connected(server: &Server, bytes: &str) -> TcpStream {
    let mut connection = TcpStream::connect(server.address).await.unwrap();
    connection.write_all(bytes.as_bytes()).await.unwrap();
    connection
}

/// Returns whether the server has closed the connection, or does within half a
/// second.
async fn is_closed(connection: &mut TcpStream) -> bool {
    let mut rest = Vec::new();
    let end = connection.read_to_end(&mut rest);
    tokio::time::timeout(Duration::from_millis(500), end)
        .await
        .is_ok()
}

#[tokio::test]
async fn a_connection_that_never_finishes_its_headers_is_closed() {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    let routes = Router::new().route("/", get(async || "home"));
    let server = Server::start(&auth, routes).await;
    let mut silent = connected(&server, "").await;
    let mut unfinished = connected(&server, "GET / HTTP/1.1\r\nhost: localhost\r\n").await;
    let mut idle = connected(&server, "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    let mut answer = [0; 12];
    idle.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    tokio::time::sleep(Duration::from_millis(100)).await;

    // Each byte does not extend the time.
    pass(Duration::from_secs(70)).await;
    unfinished.write_all(b"accept: */*\r\n").await.unwrap();
    for connection in [&mut silent, &mut unfinished, &mut idle] {
        assert!(!is_closed(connection).await);
    }
    pass(Duration::from_secs(6)).await;
    for connection in [&mut silent, &mut unfinished, &mut idle] {
        assert!(is_closed(connection).await);
    }
    send_signal("-TERM");
    server.stopped_within(Duration::from_secs(2)).await;
}

#[tokio::test]
async fn a_response_may_take_longer_than_the_headers_of_a_request() {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    let slow = get(async || {
        tokio::time::sleep(Duration::from_secs(100)).await;
        "slow"
    });
    let server = Server::start(&auth, Router::new().route("/slow", slow)).await;
    let request = "GET /slow HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let mut connection = connected(&server, request).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    pass(Duration::from_secs(101)).await;
    let mut response = String::new();
    connection.read_to_string(&mut response).await.unwrap();
    assert!(response.ends_with("slow"), "{response}");
    send_signal("-TERM");
    server.stopped_within(Duration::from_secs(2)).await;
}

#[tokio::test]
async fn idle_connections_do_not_delay_a_stop() {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    let routes = Router::new().route("/", get(async || "home"));
    let server = Server::start(&auth, routes).await;
    let mut silent = connected(&server, "").await;
    let mut idle = connected(&server, "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    let mut answer = [0; 12];
    idle.read_exact(&mut answer).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    send_signal("-INT");
    server.stopped_within(Duration::from_secs(2)).await;
    assert!(is_closed(&mut idle).await);
    assert!(is_closed(&mut silent).await);
}
