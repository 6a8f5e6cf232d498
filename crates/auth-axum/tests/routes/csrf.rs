//! The CSRF token of Auth.js's clients.

use auth_axum::{SessionLayer, auth_routes};
use auth_core::{Auth, ConfigBuilder};
use auth_testkit::{Browser, TestProvider, TestStore, settings};
use axum::Router;
use serde_json::json;

use crate::{
    contract::{MISSING_CSRF, csrf_token},
    start_site,
};

#[tokio::test]
async fn a_csrf_token_has_the_form_of_auth_js_and_stays() {
    let site = start_site().await;
    let mut browser = site.browser();
    let answer = browser.get("/api/auth/csrf").await;
    let cookie = answer.header("set-cookie").unwrap();
    for attribute in ["; HttpOnly", "; SameSite=Lax", "; Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    // Until the browser is closed.
    assert!(
        !cookie.contains("Max-Age") && !cookie.contains("Expires"),
        "{cookie}"
    );
    let token = csrf_token(&mut browser).await;
    let stored = browser.cookies["authjs.3000.csrf-token"].clone();
    let (in_cookie, hash) = stored.split_once("%7C").unwrap();
    assert_eq!(in_cookie, token);
    for part in [in_cookie, hash] {
        assert_eq!(part.len(), 64, "{part}");
        assert!(part.bytes().all(|byte| byte.is_ascii_hexdigit()), "{part}");
    }
    let again = browser.get("/api/auth/csrf").await;
    assert_eq!(again.header("set-cookie"), None);
    assert_eq!(again.body, json!({ "csrfToken": token }).to_string());

    // A cookie that somebody else planted is replaced, and its token refused.
    let planted = "0".repeat(64);
    browser.cookies.insert(
        "authjs.3000.csrf-token".to_owned(),
        format!("{planted}%7C{planted}"),
    );
    let form = format!("csrfToken={planted}");
    let refused = browser.post("/api/auth/signout", &form).await;
    assert_eq!(refused.location(), "/api/auth/signout?error=MissingCSRF");
    assert_ne!(csrf_token(&mut browser).await, planted);
    // So is the token of another browser.
    let form = format!("csrfToken={}", csrf_token(&mut site.browser()).await);
    let refused = browser.post("/api/auth/signin/logto", &form).await;
    assert_eq!(refused.location(), MISSING_CSRF);
}

const FORMER: &str = "the former secret, of more than thirty-two characters";
const NEW: &str = "the new secret, of more than thirty-two characters";

fn app(settings: ConfigBuilder) -> Router {
    let auth = Auth::new(settings.build().unwrap(), TestStore::default()).unwrap();
    auth_routes(auth.clone()).route_layer(SessionLayer::new(auth))
}

/// Auth.js refuses all tokens after a new secret.
#[tokio::test]
async fn a_token_survives_a_new_secret_until_the_former_one_is_removed() {
    let provider = TestProvider::start().await;
    let at = || settings(&provider, "https://app.test");
    let mut browser = Browser::new(&app(at().secret(FORMER)));
    let answer = browser.get("/api/auth/csrf").await;
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-authjs.csrf-token="), "{cookie}");
    assert!(cookie.contains("; Secure"), "{cookie}");
    let form = format!("csrfToken={}", csrf_token(&mut browser).await);
    for (settings, is_valid) in [
        (at().secret(FORMER), true),
        (at().secret(NEW).former_secret(FORMER), true),
        (at().secret(NEW), false),
    ] {
        let mut later = Browser::new(&app(settings));
        later.cookies.clone_from(&browser.cookies);
        let answer = later.post("/api/auth/signin/logto", &form).await;
        assert_eq!(answer.location() != MISSING_CSRF, is_valid, "{answer:?}");
    }
}
