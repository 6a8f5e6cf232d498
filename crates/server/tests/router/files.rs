//! Files of the site: compression, caching, and missing files.

use axum::{body::Body, http::Request};

use super::{Fixture, LOCAL};

#[tokio::test]
async fn files_are_compressed_and_cached_but_missing_files_are_not() {
    let fixture = Fixture::new(LOCAL).await;
    let mut browser = fixture.browser();
    let request = Request::get("/pkg/app.abc.js").header("accept-encoding", "br");
    let answer = browser.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.body, "brotli");
    assert_eq!(answer.header("content-encoding"), Some("br"));
    assert_eq!(
        answer.header("cache-control"),
        Some("public, max-age=31536000, immutable")
    );
    let answer = browser.get("/robots.txt").await;
    assert_eq!(answer.header("cache-control"), Some("public, max-age=3600"));
    for path in [
        "/pkg/app.old.js",
        "/nowhere",
        "/pkg/../auth.db",
        "/..%2fauth.db",
        "/%2e%2e/auth.db",
    ] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        let policy = answer.header("cache-control").unwrap_or_default();
        assert!(!policy.contains("public"), "{path}: {policy}");
    }
}
