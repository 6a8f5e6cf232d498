//! When the store is read, and what a cache must not keep.

use auth_testkit::SUB;

use super::{Fixture, send};

const NAVIGATION: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

#[tokio::test]
async fn files_cost_no_read_and_pages_one() {
    let fixture = Fixture::new().await;
    let mut browser = fixture.signed_in().await;
    for (path, headers, reads) in [
        // What browsers send for the files of a page, and programs for any.
        (
            "/app.js",
            &[("accept", "*/*"), ("sec-fetch-dest", "script")][..],
            0,
        ),
        ("/app.js", &[("accept", "*/*")], 0),
        ("/app.js", &[], 0),
        ("/logo.js", &[("accept", "image/avif,image/webp")], 0),
        // The page of the fallback shows who is signed in.
        ("/nowhere", &[("accept", NAVIGATION)], 1),
        // Handlers that ask, whatever the client wants.
        ("/", &[("accept", NAVIGATION)], 1),
        ("/", &[("accept", "application/json")], 1),
        ("/", &[], 1),
    ] {
        let answer = send(&mut browser, "GET", path, headers).await;
        assert_eq!(
            fixture.store.take_calls("load"),
            reads,
            "{path} {headers:?}"
        );
        let is_shown = answer.body.contains(SUB);
        assert_eq!(is_shown, reads == 1, "{path}: {}", answer.body);
        let cache = (reads == 1).then_some("private, no-store");
        assert_eq!(answer.header("cache-control"), cache, "{path} {headers:?}");
    }
    assert_eq!(browser.post("/orders", "").await.body, "ordered");
    assert_eq!(browser.post("/webhook", "").await.body, "noted");
    assert_eq!(fixture.store.take_calls("load"), 0, "nobody asked");
}

#[tokio::test]
async fn a_page_of_a_signed_out_user_is_not_kept_either() {
    let fixture = Fixture::new().await;
    let answer = fixture.browser().get("/nowhere").await;
    assert_eq!(answer.body, "not found, nobody");
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
}
