//! A Leptos application that makes one call: `with_auth`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

use std::{fs, path::PathBuf, sync::LazyLock};

use auth_core::{Auth, SignInOptions, SignOutOptions};
use auth_leptos::{SessionProvider, SignedIn, SignedOut, WithAuth, use_session};
use auth_testkit::{Browser, SUB, TestProvider, TestResponse, TestStore, config};
use axum::{Router, body::Body, http::Request, routing::post};
use leptos::{config::LeptosOptions, prelude::*};
use leptos_axum::{
    AxumRouteListing, LeptosRoutes as _, file_and_error_handler, generate_route_list,
};
use leptos_router::{
    components::{Route, Router as Pages, Routes},
    path,
};

#[server(endpoint = "begin")]
async fn begin() -> Result<(), ServerFnError> {
    Ok(auth_leptos::sign_in(SignInOptions::new().login_hint("attacker")).await?)
}

#[server(endpoint = "end")]
async fn end() -> Result<(), ServerFnError> {
    Ok(auth_leptos::sign_out(SignOutOptions::new()).await?)
}

#[server(endpoint = "end_all")]
async fn end_all() -> Result<(), ServerFnError> {
    Ok(auth_leptos::end_all_sessions("/").await?)
}

#[server(endpoint = "count")]
async fn count(by: u32) -> Result<u32, ServerFnError> {
    Ok(by + 1)
}

#[component]
fn Account() -> impl IntoView {
    view! {
        <SessionProvider>
            <UserId />
            <SignedIn>"signed in"</SignedIn>
            <SignedOut>"signed out"</SignedOut>
        </SessionProvider>
    }
}

#[component]
fn UserId() -> impl IntoView {
    let id = use_session().with_untracked(|session| Some(session.user()?.id.clone()));
    view! { <header>{id}</header> }
}

#[component]
fn App() -> impl IntoView {
    view! {
        <Pages>
            <Routes fallback=Account>
                <Route path=path!("/") view=Account />
            </Routes>
        </Pages>
    }
}

fn shell(_: LeptosOptions) -> impl IntoView {
    App()
}

/// Generated once: see `actions.rs`.
static ROUTES: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| generate_route_list(App));

struct Fixture {
    provider: TestProvider,
    store: TestStore,
    app: Router,
    site: PathBuf,
}

impl Fixture {
    async fn new(name: &str) -> Self {
        let site = std::env::temp_dir().join(format!("with-auth-{}-{name}", std::process::id()));
        fs::create_dir_all(&site).unwrap();
        fs::write(site.join("style.css"), "body {}").unwrap();
        let provider = TestProvider::start().await;
        let store = TestStore::default();
        let auth = Auth::new(config(&provider, "http://localhost:3000"), store.clone()).unwrap();
        let options = LeptosOptions::builder()
            .output_name("test")
            .site_root(site.display().to_string())
            .build();
        let app = Router::new()
            .leptos_routes(&options, ROUTES.clone(), App)
            .route("/orders", post(async || "ordered"))
            .fallback(file_and_error_handler::<LeptosOptions, _>(shell))
            .with_auth(&auth)
            .with_state(options);
        Self {
            provider,
            store,
            app,
            site,
        }
    }

    async fn signed_in(&self) -> Browser {
        let mut browser = Browser::new(&self.app);
        browser.sign_in(&self.provider).await;
        self.store.take_calls("load");
        browser
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.site));
    }
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
        .header("host", "localhost:3000")
        .header("content-type", "application/x-www-form-urlencoded");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    browser.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn pages_and_the_fallback_have_the_session_and_files_cause_no_read() {
    let fixture = Fixture::new("reads").await;
    let mut browser = fixture.signed_in().await;
    let header = format!("<header>{SUB}</header>");
    for (path, accept, status) in [
        ("/", "text/html", 200),
        ("/nowhere", "text/html", 404),
        // A program that has the cookie.
        ("/", "*/*", 200),
    ] {
        let page = send(&mut browser, "GET", path, &[("accept", accept)]).await;
        assert_eq!(page.status, status, "{path}");
        assert!(
            page.body.contains(&header),
            "{path} {accept}: {}",
            page.body
        );
        assert_eq!(fixture.store.take_calls("load"), 1, "{path} {accept}");
        assert_eq!(page.header("cache-control"), Some("private, no-store"));
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    }
    for accept in ["text/css,*/*;q=0.1", "*/*"] {
        let file = send(&mut browser, "GET", "/style.css", &[("accept", accept)]).await;
        assert_eq!(file.body, "body {}");
        assert_eq!(file.header("cache-control"), None, "a cache may keep it");
    }
    assert_eq!(fixture.store.take_calls("load"), 0);
}

/// A page without a known session shows neither *signed in* nor *signed out*.
#[tokio::test]
async fn components_show_loading_if_the_session_was_not_read() {
    let fixture = Fixture::new("loading").await;
    let mut browser = fixture.signed_in().await;
    let json = [("accept", "application/json")];
    let page = send(&mut browser, "GET", "/", &json).await.body;
    assert!(
        !page.contains("signed in") && !page.contains("signed out"),
        "{page}"
    );
    let page = send(&mut Browser::new(&fixture.app), "GET", "/", &json)
        .await
        .body;
    assert!(
        page.contains("signed out"),
        "no cookie, so it is known: {page}"
    );
}

#[tokio::test]
async fn another_site_cannot_call_server_functions_for_a_user() {
    let fixture = Fixture::new("csrf").await;
    let mut browser = fixture.signed_in().await;
    for foreign in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.test"),
        ("origin", "null"),
    ] {
        for accept in ["text/html", "application/json"] {
            let headers = [
                foreign,
                ("accept", accept),
                ("referer", "https://evil.test/"),
            ];
            for path in [
                "/api/begin",
                "/api/end",
                "/api/end_all",
                "/api/count",
                "/orders",
            ] {
                let answer = send(&mut browser, "POST", path, &headers).await;
                assert_eq!(answer.status, 403, "{path} {headers:?}");
            }
            // Without a cookie only `sign_in()` and `sign_out()` refuse the request.
            let mut stranger = Browser::new(&fixture.app);
            for path in ["/api/begin", "/api/end", "/api/end_all"] {
                let answer = send(&mut stranger, "POST", path, &headers).await;
                assert_eq!(answer.status, 403, "{path} {headers:?}");
                assert!(stranger.cookies.is_empty());
            }
            let answer = send(&mut stranger, "POST", "/orders", &headers).await;
            assert_eq!(answer.body, "ordered");
        }
    }
    assert!(browser.get("/").await.body.contains("signed in"));
}

#[tokio::test]
async fn wrong_arguments_answer_400() {
    let fixture = Fixture::new("arguments").await;
    let mut browser = Browser::new(&fixture.app);
    let answer = send(&mut browser, "POST", "/api/count", &[]).await;
    assert_eq!(answer.status, 400, "{answer:?}");
}
