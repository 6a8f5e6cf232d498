//! Malformed requests, and a provider or a store that does not answer.

use auth_testkit::{SUB, param};
use axum::{body::Body, http::Request};
use url::Url;

use crate::{SESSION, session, start_site};

#[tokio::test]
async fn no_request_body_causes_a_server_error() {
    let site = start_site().await;
    let big = "x".repeat(100_000);
    for path in ["/api/auth/signin/logto", "/api/auth/signout"] {
        for (content_type, body, is_taken) in [
            ("application/json", "{", false),
            ("application/json", "[1,2]", false),
            ("application/json", r#"{"callbackUrl":{"a":1}}"#, false),
            (
                "application/json; charset=utf-8",
                r#"{"callbackUrl":"/x"}"#,
                true,
            ),
            (
                "application/x-www-form-urlencoded",
                "%%%&&&=&callbackUrl=%ff",
                true,
            ),
            (
                "application/x-www-form-urlencoded",
                "callbackUrl=/a&callbackUrl=/b",
                false,
            ),
            ("application/x-www-form-urlencoded", big.as_str(), false),
            ("multipart/form-data; boundary=x", "--x", true),
            ("text/plain", "hello", true),
            ("", "", true),
        ] {
            let request = Request::post(path).header("content-type", content_type);
            let answer = site
                .browser()
                .send(request.body(Body::from(body.to_owned())).unwrap())
                .await;
            let expected = if is_taken { 303 } else { 400 };
            assert_eq!(answer.status, expected, "{path} {content_type} {body:.40}");
        }
    }
}

#[tokio::test]
async fn no_cookie_causes_a_server_error_or_ends_a_session() {
    let site = start_site().await;
    let mut browser = site.browser();
    browser.sign_in(&site.provider).await;
    for cookie in [
        br#"_logto={"appId":"leptos-app","uiLocales":["en","th"]}; _interaction=x"#.as_slice(),
        b"\xff\xfe=\xfd; a=\"",
        b"authjs.3000.state.x=; authjs.3000.state.=; authjs.3000.state.y=%00",
        b";;;===;,",
        "name=\u{1f512}".as_bytes(),
    ] {
        for path in [
            "/api/auth/session",
            "/api/auth/callback/logto?state=x&code=y",
        ] {
            let request = Request::get(path).header("cookie", cookie);
            let answer = browser.send(request.body(Body::empty()).unwrap()).await;
            assert!(!answer.status.is_server_error(), "{path}: {answer:?}");
        }
        let request = Request::get("/api/auth/session").header("cookie", cookie);
        let answer = browser.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(session(&answer.body)["user"]["id"], SUB);
    }
}

#[tokio::test]
async fn a_failure_redirects_to_the_error_page_with_only_its_kind() {
    let site = start_site().await;
    let mut browser = site.browser();
    let started = browser
        .post("/api/auth/signin/logto", "callbackUrl=/orders")
        .await;
    let state = param(&Url::parse(started.location()).unwrap(), "state").unwrap();
    let issuer = site.provider.issuer();
    let answer = browser
        .get(&format!(
            "/api/auth/callback/logto?state={state}&iss={issuer}\
             &error=invalid_scope&error_description=%3Cscript%3Esecret"
        ))
        .await;
    assert_eq!(answer.status, 303);
    let page = Url::parse("http://localhost:3000")
        .unwrap()
        .join(answer.location())
        .unwrap();
    assert_eq!(page.path(), "/api/auth/error");
    assert_eq!(param(&page, "error").as_deref(), Some("ProviderError"));
    assert_eq!(param(&page, "callbackUrl").as_deref(), Some("/orders"));
    assert_eq!(
        param(&page, "ref").map(|reference| reference.len()),
        Some(8)
    );
    assert!(!answer.location().contains("secret"));
}

#[tokio::test]
async fn a_provider_that_is_down_leads_to_the_error_page() {
    let site = start_site().await;
    site.provider
        .fail("/oidc/.well-known/openid-configuration", 503, "");
    let answer = site
        .browser()
        .post("/api/auth/signin/logto", "callbackUrl=/orders")
        .await;
    assert!(
        answer
            .location()
            .starts_with("/api/auth/error?error=ProviderUnavailable&ref="),
        "{}",
        answer.location()
    );
    assert!(answer.location().ends_with("&callbackUrl=%2Forders"));
}

#[tokio::test]
async fn the_session_route_answers_503_while_the_store_is_down() {
    let site = start_site().await;
    let mut browser = site.browser();
    browser.sign_in(&site.provider).await;
    site.store.set_down(true);
    let answer = browser.get("/api/auth/session").await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("retry-after"), Some("5"));
    assert!(
        browser.cookies.contains_key(SESSION),
        "nobody is signed out"
    );
    let visitor = site.browser().get("/api/auth/session").await;
    assert_eq!(visitor.body, "null", "visitors need no store");

    // A user who could not be signed out sees an error and can try again.
    let refused = browser.post("/api/auth/signout", "").await;
    assert!(
        refused
            .location()
            .starts_with("/api/auth/error?error=StoreUnavailable"),
        "{}",
        refused.location()
    );
    site.store.set_down(false);
    browser.post("/api/auth/signout", "").await;
    assert!(browser.is_signed_out());
}
