//! What a page shows as an error is in the log, with its cause.

use std::{
    io,
    sync::{Arc, Mutex},
};

use auth_core::ErrorKind;

use crate::pages::start_site;

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
async fn a_failure_that_a_page_shows_is_in_the_log() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .init();
    let site = start_site().await;
    let mut browser = site.signed_in().await;
    site.provider.fail("/oidc/me", 200, "<h1>Hello</h1>");
    let page = browser.get("/profile").await.body;
    assert!(page.contains("did not give us this data"), "{page}");
    // The user is signed in, and this is no sign-in.
    assert!(
        !page.contains(ErrorKind::ProviderError.sentence()),
        "{page}"
    );
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let line = text.lines().find(|line| line.contains("userinfo"));
    let line = line.unwrap_or_else(|| panic!("{text}"));
    assert!(
        line.contains("status 200, content type text/html"),
        "{line}"
    );
}
