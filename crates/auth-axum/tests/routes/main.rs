//! The routes under `/api/auth`: requests and their responses, compared with the
//! contract of Auth.js.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

mod base_path;
mod contract;
mod csrf;
mod ended_session;
mod failures;
mod form_post;
mod pages;
mod query;
mod redirects;

use auth_axum::{SessionLayer, auth_routes};
use auth_testkit::{SUB, TestSite};
use axum::{body::Body, http::Request};
use serde_json::{Value, json};
use url::Url;

const SESSION: &str = "authjs.3000.session-token";

async fn start_site() -> TestSite {
    TestSite::new(|auth| auth_routes(auth.clone()).route_layer(SessionLayer::new(auth.clone())))
        .await
}

/// Starts a site whose address has this base path, as in `AUTH_URL`.
async fn start_site_under(base_path: &str) -> TestSite {
    TestSite::with_settings(
        |settings| settings.base_url(format!("http://localhost:3000{base_path}")),
        |auth| auth_routes(auth.clone()).route_layer(SessionLayer::new(auth.clone())),
    )
    .await
}

fn session(body: &str) -> Value {
    serde_json::from_str(body).unwrap()
}

#[tokio::test]
async fn sign_in_session_and_sign_out() {
    let site = start_site().await;
    let mut browser = site.browser();

    let started = browser
        .post("/api/auth/signin/logto", "callbackUrl=%2Forders%3Fpage%3D2")
        .await;
    assert_eq!(started.status, 303);
    let completed = browser
        .complete_sign_in(&site.provider, started.location())
        .await;
    assert_eq!(completed.status, 303);
    assert_eq!(completed.location(), "/orders?page=2");
    assert_eq!(
        completed.header("cache-control"),
        Some("private, no-cache, no-store")
    );

    let answer = browser.get("/api/auth/session").await;
    let expires = session(&answer.body)["expires"].clone();
    assert_eq!(
        session(&answer.body),
        json!({
            "user": {"id": SUB, "name": "alice", "email": "alice@example.com"},
            "expires": expires,
            "roles": ["shopper"],
        })
    );
    assert!(expires.as_str().unwrap().ends_with('Z'), "{expires}");
    for (header, value) in [
        ("content-type", "application/json"),
        ("cache-control", "private, no-cache, no-store"),
        ("expires", "0"),
        ("pragma", "no-cache"),
    ] {
        assert_eq!(answer.header(header), Some(value));
    }

    let signed_out = browser.post("/api/auth/signout", "").await;
    assert_eq!(signed_out.status, 303);
    assert!(signed_out.location().contains("/session/end?"));
    assert!(browser.is_signed_out());
    assert_eq!(browser.get("/api/auth/session").await.body, "null");
}

#[tokio::test]
async fn cookies_are_http_only_and_same_site() {
    let site = start_site().await;
    let mut browser = site.browser();
    let started = browser.post("/api/auth/signin/logto", "").await;
    let completed = browser
        .complete_sign_in(&site.provider, started.location())
        .await;
    for answer in [started, completed] {
        for cookie in answer.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            for attribute in ["; HttpOnly", "; SameSite=Lax", "; Path=/", "; Max-Age="] {
                assert!(cookie.contains(attribute), "{cookie}");
            }
            assert!(!cookie.contains("Domain"), "{cookie}");
        }
    }
}

#[tokio::test]
async fn auth_js_clients_are_answered_with_an_absolute_url() {
    let site = start_site().await;
    let mut browser = site.browser();
    let post = |path: &str| {
        Request::post(path)
            .header("x-auth-return-redirect", "1")
            .header("content-type", "application/json")
            .body(Body::from(r#"{"callbackUrl":"/orders"}"#))
            .unwrap()
    };
    let started = browser.send(post("/api/auth/signin/logto")).await;
    assert_eq!(started.status, 200);
    let url = session(&started.body)["url"].as_str().unwrap().to_owned();
    let completed = browser.complete_sign_in(&site.provider, &url).await;
    assert_eq!(completed.location(), "/orders");

    let mut stranger = site.browser();
    let signed_out = stranger.send(post("/api/auth/signout")).await;
    assert_eq!(
        session(&signed_out.body),
        json!({"url": "http://localhost:3000/orders"})
    );
}

#[tokio::test]
async fn a_sign_in_returns_to_the_page_that_asked_for_it() {
    let site = start_site().await;
    for (referer, page) in [
        ("http://localhost:3000/orders?page=2", "/orders?page=2"),
        ("https://evil.test/phish", "/"),
        ("\u{fc}", "/"),
    ] {
        let mut browser = site.browser();
        let started = browser
            .send(
                Request::post("/api/auth/signin/logto")
                    .header("referer", referer.as_bytes())
                    .body(Body::empty())
                    .unwrap(),
            )
            .await;
        let completed = browser
            .complete_sign_in(&site.provider, started.location())
            .await;
        assert_eq!(completed.location(), page, "{referer}");
    }
}

#[tokio::test]
async fn a_get_request_shows_a_form_and_changes_nothing() {
    let site = start_site().await;
    let mut browser = site.browser();
    browser.sign_in(&site.provider).await;
    for (path, action) in [
        ("/api/auth/signin", "/api/auth/signin/logto"),
        ("/api/auth/signin/logto", "/api/auth/signin/logto"),
        ("/api/auth/signout", "/api/auth/signout"),
    ] {
        let target = "callbackUrl=/a%3Fb%3D'%22%3E%3Cscript%3E%26c";
        let answer = browser.get(&format!("{path}?{target}")).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(
            answer
                .body
                .contains(&format!(r#"<form method="post" action="{action}">"#)),
            "{}",
            answer.body
        );
        assert!(
            answer
                .body
                .contains(r#"value="/a?b=%27%22%3E%3Cscript%3E&amp;c""#),
            "{}",
            answer.body
        );
        assert!(browser.cookies.contains_key(SESSION), "{path}");
    }
}

#[tokio::test]
async fn an_unknown_action_answers_400() {
    let site = start_site().await;
    for (method, path) in [
        ("GET", "/api/auth/bogus"),
        ("GET", "/api/auth/signin/github"),
        ("GET", "/api/auth/callback/github"),
        ("GET", "/api/auth/session/extra/more"),
        ("PUT", "/api/auth/session"),
        ("DELETE", "/api/auth/signout"),
        ("POST", "/api/auth/callback/logto"),
        ("HEAD", "/api/auth/callback/logto"),
    ] {
        let request = Request::builder().method(method).uri(path);
        let answer = site
            .browser()
            .send(request.body(Body::empty()).unwrap())
            .await;
        assert_eq!(answer.status, 400, "{method} {path}");
        if method != "HEAD" {
            assert_eq!(answer.body, "\"Bad request.\"", "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_head_request_does_not_use_the_code() {
    let site = start_site().await;
    let mut browser = site.browser();
    let started = browser.post("/api/auth/signin/logto", "").await;
    let query = site
        .provider
        .authorize(&Url::parse(started.location()).unwrap());
    let address = format!("/api/auth/callback/logto?{query}");
    browser
        .send(Request::head(&address).body(Body::empty()).unwrap())
        .await;
    assert_eq!(browser.get(&address).await.location(), "/");
    assert!(browser.cookies.contains_key(SESSION));
}

#[tokio::test]
async fn a_request_reads_the_store_at_most_once() {
    let site = start_site().await;
    let mut browser = site.browser();
    browser.get("/api/auth/session").await;
    assert_eq!(site.store.take_calls("load"), 0, "a visitor costs no read");
    browser.sign_in(&site.provider).await;
    site.store.take_calls("load");
    browser.get("/api/auth/session").await;
    assert_eq!(site.store.take_calls("load"), 1);
    // Both the layer and the replayed callback need the session.
    let replayed = browser
        .get("/api/auth/callback/logto?state=seen-before&code=x")
        .await;
    assert_eq!(replayed.location(), "/");
    assert_eq!(site.store.take_calls("load"), 1);
}
