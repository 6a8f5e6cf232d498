//! An Axum application without Leptos that makes one call: `with_auth`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

mod cross_site;
mod placement;
mod reads;

use std::time::Duration;

use auth_axum::{
    AuthSetup, Caller, CurrentSession, ProtectedApi, RequestLimits, RequestSession, RequireRole,
    SecurityHeaders, WithAuth, logout_errors_as_400,
};
use auth_core::{Auth, SignInOptions, SignOutOptions};
use auth_testkit::{
    Browser, RESOURCE, SUB, TestProvider, TestResponse, TestSite, TestStore, config,
};
use axum::{
    Router,
    body::{Body, Bytes},
    http::{Request, StatusCode, header::CONTENT_TYPE},
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
    routing::{get, post},
};

/// Builds the routes that a user of the library writes.
fn routes(auth: &Auth) -> Router {
    let api = ProtectedApi::new(auth.access_token_verifier(RESOURCE), ["read"]);
    let api_routes = Router::new()
        .route(
            "/api/items",
            post(async |Caller(caller): Caller| caller.sub().to_owned()),
        )
        .route_layer(api);
    Router::new()
        .route("/", get(front))
        .route("/account", get(account).post(account))
        .route("/orders", post(async || "ordered"))
        .route("/leave", get(leave).post(leave))
        .route("/leave-everywhere", get(leave_everywhere))
        .route("/enter", get(enter))
        .route("/webhook", post(async || "noted"))
        .route(
            "/admin",
            get(async || "users").route_layer(RequireRole::new("admin")),
        )
        .merge(api_routes)
        .fallback(file_or_page)
}

async fn front(session: Option<CurrentSession>) -> String {
    session.map_or_else(|| "nobody".to_owned(), |session| session.sub().to_owned())
}

async fn account(CurrentSession(session): CurrentSession) -> String {
    format!("account of {}", session.sub())
}

async fn leave(session: RequestSession) -> Response {
    match session.sign_out(&SignOutOptions::new()).await {
        Ok(started) => started.next.as_str().to_owned().into_response(),
        Err(error) => (StatusCode::FORBIDDEN, error.to_string()).into_response(),
    }
}

async fn leave_everywhere(session: RequestSession) -> Response {
    match session.end_all_sessions().await {
        Ok(ended) => format!("ended {}", ended.includes_current).into_response(),
        Err(error) => (StatusCode::FORBIDDEN, error.to_string()).into_response(),
    }
}

async fn enter(session: RequestSession) -> Response {
    match session.begin_sign_in(&SignInOptions::new()).await {
        Ok(started) => started.url.as_str().to_owned().into_response(),
        Err(error) => (StatusCode::FORBIDDEN, error.to_string()).into_response(),
    }
}

/// Answers with a file, or with the page *not found*. The page shows who is signed
/// in without waiting, as a component does.
async fn file_or_page(request: Request<Body>) -> Response {
    if request.uri().path().ends_with(".js") {
        return ([(CONTENT_TYPE, "text/javascript")], "script").into_response();
    }
    let session = request.extensions().get::<RequestSession>().unwrap();
    let user = session.loaded().map(|session| session.sub().to_owned());
    let page = format!("not found, {}", user.as_deref().unwrap_or("nobody"));
    (StatusCode::NOT_FOUND, [(CONTENT_TYPE, "text/html")], page).into_response()
}

async fn start_site() -> TestSite {
    start_site_with(AuthSetup::new).await
}

async fn start_site_with(setup: impl Fn(&Auth) -> AuthSetup) -> TestSite {
    TestSite::new(|auth| routes(auth).with_auth(setup(auth))).await
}

async fn send(
    browser: &mut Browser,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> TestResponse {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "localhost:3000");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    browser.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn one_call_signs_in_and_out() {
    let site = start_site().await;
    let mut browser = site.browser();
    assert_eq!(browser.get("/").await.body, "nobody");
    browser.sign_in(&site.provider).await;
    assert_eq!(browser.get("/").await.body, SUB);
    assert_eq!(
        browser.get("/account").await.body,
        format!("account of {SUB}")
    );
    assert!(browser.get("/api/auth/session").await.body.contains(SUB));
    browser.post("/api/auth/signout", "").await;
    assert_eq!(browser.get("/").await.body, "nobody");
}

#[tokio::test]
async fn a_signed_out_user_is_sent_to_sign_in_or_answered_401() {
    let site = start_site().await;
    let mut browser = site.browser();
    for path in ["/account", "/admin"] {
        let sent = browser.get(&format!("{path}?page=2")).await;
        assert_eq!(sent.status, 303, "{path}");
        let to = format!("/api/auth/signin?callbackUrl=%2F{}%3Fpage%3D2", &path[1..]);
        assert_eq!(sent.location(), to);
        for headers in [
            &[("accept", "application/json")][..],
            &[
                ("accept", "*/*"),
                ("sec-fetch-mode", "cors"),
                ("sec-fetch-dest", "empty"),
            ],
        ] {
            let answer = send(&mut browser, "GET", path, headers).await;
            assert_eq!(answer.status, 401, "{path} {headers:?}");
            assert_eq!(answer.header("location"), None);
        }
    }
    let form = browser.post("/account", "").await;
    assert_eq!(form.location(), "/api/auth/signin?callbackUrl=%2F");
}

#[tokio::test]
async fn a_store_that_is_down_signs_nobody_out() {
    let site = start_site().await;
    let mut browser = site.signed_in().await;
    site.store.set_down(true);
    for path in ["/", "/account", "/nowhere"] {
        assert_eq!(browser.get(path).await.status, 503, "{path}");
    }
    for path in ["/", "/account"] {
        let answer = send(&mut browser, "GET", path, &[("accept", "application/json")]).await;
        assert_eq!(answer.status, 503, "{path}");
    }
    let file = send(&mut browser, "GET", "/app.js", &[("accept", "*/*")]).await;
    assert_eq!(file.body, "script", "files do not need the store");
}

#[tokio::test]
async fn the_security_headers_can_be_replaced() {
    let provider = TestProvider::start().await;
    for (base_url, transport) in [
        ("https://app.test", Some("max-age=63072000")),
        ("http://localhost:3000", None),
    ] {
        let auth = Auth::new(config(&provider, base_url), TestStore::default()).unwrap();
        let own = get(async || {
            (
                [("x-frame-options", "DENY"), ("referrer-policy", "origin")],
                "",
            )
        });
        let mut browser = Browser::new(&routes(&auth).route("/own", own.clone()).with_auth(&auth));
        for path in ["/", "/nowhere", "/app.js"] {
            let answer = browser.get(path).await;
            for (name, value) in [
                ("x-content-type-options", Some("nosniff")),
                ("x-frame-options", Some("SAMEORIGIN")),
                ("referrer-policy", Some("same-origin")),
                ("strict-transport-security", transport),
                ("content-security-policy", None),
                ("cross-origin-opener-policy", None),
            ] {
                assert_eq!(answer.header(name), value, "{path} {name}");
            }
        }
        let answer = browser.get("/own").await;
        assert_eq!(answer.header("x-frame-options"), Some("DENY"));
        assert_eq!(answer.header("referrer-policy"), Some("origin"));
        // The pages of the library have no scripts, so they have every header.
        let page = browser.get("/api/auth/signin").await;
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        assert_eq!(page.header("x-frame-options"), Some("DENY"));

        let bare = AuthSetup::new(&auth).without_security_headers();
        let app = Router::new()
            .route("/own", own)
            .route("/", get(async || ""))
            .with_auth(bare);
        let answer = Browser::new(&app).get("/").await;
        assert_eq!(answer.header("x-content-type-options"), None);
    }
}

#[tokio::test]
async fn requests_that_exceed_a_limit_are_answered_with_the_headers() {
    let site = start_site().await;
    let limits = RequestLimits::new()
        .max_body(8)
        .timeout(Duration::from_millis(20));
    let routes = Router::new()
        .route("/read", post(async |_: Bytes| "read"))
        .route("/wait", post(async || std::future::pending::<()>().await));
    let setup = AuthSetup::new(&site.auth);
    let inside = routes.clone().layer(limits).with_auth(setup.clone());
    let outside = Router::new()
        .with_auth(setup.without_security_headers())
        .merge(routes)
        .layer(limits)
        .layer(SecurityHeaders::new(site.auth.config()))
        .layer(from_fn_with_state(site.auth.clone(), logout_errors_as_400));
    for app in [inside, outside] {
        assert_limited(&mut Browser::new(&app)).await;
    }
}

async fn assert_limited(browser: &mut Browser) {
    for (path, body, status) in [
        ("/read", "12345678", 200),
        ("/read", "123456789", 413),
        ("/wait", "", 503),
        // OpenID Connect Back-Channel Logout 1.0 §2.8.
        (
            "/api/auth/backchannel-logout/logto",
            &*"long".repeat(20_000),
            400,
        ),
    ] {
        let answer = browser.post(path, body).await;
        assert_eq!(answer.status, status, "{path}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path} {name} {answer:?}");
        }
    }
}
