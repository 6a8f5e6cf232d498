//! Every flow with the log at its most detailed level, of all crates; and what a
//! panic prints. No secret is in it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

mod log;
mod used;

use auth_axum::{Caller, ProtectedApi, RequestSession, WithAuth as _};
use auth_core::{AccessTokenRequest, OrganizationId, ResponseMode, SignInOptions};
use auth_testkit::{
    ACCESS_TOKEN, Browser, CLIENT_SECRET, REFRESH_TOKEN, RESOURCE, TestSite, signing::claim,
    webhook_signature,
};
use axum::{Extension, Router, body::Body, http::Request, routing::get};
use serde_json::json;
use url::{Url, form_urlencoded};

use self::{log::Log, used::Secrets};

const SECRET: &str = "an own secret of more than thirty-two characters";
const WEBHOOK_KEY: &str = "webhook-signing-key-0123456789";
const ONE_TIME_TOKEN: &str = "one-time-token-0123456789";
const CALLBACK: &str = "/api/auth/callback/logto";

/// Logs what an application prints with `{:?}`.
fn print(text: &str) -> String {
    tracing::info!("{text}");
    text.len().to_string()
}

/// Prints each error as a handler with `unwrap` does.
async fn panics(Extension(session): Extension<RequestSession>) -> String {
    session
        .user_info()
        .await
        .unwrap()
        .claims
        .str("sub")
        .unwrap()
        .to_owned()
}

async fn tokens(Extension(session): Extension<RequestSession>) -> String {
    let api = session
        .access_token(&AccessTokenRequest::resource(RESOURCE))
        .await;
    let organization = AccessTokenRequest::organization(OrganizationId::from("acme"));
    let organization = session.access_token(&organization).await;
    let claims = session.refresh_claims().await;
    print(&format!("{api:?} {organization:?} {claims:?} {session:?}"))
}

async fn lists(Extension(session): Extension<RequestSession>) -> String {
    let sessions = session.sessions().await;
    let user_info = session.user_info().await;
    print(&format!(
        "{sessions:?} {user_info:?} {:?}",
        session.get().await
    ))
}

async fn start(mode: ResponseMode) -> TestSite {
    TestSite::with_settings(
        |settings| {
            settings
                .secret(SECRET)
                .webhook_key(WEBHOOK_KEY)
                .response_mode(mode)
                .resource(RESOURCE)
                .scopes(["email", "urn:logto:scope:organizations"])
        },
        |auth| {
            let api = ProtectedApi::new(auth.access_token_verifier(RESOURCE), ["read"]);
            let api = Router::new()
                .route(
                    "/api/orders",
                    get(async |caller: Caller| print(&format!("{caller:?}"))),
                )
                .route_layer(api);
            Router::new()
                .route("/panics", get(panics))
                .route("/tokens", get(tokens))
                .route("/lists", get(lists))
                .merge(api)
                .with_auth(auth)
        },
    )
    .await
}

fn form_post(path: &str, body: String) -> Request<Body> {
    Request::post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .body(Body::from(body))
        .unwrap()
}

/// Begins a sign-in. Returns the provider's address and its answer.
async fn begin(site: &TestSite, browser: &mut Browser, secrets: &mut Secrets) -> String {
    let path = format!("/api/auth/signin/logto?one_time_token={ONE_TIME_TOKEN}");
    let started = browser.send(form_post(&path, String::new())).await;
    let address = Url::parse(started.location()).unwrap();
    secrets.add_cookies(browser);
    secrets.add_address(&address);
    let answer = site.provider.authorize(&address);
    secrets.add_answer(&answer);
    answer
}

async fn complete(site: &TestSite, browser: &mut Browser, mode: ResponseMode, answer: String) {
    let completed = match mode {
        ResponseMode::FormPost => {
            let foreign = Request::post(CALLBACK)
                .header("content-type", "application/x-www-form-urlencoded")
                .header("sec-fetch-site", "cross-site");
            let foreign = foreign.body(Body::from(answer.clone())).unwrap();
            assert_eq!(site.browser().send(foreign).await.status, 200);
            browser.send(form_post(CALLBACK, answer)).await
        }
        _ => browser.get(&format!("{CALLBACK}?{answer}")).await,
    };
    assert_eq!(completed.status, 303, "{completed:?}");
    let location = completed.location().to_owned();
    browser.get(&location).await;
}

/// Signs in, uses the session by every door, and signs out.
async fn good_flow(mode: ResponseMode, secrets: &mut Secrets) {
    let site = start(mode).await;
    let mut browser = site.browser();
    let answer = begin(&site, &mut browser, secrets).await;
    complete(&site, &mut browser, mode, answer).await;
    assert!(!browser.is_signed_out());
    secrets.add_cookies(&browser);
    for page in [
        "/tokens",
        "/lists",
        "/panics",
        "/api/auth/csrf",
        "/api/auth/session",
    ] {
        assert_eq!(browser.get(page).await.status, 200, "{page}");
        secrets.add_cookies(&browser);
    }
    assert_eq!(browser.post("/api/auth/session", "").await.status, 200);

    let draft = site.provider.draft_access_token();
    let mut rubbish = draft.clone();
    rubbish.key = Some(9);
    for (token, status) in [(draft.sign(), 200), (rubbish.sign(), 401)] {
        let request =
            Request::get("/api/orders").header("authorization", format!("Bearer {token}"));
        let answer = site
            .browser()
            .send(request.body(Body::empty()).unwrap())
            .await;
        assert_eq!(answer.status, status, "{answer:?}");
        secrets.add(token);
    }

    let body =
        json!({"event": "User.Data.Updated", "createdAt": "2020-01-01T00:00:00Z"}).to_string();
    for signature in [
        webhook_signature(WEBHOOK_KEY, body.as_bytes()),
        "0".repeat(64),
    ] {
        let request = Request::post("/api/auth/webhooks/logto")
            .header("content-type", "application/json")
            .header("logto-signature-sha-256", &signature);
        site.browser()
            .send(request.body(Body::from(body.clone())).unwrap())
            .await;
    }

    let mut logout = site.provider.draft_logout_token();
    claim("sid", json!("another"))(&mut logout);
    let mut foreign = logout.clone();
    foreign.key = Some(9);
    for token in [
        logout.sign(),
        foreign.sign(),
        "rubbish-logout-token".to_owned(),
    ] {
        let form = format!("logout_token={token}");
        site.browser()
            .send(form_post("/api/auth/backchannel-logout/logto", form))
            .await;
        secrets.add(token);
    }

    let left = browser.post("/api/auth/signout", "").await;
    assert!(left.location().contains("/session/end?"), "{left:?}");
    secrets.add_cookies(&browser);
    secrets.add_address(&Url::parse(left.location()).unwrap());
    site.auth.finish().await;
    site.provider
        .state()
        .revoked
        .iter()
        .for_each(|token| secrets.add(token));
    print(&format!("{:?} {:?}", site.auth, site.auth.config()));
}

/// Makes each step fail in the ways that an error describes.
async fn bad_flows(mode: ResponseMode, secrets: &mut Secrets) {
    let site = start(mode).await;
    // The callback without a pending sign-in, and with a wrong answer.
    let mut browser = site.browser();
    let answer = begin(&site, &mut browser, secrets).await;
    complete(&site, &mut site.browser(), mode, answer.clone()).await;
    complete(&site, &mut browser, mode, answer.replace("iss=", "iss=x")).await;
    complete(
        &site,
        &mut browser,
        mode,
        format!("{answer}&error=access_denied"),
    )
    .await;

    // The token endpoint.
    for (status, body) in [
        (
            400,
            r#"{"error":"invalid_grant","error_description":"no\nsuch code"}"#,
        ),
        // It repeats the client's secret.
        (
            401,
            r#"{"error":"invalid_client","error_description":"s%cr+t/with:colon is wrong"}"#,
        ),
        (500, "<h1>Error</h1>"),
        (200, r#"{"access_token":"access-token-value","id_token":5}"#),
        (
            200,
            r#"{"access_token":"access-token-value","id_token":"eyJhbGciOiJub25lIn0.e30."}"#,
        ),
        (
            200,
            r#"{"access_token":"access-token-value","refresh_token":"refresh-token-value""#,
        ),
        (302, ""),
    ] {
        site.provider.fail("/oidc/token", status, body);
        let mut browser = site.browser();
        let answer = begin(&site, &mut browser, secrets).await;
        complete(&site, &mut browser, mode, answer).await;
        assert!(browser.is_signed_out());
    }
    site.provider.state().faults.clear();

    // The ID token.
    for (name, value) in [
        ("sub", json!(null)),
        ("nonce", json!("another-nonce-of-a-sign-in")),
        ("aud", json!(5)),
        ("at_hash", json!("AAAA")),
    ] {
        site.provider.tamper(claim(name, value));
        let mut browser = site.browser();
        let answer = begin(&site, &mut browser, secrets).await;
        complete(&site, &mut browser, mode, answer).await;
    }
    site.provider.tamper(|_| {});

    // What a signed-in user asks for.
    for (path, status, body) in [
        (
            "/oidc/me",
            401,
            r#"{"error":"invalid_token","error_description":"access-token-value"}"#,
        ),
        ("/oidc/me", 200, "rubbish"),
        ("/oidc/token", 500, ""),
        ("/oidc/token", 400, r#"{"error":"invalid_scope"}"#),
        ("/oidc/token/revocation", 503, ""),
        ("/oidc/token", 400, r#"{"error":"invalid_grant"}"#),
    ] {
        let mut browser = site.browser();
        let answer = begin(&site, &mut browser, secrets).await;
        complete(&site, &mut browser, mode, answer).await;
        secrets.add_cookies(&browser);
        site.provider.fail(path, status, body);
        for page in ["/tokens", "/lists"] {
            browser.get(page).await;
        }
        let mut other = browser.clone();
        let panicking = tokio::spawn(async move { other.get("/panics").await });
        drop(panicking.await);
        browser
            .post("/api/auth/signout", "csrfToken=0123456789abcdef")
            .await;
        browser.post("/api/auth/signout", "").await;
        site.auth.finish().await;
        site.provider.state().faults.clear();
    }

    // The store.
    let mut browser = site.signed_in().await;
    secrets.add_cookies(&browser);
    site.store.set_down(true);
    for page in ["/tokens", "/lists", "/api/auth/session"] {
        browser.get(page).await;
    }
    site.store.set_down(false);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_log_error_or_panic_has_a_secret() {
    let log = Log::start();
    let mut secrets = Secrets::default();
    for secret in [
        SECRET,
        WEBHOOK_KEY,
        ONE_TIME_TOKEN,
        CLIENT_SECRET,
        ACCESS_TOKEN,
        REFRESH_TOKEN,
    ] {
        secrets.add(secret);
    }
    // As the header `Authorization` has it, and JWTs.
    let encoded: String = form_urlencoded::byte_serialize(CLIENT_SECRET.as_bytes()).collect();
    secrets.add(encoded);
    secrets.add("eyJhbGci");
    for mode in [ResponseMode::Query, ResponseMode::FormPost] {
        good_flow(mode, &mut secrets).await;
        bad_flows(mode, &mut secrets).await;
    }
    let options = SignInOptions::new().one_time_token(auth_core::OneTimeToken::new(ONE_TIME_TOKEN));
    print(&format!("{options:?}"));

    let text = log.text();
    for sign in ["TRACE", "DEBUG", "ERROR", "panicked at", "hyper"] {
        assert!(
            text.contains(sign),
            "the log has no {sign}, so it shows nothing"
        );
    }
    assert!(secrets.0.len() > 60, "{}", secrets.0.len());
    let found = secrets.found_in(&text);
    assert!(
        found.is_empty(),
        "{} lines:\n{}",
        found.len(),
        found.join("\n")
    );
    // The search finds one that is there.
    tracing::trace!("{REFRESH_TOKEN}");
    assert_eq!(secrets.found_in(&log.text()).len(), 1);
}
