//! Stopping a server that has requests in progress.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use auth_axum::CurrentSession;
use auth_core::Auth;
use auth_testkit::{Browser, TestProvider, auth};
use axum::{Router, extract::State, routing::get};
use tokio::{io::AsyncWriteExt as _, net::TcpStream};

use super::{Server, send_signal, slow_clients::pass};

/// Sends a request with the browser's cookies and does not read the answer.
async fn send(server: &Server, browser: &Browser, path: &str) -> TcpStream {
    let cookies: Vec<_> = browser
        .cookies
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: localhost\r\ncookie: {}\r\n\r\n",
        cookies.join("; ")
    );
    let mut connection = TcpStream::connect(server.address).await.unwrap();
    connection.write_all(request.as_bytes()).await.unwrap();
    connection
}

/// A page that takes a while, and then refreshes the user's tokens.
#[derive(Clone)]
struct SlowPage {
    auth: Auth,
    has_started: Arc<AtomicBool>,
    has_refreshed: Arc<AtomicBool>,
}

impl SlowPage {
    fn new(auth: &Auth) -> Self {
        Self {
            auth: auth.clone(),
            has_started: Arc::default(),
            has_refreshed: Arc::default(),
        }
    }

    fn routes(&self) -> Router {
        Router::new()
            .route("/slow", get(Self::show))
            .with_state(self.clone())
    }

    async fn show(State(page): State<Self>, session: CurrentSession) -> &'static str {
        page.has_started.store(true, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_secs(20)).await;
        page.auth.refresh_claims(&session).await.unwrap();
        page.has_refreshed.store(true, Ordering::SeqCst);
        "done"
    }

    /// Waits until a request is in progress.
    async fn started(&self) {
        while !self.has_started.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// A server with a request of a signed-in user in progress.
struct InProgress {
    provider: TestProvider,
    page: SlowPage,
    server: Server,
    _connection: TcpStream,
}

impl InProgress {
    async fn start() -> Self {
        use auth_axum::WithAuth as _;

        let provider = TestProvider::start().await;
        let auth = auth(&provider);
        let page = SlowPage::new(&auth);
        let signing_in = Router::new().with_auth(&auth);
        let browser = Browser::signed_in(&signing_in, &provider, "alice").await;
        let server = Server::start(&auth, page.routes()).await;
        let connection = send(&server, &browser, "/slow").await;
        page.started().await;
        Self {
            provider,
            page,
            server,
            _connection: connection,
        }
    }
}

#[tokio::test]
async fn a_request_that_is_cut_off_starts_no_refresh_afterwards() {
    let request = InProgress::start().await;
    send_signal("-TERM");
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!request.server.serving.is_finished(), "it waits");
    pass(Duration::from_secs(11)).await;
    request.server.stopped_within(Duration::from_secs(2)).await;

    pass(Duration::from_secs(20)).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!request.page.has_refreshed.load(Ordering::SeqCst));
    assert_eq!(request.provider.state().refresh.sent.len(), 0);
}

#[tokio::test]
async fn a_request_that_ends_in_time_is_answered_and_its_tokens_are_stored() {
    let request = InProgress::start().await;
    pass(Duration::from_secs(12)).await;
    send_signal("-TERM");
    tokio::time::sleep(Duration::from_millis(100)).await;
    pass(Duration::from_secs(9)).await;
    request.server.stopped_within(Duration::from_secs(2)).await;
    assert!(request.page.has_refreshed.load(Ordering::SeqCst));
    assert_eq!(request.provider.state().refresh.sent.len(), 1);
}

#[tokio::test]
async fn a_second_signal_stops_the_server_at_once() {
    let request = InProgress::start().await;
    // A shell and a parent process may each send the same Ctrl-C.
    send_signal("-INT");
    send_signal("-INT");
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert!(!request.server.serving.is_finished(), "it waits");
    send_signal("-INT");
    let at_once = Duration::from_millis(500);
    request.server.stopped_within(at_once).await;
}

#[tokio::test]
async fn a_second_signal_does_not_wait_for_tokens() {
    let request = InProgress::start().await;
    let delay = Duration::from_secs(4);
    let provider = &request.provider;
    provider.state().delays.insert("/oidc/token", delay);
    pass(Duration::from_secs(21)).await;
    while provider.hits("/oidc/token") < 2 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    send_signal("-TERM");
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert!(!request.server.serving.is_finished(), "it waits for tokens");
    send_signal("-TERM");
    let at_once = Duration::from_millis(500);
    request.server.stopped_within(at_once).await;
}
