//! The layers around a plain Axum application.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

use std::{net::SocketAddr, time::Duration};

use auth_axum::{
    CrossSiteCheck, LoopbackRedirect, RemoteIp, RequestLimits, RequestSession, SecurityHeaders,
    SessionLayer, TrustedProxies, append_cookies, auth_routes, logout_errors_as_400,
};
use auth_core::{Auth, Config, MemoryStore, SignOutOptions};
use axum::{
    Extension, Router,
    body::{Body, Bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Request, StatusCode, header::CONTENT_SECURITY_POLICY},
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;
use tower_http::csrf::CsrfLayer;

fn auth(base_url: &str) -> Auth {
    let config = Config::builder()
        .issuer("https://tenant.logto.app/oidc")
        .client_id("client")
        .client_secret("client-secret")
        .secret("0123456789012345678901234567890123456789")
        .base_url(base_url)
        .build()
        .unwrap();
    Auth::new(config, MemoryStore::new()).unwrap()
}

async fn get_from(app: Router, path: &str) -> Response {
    let request = Request::get(path).body(Body::empty()).unwrap();
    app.oneshot(request).await.unwrap()
}

async fn text(response: Response) -> String {
    let body = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}

async fn who(session: RequestSession) -> String {
    match session.get().await.unwrap() {
        Some(session) => session.sub().to_owned(),
        None => "nobody".to_owned(),
    }
}

#[tokio::test]
async fn a_handler_gets_the_session_from_an_extractor() {
    let bare = Router::new().route("/", get(who));
    let answer = get_from(bare.clone(), "/").await;
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let app = bare.route_layer(SessionLayer::new(auth("https://app.test")));
    assert_eq!(text(get_from(app, "/").await).await, "nobody");
}

#[tokio::test]
async fn a_handler_sets_the_cookies_of_a_sign_out() {
    async fn leave(session: RequestSession) -> impl IntoResponse {
        let started = session.sign_out(&SignOutOptions::new()).await.unwrap();
        let mut headers = HeaderMap::new();
        append_cookies(&mut headers, started.cookies);
        (headers, started.next.as_str().to_owned())
    }
    let app = Router::new()
        .route("/leave", post(leave))
        .route_layer(SessionLayer::new(auth("https://app.test")));
    let request = Request::post("/leave")
        .header("cookie", "__Host-authjs.session-token=spent")
        .body(Body::empty())
        .unwrap();
    let answer = app.oneshot(request).await.unwrap();
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(
        cookie.starts_with("__Host-authjs.session-token=;"),
        "{cookie}"
    );
    assert!(cookie.contains("Max-Age=0"), "{cookie}");
}

#[tokio::test]
async fn security_headers_keep_a_policy_that_the_response_has() {
    for base_url in ["https://app.test", "http://localhost:3000"] {
        let app = Router::new()
            .route("/", get(|| async { "plain" }))
            .route(
                "/own",
                get(|| async { ([(CONTENT_SECURITY_POLICY, "default-src 'self'")], "own") }),
            )
            .layer(SecurityHeaders::new(auth(base_url).config()));
        let answer = get_from(app.clone(), "/").await;
        let policy = answer.headers()["content-security-policy"]
            .to_str()
            .unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        assert!(
            policy.ends_with("form-action 'self' https://tenant.logto.app"),
            "{policy}"
        );
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        let is_https = answer.headers().contains_key("strict-transport-security");
        assert_eq!(is_https, base_url.starts_with("https"));
        let own = get_from(app, "/own").await;
        assert_eq!(
            own.headers()["content-security-policy"],
            "default-src 'self'"
        );
    }
}

#[tokio::test]
async fn request_limits_can_be_changed() {
    async fn read(_: Bytes) {}
    async fn wait() {
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
    let limits = RequestLimits::new()
        .max_body(8)
        .timeout(Duration::from_millis(20));
    let app = Router::new()
        .route("/read", post(read))
        .route("/wait", get(wait))
        .layer(limits);
    for (body, status) in [("12345678", 200), ("123456789", 413)] {
        let request = Request::post("/read").body(Body::from(body)).unwrap();
        let answer = app.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), status, "{body}");
    }
    assert_eq!(get_from(app, "/wait").await.status(), 503);
}

#[tokio::test]
async fn requests_of_another_site_are_refused_without_a_cookie_if_asked_for() {
    let auth = auth("https://app.test");
    let app = Router::new().route("/add", post(|| async {}));
    let check = CrossSiteCheck::new(auth.config());
    for (check, origin, status) in [
        (check.clone(), "https://evil.test", 200),
        (check.clone().of_all_requests(), "https://evil.test", 403),
        // The proxy changed `Host`.
        (check.of_all_requests(), "https://app.test", 200),
    ] {
        let request = Request::post("/add")
            .header("host", "10.0.0.1:3000")
            .header("origin", origin)
            .body(Body::empty())
            .unwrap();
        let answer = app.clone().layer(check).oneshot(request).await.unwrap();
        assert_eq!(answer.status(), status, "{origin}");
    }
}

#[tokio::test]
async fn a_logout_that_a_layer_refuses_is_answered_400() {
    let auth = auth("https://app.test");
    let app = auth_routes(auth.clone())
        .layer(CsrfLayer::new())
        .layer(from_fn_with_state(auth, logout_errors_as_400));
    for (path, status) in [
        ("/api/auth/signout", 403),
        ("/api/auth/backchannel-logout/logto", 400),
    ] {
        let request = Request::post(path)
            .header("sec-fetch-site", "cross-site")
            .body(Body::empty())
            .unwrap();
        let answer = app.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
    }
}

#[tokio::test]
async fn the_address_that_a_trusted_proxy_sends_is_used() {
    async fn address(Extension(RemoteIp(address)): Extension<RemoteIp>) -> String {
        address.to_string()
    }
    let peer = SocketAddr::from(([10, 0, 0, 1], 4711));
    for (proxies, expected) in [("", "10.0.0.1"), ("10.0.0.0/8", "203.0.113.9")] {
        let app = Router::new()
            .route("/", get(address))
            .layer(proxies.parse::<TrustedProxies>().unwrap())
            .layer(Extension(ConnectInfo(peer)));
        let request = Request::get("/")
            .header("x-forwarded-for", "203.0.113.9")
            .body(Body::empty())
            .unwrap();
        let answer = app.oneshot(request).await.unwrap();
        assert_eq!(text(answer).await, expected, "{proxies:?}");
    }
}

#[tokio::test]
async fn another_name_of_this_machine_redirects_to_the_configured_one() {
    for (base_url, host, location) in [
        (
            "http://localhost:3000",
            "127.0.0.1:3000",
            Some("http://localhost:3000/orders?page=2"),
        ),
        (
            "http://localhost:3000",
            "0.0.0.0:3000",
            Some("http://localhost:3000/orders?page=2"),
        ),
        (
            "http://localhost:3000",
            "[::]:3000",
            Some("http://localhost:3000/orders?page=2"),
        ),
        ("http://localhost:3000", "localhost:3000", None),
        ("http://localhost:3000", "127.0.0.1:4000", None),
        ("http://localhost:3000", "app.test:3000", None),
        ("https://app.test", "0.0.0.0:3000", None),
        ("https://app.test", "127.0.0.1:3000", None),
    ] {
        let app = Router::new()
            .route("/orders", get(|| async {}))
            .layer(LoopbackRedirect::new(auth(base_url).config()));
        let request = Request::get("/orders?page=2")
            .header("host", host)
            .body(Body::empty())
            .unwrap();
        let answer = app.oneshot(request).await.unwrap();
        let to = answer.headers().get("location");
        assert_eq!(
            to.map(|to| to.to_str().unwrap()),
            location,
            "{base_url} {host}"
        );
    }
}
