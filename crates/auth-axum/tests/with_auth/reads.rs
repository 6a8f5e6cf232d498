//! When the store is read, and what a cache must not keep.

use auth_axum::{CurrentSession, WithAuth as _};
use auth_testkit::{Browser, SUB};
use axum::{Router, routing::get};

use super::{front, send, start_site};

const NAVIGATION: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

#[tokio::test]
async fn a_file_causes_no_read_of_the_store_and_a_page_one() {
    let site = start_site().await;
    let mut browser = site.signed_in().await;
    for (path, headers, reads) in [
        // The headers that browsers send for the files of a page, and programs for
        // everything.
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
        // Handlers that use the session, with any `Accept`.
        ("/", &[("accept", NAVIGATION)], 1),
        ("/", &[("accept", "application/json")], 1),
        ("/", &[], 1),
    ] {
        let answer = send(&mut browser, "GET", path, headers).await;
        assert_eq!(site.store.take_calls("load"), reads, "{path} {headers:?}");
        let is_shown = answer.body.contains(SUB);
        assert_eq!(is_shown, reads == 1, "{path}: {}", answer.body);
        let cache = (reads == 1).then_some("private, no-store");
        assert_eq!(answer.header("cache-control"), cache, "{path} {headers:?}");
    }
    assert_eq!(browser.post("/orders", "").await.body, "ordered");
    assert_eq!(browser.post("/webhook", "").await.body, "noted");
    assert_eq!(site.store.take_calls("load"), 0, "nobody asked");
}

#[tokio::test]
async fn a_page_of_a_signed_out_user_is_not_cached_either() {
    let site = start_site().await;
    let answer = site.browser().get("/nowhere").await;
    assert_eq!(answer.body, "not found, nobody");
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
}

#[tokio::test]
async fn a_public_answer_that_shows_the_session_becomes_private() {
    async fn account(CurrentSession(session): CurrentSession) -> String {
        session.sub().to_owned()
    }
    let site = start_site().await;
    for (policy, for_user) in [
        ("public, max-age=3600", "private, no-store"),
        ("max-age=3600", "private, no-store"),
        // Only the header that it names is private.
        ("private=\"set-cookie\"", "private, no-store"),
        ("Private, max-age=60", "Private, max-age=60"),
        ("max-age=0,NO-STORE", "max-age=0,NO-STORE"),
    ] {
        let cached = [("cache-control", policy)];
        let app = Router::new()
            .route(
                "/front",
                get(async move |session| (cached, front(session).await)),
            )
            .route(
                "/account",
                get(async move |session| (cached, account(session).await)),
            )
            .route("/news", get(async move || (cached, "news")))
            .fallback(async move |session| (cached, front(session).await))
            .with_auth(&site.auth);
        let mut browser = Browser::new(&app);
        let answer = browser.get("/front").await;
        assert_eq!(answer.header("cache-control"), Some(policy), "signed out");
        browser.sign_in(&site.provider).await;
        for (path, expected) in [
            ("/front", for_user),
            ("/account", for_user),
            ("/nowhere", for_user),
            ("/news", policy),
        ] {
            let answer = browser.get(path).await;
            assert_eq!(answer.headers.get_all("cache-control").iter().count(), 1);
            let actual = answer.header("cache-control");
            assert_eq!(actual, Some(expected), "{path} {policy}: {answer:?}");
        }
    }
}
