//! `with_auth` missing, called twice, or on the wrong router.

use auth_axum::{MissingSessionLayer, WithAuth, auth_routes};
use auth_core::AuthError;
use auth_testkit::Browser;
use axum::{
    Router,
    body::Body,
    http::{Request, Uri},
    routing::get,
};
use tower::{Layer as _, ServiceExt as _, util::MapRequestLayer};

use super::{routes, start_site};

#[tokio::test]
#[should_panic(expected = "call `.with_auth(&auth)` once, on the outermost router")]
async fn twice_on_one_router_is_an_error_at_start() {
    let site = start_site().await;
    drop(site.app.with_auth(&site.auth));
}

#[tokio::test]
#[should_panic(expected = "do not merge `auth_routes`")]
async fn routes_that_are_there_already_are_an_error_at_start() {
    let site = start_site().await;
    let router: Router = auth_routes(site.auth.clone());
    drop(router.with_auth(&site.auth));
}

#[tokio::test]
async fn with_auth_on_a_nested_router_makes_every_request_fail() {
    let site = start_site().await;
    let auth = &site.auth;
    let inner = Router::new().fallback_service(site.app.clone());
    let doubled = inner.with_auth(auth);
    let nested = Router::new().nest("/app", site.app.clone());
    let behind = Router::new().nest_service("/app", site.app.clone());
    for (name, app, path) in [
        ("doubled", doubled, "/account"),
        ("nested", nested, "/app/account"),
        ("behind a path", behind, "/app/account"),
    ] {
        let answer = Browser::new(&app).get(path).await;
        assert_eq!(answer.status, 500, "{name}");
    }
}

#[tokio::test]
async fn paths_can_be_rewritten_before_the_router() {
    let site = start_site().await;
    let rewrite = MapRequestLayer::new(|mut request: Request<Body>| {
        if request.uri().path() == "/konto" {
            *request.uri_mut() = Uri::from_static("/account");
        }
        request
    });
    let rewritten = rewrite.layer(site.app.clone());
    let in_a_router = Router::new().fallback_service(rewritten.clone());
    assert_eq!(Browser::new(&in_a_router).get("/konto").await.status, 500);
    let request = Request::get("/konto").body(Body::empty()).unwrap();
    let answer = rewritten.oneshot(request).await.unwrap();
    assert_eq!(answer.status(), 303, "to sign in");
}

#[tokio::test]
async fn pages_can_be_nested_inside_of_with_auth() {
    let site = start_site().await;
    let pages = Router::new().route("/account", get(super::account));
    let app = Router::new().nest("/shop", pages).with_auth(&site.auth);
    let mut browser = Browser::new(&app);
    let sent = browser.get("/shop/account").await;
    assert_eq!(
        sent.location(),
        "/api/auth/signin?callbackUrl=%2Fshop%2Faccount"
    );
    browser.sign_in(&site.provider).await;
    assert!(
        browser
            .get("/shop/account")
            .await
            .body
            .starts_with("account of")
    );
}

#[tokio::test]
async fn without_with_auth_handlers_fail_and_guards_let_nobody_in() {
    let site = start_site().await;
    let app = routes(&site.auth);
    let mut browser = Browser::new(&app);
    for path in ["/", "/account"] {
        assert_eq!(browser.get(path).await.status, 500, "{path}");
    }
    assert_eq!(browser.get("/admin").await.status, 401);
    assert_eq!(browser.post("/leave", "").await.status, 500);
    // Routes that are added after `with_auth` are outside of it.
    let app = Router::new()
        .with_auth(&site.auth)
        .route("/account", get(super::account));
    assert_eq!(Browser::new(&app).get("/account").await.status, 500);

    let error = MissingSessionLayer::default();
    assert!(error.to_string().contains(".with_auth(&auth)"), "{error}");
    let error = AuthError::from(error);
    assert!(error.to_string().contains(".with_auth(&auth)"), "{error}");
}
