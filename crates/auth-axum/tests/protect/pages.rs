//! Protected pages.

use axum::{
    body::Body,
    http::{Method, Request},
};

use super::{ApiRequests as _, start_site};

#[tokio::test]
async fn a_page_that_needs_a_role_asks_a_signed_out_user_to_sign_in() {
    let site = start_site().await;
    for (path, sign_in) in [
        ("/admin", "/api/auth/signin?callbackUrl=%2Fadmin"),
        (
            "/nested/admin?a=b&c=%26",
            "/api/auth/signin?callbackUrl=%2Fnested%2Fadmin%3Fa%3Db%26c%3D%2526",
        ),
    ] {
        for method in [Method::GET, Method::HEAD] {
            let request = Request::builder().method(&method).uri(path);
            let answer = site.send(request, &[], Body::empty()).await;
            assert_eq!(answer.status, 303, "{method} {path}");
            assert_eq!(answer.location(), sign_in, "{method} {path}");
            assert_eq!(
                answer.header("cache-control"),
                Some("private, no-cache, no-store")
            );
        }
    }
    // The sign-in returns to the page.
    let mut browser = site.browser();
    let asked = browser.get("/shop?page=2").await;
    let form = asked.location().split_once('?').unwrap().1;
    let started = browser.post("/api/auth/signin/logto", form).await;
    let completed = browser
        .complete_sign_in(&site.provider, started.location())
        .await;
    assert_eq!(completed.location(), "/shop?page=2");
    assert_eq!(browser.get("/shop?page=2").await.body, "a page");
    assert_eq!(browser.post("/shop", "").await.body, "done");
}

#[tokio::test]
async fn a_user_without_the_role_gets_a_403_page() {
    let site = start_site().await;
    let mut browser = site.signed_in().await;
    assert_eq!(browser.get("/member").await.body, "a page");
    for refused in [
        browser.get("/nested/admin?a=b").await,
        browser.post("/admin", "").await,
    ] {
        assert_eq!(refused.status, 403);
        assert_eq!(refused.header("location"), None);
        assert_eq!(
            refused.header("content-type"),
            Some("text/html; charset=utf-8")
        );
        assert!(
            refused
                .body
                .contains("You do not have permission to see this page."),
            "{refused:?}"
        );
        assert!(!refused.body.contains("admin"), "{refused:?}");
        assert_eq!(
            refused.header("cache-control"),
            Some("private, no-cache, no-store")
        );
    }
}

#[tokio::test]
async fn a_page_can_require_a_scope_of_an_api() {
    let site = start_site().await;
    let asked = site.browser().get("/read").await;
    assert_eq!(
        asked.location(),
        "/api/auth/signin?callbackUrl=%2Fread",
        "who is signed out"
    );
    let mut browser = site.signed_in().await;
    assert_eq!(browser.get("/read").await.body, "a page");
    assert_eq!(browser.get("/erase").await.status, 403);
    let refused = browser.get("/elsewhere").await;
    let expected = "/api/auth/error?error=UnknownResource&ref=";
    assert!(refused.location().starts_with(expected), "{refused:?}");
    // The provider ends the session when the token is asked for.
    let mut browser = site.signed_in().await;
    site.provider.state().refresh.refusal = Some((400, "invalid_grant"));
    let asked = browser.get("/read").await;
    assert_eq!(asked.location(), "/api/auth/signin?callbackUrl=%2Fread");
}

#[tokio::test]
async fn pages_let_nobody_in_while_the_store_is_down() {
    let site = start_site().await;
    let mut browser = site.signed_in().await;
    site.store.set_down(true);
    let answer = browser.post("/shop", "").await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("retry-after"), Some("5"));
}
