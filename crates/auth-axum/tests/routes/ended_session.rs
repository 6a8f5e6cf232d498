//! A sign-out from a page that was still open when the session ended.

use auth_axum::{RequestSession, SessionLayer, auth_routes};
use auth_core::{Auth, SessionFilter, SignOutOptions};
use auth_testkit::{Browser, TestProvider, TestStore, config};
use axum::{body::Body, http::Request, routing::get};

const SIGN_OUT: &str = "/api/auth/signout";

/// A handler that signs out, whatever the method is.
async fn leave(session: RequestSession) -> String {
    let started = session.sign_out(&SignOutOptions::new()).await.unwrap();
    started.next.as_str().to_owned()
}

/// Returns a browser whose session an operator has ended.
async fn ended() -> (TestProvider, Browser) {
    let provider = TestProvider::start().await;
    let config = config(&provider, "http://localhost:3000");
    let auth = Auth::new(config, TestStore::default()).unwrap();
    let app = auth_routes(auth.clone())
        .route("/leave", get(leave).post(leave))
        .route_layer(SessionLayer::new(auth.clone()));
    let browser = Browser::signed_in(&app, &provider, auth_testkit::SUB).await;
    assert_eq!(auth.end_sessions(&SessionFilter::All).await.unwrap(), 1);
    (provider, browser)
}

#[tokio::test]
async fn a_post_still_ends_the_session_at_logto_once() {
    let (provider, mut browser) = ended().await;
    let answer = browser.post(SIGN_OUT, "").await;
    assert!(answer.location().starts_with(&provider.issuer()));
    assert!(answer.location().contains("/session/end?"));
    assert!(browser.is_signed_out(), "the answer removes the cookie");
    let again = browser.post(SIGN_OUT, "").await;
    assert_eq!(again.location(), "/");
}

#[tokio::test]
async fn a_get_and_another_site_never_do() {
    let (provider, browser) = ended().await;
    let answer = browser.clone().get("/leave").await;
    assert_eq!(answer.body, "/");
    let answer = browser.clone().post("/leave", "").await;
    assert!(answer.body.starts_with(&provider.issuer()), "{answer:?}");
    let request = Request::post(SIGN_OUT)
        .header("origin", "https://evil.test")
        .header("sec-fetch-site", "cross-site");
    let request = request.body(Body::empty()).unwrap();
    let answer = browser.clone().send(request).await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.header("set-cookie"), None);
    // A page that needs a session asks for a sign-in, and signs nobody out.
    let page = browser.clone().get("/api/auth/session").await;
    assert_eq!(page.body, "null");
    assert_eq!(page.header("location"), None);
}

#[tokio::test]
async fn a_cookie_that_is_not_ours_never_does() {
    let (_provider, browser) = ended().await;
    for value in ["", "short", &"*".repeat(43), &"a".repeat(44)] {
        let mut stranger = browser.clone();
        for (name, cookie) in &mut stranger.cookies {
            if name.ends_with("session-token") {
                value.clone_into(cookie);
            }
        }
        let answer = stranger.post(SIGN_OUT, "").await;
        assert_eq!(answer.location(), "/", "{value}");
    }
}
