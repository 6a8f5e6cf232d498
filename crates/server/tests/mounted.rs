//! The routes for programs, as the server mounts them: the shopping API, and the
//! provider's logout.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

use std::{fs, path::PathBuf, process};

use auth_core::{Auth, ResourceIndicator};
use auth_sqlx::{DatabaseUrl, SqlStore};
use auth_testkit::{Browser, RESOURCE, TestProvider, TestResponse, config};
use axum::{Router, body::Body, http::Request};
use leptos::config::LeptosOptions;
use server::{AppState, Site, router};

const ITEMS: &str = "/api/shopping/items";

struct Application {
    provider: TestProvider,
    app: Router,
    folder: PathBuf,
}

impl Drop for Application {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.folder));
    }
}

async fn application(name: &str, audience: Option<&str>) -> Application {
    let provider = TestProvider::start().await;
    let folder = std::env::temp_dir().join(format!("auth-mounted-{}-{name}", process::id()));
    // A test that was killed may have left it, and its process id comes again.
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).unwrap();
    let sessions = SqlStore::open(&DatabaseUrl::Sqlite(folder.join("auth.db")))
        .await
        .unwrap();
    let auth = Auth::new(config(&provider, "http://localhost:3000"), sessions.clone()).unwrap();
    let options = LeptosOptions::builder().output_name("app").build();
    let state = AppState::new(auth, sessions, Site { options });
    let app = router(match audience {
        Some(audience) => {
            let resource = ResourceIndicator::parse(audience).unwrap();
            state.with_shopping_api(&resource).unwrap()
        }
        None => state,
    });
    Application {
        provider,
        app,
        folder,
    }
}

async fn add(app: &Router, token: &str, more: &[(&str, &str)]) -> TestResponse {
    let mut request = Request::post(ITEMS)
        .header("host", "localhost:3000")
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json");
    for (name, value) in more {
        request = request.header(*name, *value);
    }
    let body = Body::from(r#"{"name": "Bread"}"#);
    Browser::new(app).send(request.body(body).unwrap()).await
}

#[tokio::test]
async fn the_shopping_api_accepts_access_tokens_and_sends_security_headers() {
    let application = application("served", Some(RESOURCE)).await;
    let app = &application.app;
    let token = application.provider.draft_access_token().sign();
    let answer = add(app, &token, &[]).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(answer.header("set-cookie"), None);
    // A page of another site must not call it.
    let forged = [
        ("origin", "https://evil.test"),
        ("sec-fetch-site", "cross-site"),
    ];
    assert_eq!(add(app, &token, &forged).await.status, 403);
    assert_eq!(Browser::new(app).get(ITEMS).await.status, 401);
    let metadata = Browser::new(app)
        .get("/.well-known/oauth-protected-resource/api")
        .await;
    assert!(metadata.body.contains(RESOURCE), "{metadata:?}");
}

#[tokio::test]
async fn the_shopping_api_is_absent_without_a_resource() {
    let application = application("absent", None).await;
    let answer = Browser::new(&application.app).get(ITEMS).await;
    assert_eq!(answer.status, 404);
}

#[tokio::test]
async fn a_back_channel_logout_passes_all_layers() {
    let application = application("logout", None).await;
    let mut browser = Browser::new(&application.app);
    let body = |token: &str| Body::from(format!("logout_token={token}"));
    let mut send = async |token: &str, more: &[(&str, &str)]| {
        let mut request = Request::post("/api/auth/backchannel-logout/logto")
            .header("host", "localhost:3000")
            .header("content-type", "application/x-www-form-urlencoded");
        for (name, value) in more {
            request = request.header(*name, *value);
        }
        browser.send(request.body(body(token)).unwrap()).await
    };
    let long = "a".repeat(100_000);
    let foreign = [
        ("origin", "https://evil.test"),
        ("sec-fetch-site", "cross-site"),
    ];
    for (token, more) in [("a.b.c", &[][..]), (&long, &[]), ("a.b.c", &foreign)] {
        let answer = send(token, more).await;
        assert_eq!(answer.status, 400, "{more:?}");
        let cached = answer.header("cache-control").unwrap();
        assert!(cached.contains("no-store"), "{more:?}: {cached}");
    }
    let token = application.provider.draft_logout_token().sign();
    let answer = send(&token, &[("accept", "*/*")]).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.header("cache-control").unwrap().contains("no-store"));
    assert_eq!(answer.header("set-cookie"), None);
}

#[tokio::test]
async fn no_page_may_be_framed() {
    let application = application("frame", None).await;
    let mut browser = Browser::new(&application.app);
    for page in ["/", "/api/auth/session", "/api/auth/signout"] {
        let policy = browser.get(page).await;
        let policy = policy.header("content-security-policy").unwrap().to_owned();
        assert!(
            policy.contains("frame-ancestors 'none'"),
            "{page}: {policy}"
        );
    }
}
