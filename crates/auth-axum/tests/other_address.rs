//! An application that is opened at another address than `AUTH_URL`: the cookies of
//! its sign-ins do not reach the callback, and the log says why.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use auth_axum::WithAuth as _;
use auth_core::{Auth, MemoryStore};
use auth_testkit::{Browser, TestProvider, config};
use axum::{Router, body::Body, http::Request};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Begins a sign-in with these headers and returns what was logged.
async fn log_of_sign_in(base_url: &str, headers: &[(&str, &str)]) -> String {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let provider = TestProvider::start().await;
    let auth = Auth::new(config(&provider, base_url), MemoryStore::new()).unwrap();
    let mut request = Request::post("/api/auth/signin/logto").header("accept", "text/html");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let router = Router::new().with_auth(&auth);
    let answer = Browser::new(&router)
        .send(request.body(Body::empty()).unwrap())
        .await;
    assert!(answer.status.is_redirection(), "{answer:?}");
    String::from_utf8(log.0.lock().unwrap().clone()).unwrap()
}

#[tokio::test]
async fn a_sign_in_that_cannot_return_is_logged_with_both_addresses() {
    for (base_url, origin) in [
        ("https://app.test", "https://www.app.test"),
        ("https://app.test", "http://app.test"),
        ("https://app.test", "https://192.0.2.7"),
        ("http://localhost:3000", "http://my-machine:3000"),
    ] {
        let headers = [("sec-fetch-site", "same-origin"), ("origin", origin)];
        let log = log_of_sign_in(base_url, &headers).await;
        assert!(log.contains(&format!("opened_at=\"{origin}\"")), "{log}");
        assert!(log.contains(&format!("auth_url=\"{base_url}/\"")), "{log}");
    }
}

#[tokio::test]
async fn an_ordinary_sign_in_is_not_logged() {
    let own = ("sec-fetch-site", "same-origin");
    for headers in [
        &[][..],
        &[own],
        &[own, ("origin", "https://app.test")],
        // Cookies ignore ports. A proxy may have changed the host.
        &[own, ("origin", "https://app.test:8443")],
        &[own, ("origin", "https://app.test"), ("host", "backend:80")],
        &[own, ("origin", "null")],
        &[own, ("origin", "no address")],
    ] {
        let log = log_of_sign_in("https://app.test", headers).await;
        assert!(!log.contains("opened_at"), "{headers:?}: {log}");
    }
}
