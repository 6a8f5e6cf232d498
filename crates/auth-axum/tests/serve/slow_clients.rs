//! Clients that send nothing, not everything, or too much, and clients that do not
//! read.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use auth_testkit::{TestProvider, auth};
use axum::{
    Router,
    body::{Body, Bytes, HttpBody},
    routing::{get, post},
};
use http_body::Frame;
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
    pass(Duration::from_secs(17)).await;
    unfinished.write_all(b"accept: */*\r\n").await.unwrap();
    for connection in [&mut silent, &mut unfinished, &mut idle] {
        assert!(!is_closed(connection).await);
    }
    pass(Duration::from_secs(3)).await;
    assert!(is_closed(&mut unfinished).await);
    // A proxy keeps connections for later requests.
    pass(Duration::from_secs(48)).await;
    for connection in [&mut silent, &mut idle] {
        assert!(!is_closed(connection).await);
    }
    pass(Duration::from_secs(8)).await;
    for connection in [&mut silent, &mut idle] {
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
    let mut unfinished = connected(&server, "GET / HTTP/1.1\r\nhost: localhost\r\n").await;
    let mut answer = [0; 12];
    idle.read_exact(&mut answer).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    send_signal("-INT");
    server.stopped_within(Duration::from_secs(2)).await;
    for connection in [&mut silent, &mut idle, &mut unfinished] {
        assert!(is_closed(connection).await);
    }
}

/// Starts a server whose route `/form` reads the body of a request, with nothing
/// between the two.
async fn server_that_reads() -> Server {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    let form = post(async |body: String| body.len().to_string());
    Server::start(&auth, Router::new().route("/form", form)).await
}

/// Reads what the server answers until it closes the connection.
async fn answer(mut connection: TcpStream) -> String {
    let mut answer = String::new();
    let end = connection.read_to_string(&mut answer);
    let end = tokio::time::timeout(Duration::from_secs(5), end).await;
    end.expect("the connection is closed").unwrap();
    answer
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_answered_408() {
    let server = server_that_reads().await;
    let head = "POST /form HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\n";
    let silent = connected(&server, head).await;
    let mut dripping = connected(&server, head).await;
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        dripping.write_all(b"x").await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        pass(Duration::from_secs(5)).await;
    }
    for connection in [silent, dripping] {
        let answer = answer(connection).await;
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    }
    send_signal("-TERM");
    server.stopped_within(Duration::from_secs(2)).await;
}

#[tokio::test]
async fn a_long_body_may_take_a_second_for_each_500_bytes() {
    let server = server_that_reads().await;
    let head = "POST /form HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
                content-length: 30000\r\n\r\n";
    let mut slow = connected(&server, head).await;
    for _ in 0..12 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        slow.write_all(&[b'x'; 2500]).await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        pass(Duration::from_secs(5)).await;
    }
    let answer = answer(slow).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.ends_with("30000"), "{answer}");
    send_signal("-TERM");
    server.stopped_within(Duration::from_secs(2)).await;
}

#[tokio::test]
async fn a_handler_that_takes_its_time_is_not_the_clients_fault() {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    let form = post(async |body: Body| {
        tokio::time::sleep(Duration::from_secs(60)).await;
        axum::body::to_bytes(body, 1000)
            .await
            .map(|body| body.len().to_string())
            .map_err(|error| error.to_string())
    });
    let server = Server::start(&auth, Router::new().route("/form", form)).await;
    let head = "POST /form HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
                content-length: 4\r\n\r\n";
    let mut connection = connected(&server, head).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    pass(Duration::from_secs(61)).await;
    connection.write_all(b"body").await.unwrap();
    let answer = answer(connection).await;
    assert!(answer.ends_with("\r\n\r\n4"), "{answer}");
    send_signal("-TERM");
    server.stopped_within(Duration::from_secs(2)).await;
}

#[tokio::test]
async fn a_client_that_does_not_read_its_response_is_not_kept() {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    let has_ended = Arc::new(AtomicBool::new(false));
    let routes = Router::new().route(
        "/long",
        get({
            let has_ended = has_ended.clone();
            async move || Body::new(Endless(has_ended))
        }),
    );
    let server = Server::start(&auth, routes).await;
    let request = "GET /long HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let _unread = connected(&server, request).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    pass(Duration::from_secs(58)).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!has_ended.load(Ordering::SeqCst));
    pass(Duration::from_secs(3)).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(has_ended.load(Ordering::SeqCst), "the response is dropped");
    send_signal("-TERM");
    server.stopped_within(Duration::from_secs(2)).await;
}

/// A response without end, which notes that it was dropped.
struct Endless(Arc<AtomicBool>);

impl Drop for Endless {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl HttpBody for Endless {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(
            &[b'x'; 16 * 1024],
        )))))
    }
}

#[tokio::test]
async fn headers_that_are_too_long_are_answered_431() {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    let routes = Router::new().route("/", get(async || "home"));
    let server = Server::start(&auth, routes).await;
    let cookies = |length: usize| {
        let cookies = "=;".repeat(length / 2);
        format!(
            "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncookie: {cookies}\r\n\r\n"
        )
    };
    for (length, status) in [(30_000, "200"), (40_000, "431")] {
        let answer = answer(connected(&server, &cookies(length)).await).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{length}: {answer}"
        );
    }
    send_signal("-TERM");
    server.stopped_within(Duration::from_secs(2)).await;
}
