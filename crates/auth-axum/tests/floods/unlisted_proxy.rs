//! A proxy with a public address that is not listed: its users share one limit, and the
//! log says so, once.

use std::{
    io,
    sync::{Arc, Mutex},
};

use auth_axum::WithAuth as _;
use auth_testkit::TestSite;
use axum::Router;

use super::addresses::Client;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_names_the_setting_once() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .finish();
    let _here = tracing::subscriber::set_default(subscriber);
    let site = TestSite::new(|auth| Router::new().with_auth(auth)).await;
    let lines = || {
        let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        let lines = text.lines().filter(|line| line.contains("192.0.2.80"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    Client::at(&site, "192.0.2.80").begin().await;
    assert_eq!(lines(), [""; 0], "a client");
    for user in ["203.0.113.1", "203.0.113.2"] {
        let mut proxy = Client::at(&site, "192.0.2.80").behind(user);
        proxy.begin().await;
    }
    let lines = lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("TRUSTED_PROXIES"), "{lines:?}");
}
