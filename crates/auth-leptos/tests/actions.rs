//! `sign_in()`, `sign_out()`, `auth()`: called over HTTP by a form, by a
//! script, and directly while a page is rendered.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

use std::sync::LazyLock;

use auth_core::{SignInOptions, SignOutOptions};
use auth_leptos::{
    SessionLayer, SessionProvider, SessionState, SignedIn, SignedOut, auth_routes, use_session,
};
use auth_testkit::{Browser, SUB, TestResponse, TestSite};
use axum::{Router, body::Body, http::Request, routing::post};
use leptos::{config::LeptosOptions, prelude::*, server_fn::codec::GetUrl};
use leptos_axum::{AxumRouteListing, LeptosRoutes as _, generate_route_list, handle_server_fns};
use leptos_router::{
    SsrMode,
    components::{Route, Router as Pages, Routes},
    path,
};

#[server(endpoint = "begin")]
async fn begin(redirect_to: Option<String>) -> Result<(), ServerFnError> {
    let options = SignInOptions::new().redirect_to_default(redirect_to);
    Ok(auth_leptos::sign_in(options).await?)
}

#[server(endpoint = "end")]
async fn end(redirect_to: Option<String>) -> Result<(), ServerFnError> {
    let mut options = SignOutOptions::new();
    if let Some(page) = redirect_to {
        options = options.redirect_to(page);
    }
    auth_leptos::sign_out(options).await?;
    // The user is signed out for the rest of this request, too.
    assert!(auth_leptos::auth().await?.is_none());
    Ok(())
}

#[server(endpoint = "end-by-get", input = GetUrl)]
async fn end_by_get() -> Result<(), ServerFnError> {
    Ok(auth_leptos::sign_out(SignOutOptions::new()).await?)
}

#[server(endpoint = "end-all-by-get", input = GetUrl)]
async fn end_all_by_get() -> Result<(), ServerFnError> {
    Ok(auth_leptos::end_all_sessions("/").await?)
}

#[server(endpoint = "who")]
async fn who() -> Result<Option<String>, ServerFnError> {
    // Two calls cause one read.
    auth_leptos::auth().await?;
    Ok(auth_leptos::auth()
        .await?
        .map(|session| session.user.id.clone()))
}

/// A page that uses the session in every way at once.
#[component]
fn Page() -> impl IntoView {
    let body = Resource::new_blocking(|| (), |()| who());
    view! {
        <header>{user_id(&use_session().get_untracked())}</header>
        <SignedIn>"signed in"</SignedIn>
        <SignedOut>"signed out"</SignedOut>
        <Suspense>{move || Suspend::new(async move { body.await.unwrap() })}</Suspense>
    }
}

/// A page as this project writes them: it waits for nothing.
#[component]
fn PlainPage() -> impl IntoView {
    view! { <header>{user_id(&use_session().get_untracked())}</header> }
}

fn user_id(session: &SessionState) -> Option<String> {
    session.user().map(|user| user.id.clone())
}

#[component]
fn MustSignIn() -> impl IntoView {
    let gone = Resource::new_blocking(|| (), |()| begin(Some("/must-sign-in".to_owned())));
    view! { <Suspense>{move || Suspend::new(async move { gone.await.unwrap() })}</Suspense> }
}

#[component]
fn MustSignOut() -> impl IntoView {
    let gone = Resource::new_blocking(|| (), |()| end(None));
    view! { <Suspense>{move || Suspend::new(async move { gone.await.unwrap() })}</Suspense> }
}

#[component]
fn App() -> impl IntoView {
    view! {
        <SessionProvider>
            <Pages>
                <Routes fallback=|| "not found">
                    <Route path=path!("/") view=Page ssr=SsrMode::Async />
                    <Route path=path!("/plain") view=PlainPage />
                    <Route path=path!("/must-sign-in") view=MustSignIn ssr=SsrMode::Async />
                    <Route path=path!("/must-sign-out") view=MustSignOut ssr=SsrMode::Async />
                </Routes>
            </Pages>
        </SessionProvider>
    }
}

/// The routes of the pages. They are generated once per process, because a flag of
/// the process stops all resources from loading meanwhile
/// (<https://github.com/leptos-rs/leptos/issues/4773>).
static ROUTES: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| generate_route_list(App));

async fn start_site() -> TestSite {
    TestSite::new(|auth| {
        let options = LeptosOptions::builder().output_name("test").build();
        Router::new()
            .leptos_routes(&options, ROUTES.clone(), App)
            .merge(auth_routes(auth.clone()))
            .route_layer(SessionLayer::new(auth.clone()))
            .with_state(options)
    })
    .await
}

/// Calls a server function as WASM does.
async fn call(browser: &mut Browser, path: &str) -> TestResponse {
    browser
        .send(
            Request::post(path)
                .header("accept", "application/json")
                .header("content-type", "application/x-www-form-urlencoded")
                .body(Body::empty())
                .unwrap(),
        )
        .await
}

#[tokio::test]
async fn a_form_signs_in_and_out() {
    let site = start_site().await;
    let mut browser = site.browser();
    let started = browser.post("/api/begin", "redirect_to=%2Forders").await;
    assert_eq!(started.status, 302);
    let completed = browser
        .complete_sign_in(&site.provider, started.location())
        .await;
    assert_eq!(completed.location(), "/orders");

    let ended = browser.post("/api/end", "").await;
    assert_eq!(ended.status, 302);
    assert!(ended.location().contains("/session/end?"));
    assert!(browser.is_signed_out());
}

#[tokio::test]
async fn a_sign_out_returns_from_the_provider_to_the_requested_page() {
    let site = start_site().await;
    let mut browser = site.signed_in().await;
    let ended = browser.post("/api/end", "redirect_to=%2Fplain%3Fx").await;
    let url = url::Url::parse(ended.location()).unwrap();
    let state = auth_testkit::param(&url, "state").unwrap();
    // The provider redirects here. Another page with a `state` comes before.
    assert_eq!(browser.get("/?state=another").await.status, 200);
    let back = browser.get(&format!("/?state={state}")).await;
    assert_eq!(back.status, 303);
    assert_eq!(back.location(), "/plain?x");
    assert!(browser.cookies.is_empty());
    assert_eq!(browser.get(&format!("/?state={state}")).await.status, 200);
}

#[tokio::test]
async fn a_script_signs_in_and_out() {
    let site = start_site().await;
    let mut browser = site.browser();
    let started = call(&mut browser, "/api/begin").await;
    assert_eq!(started.status, 200);
    assert!(started.headers.contains_key("serverfnredirect"));
    browser
        .complete_sign_in(&site.provider, started.location())
        .await;
    assert_eq!(
        call(&mut browser, "/api/who").await.body,
        format!("\"{SUB}\"")
    );
    call(&mut browser, "/api/end").await;
    assert_eq!(call(&mut browser, "/api/who").await.body, "null");
}

#[tokio::test]
async fn a_page_can_sign_in_and_out_while_it_is_rendered() {
    let site = start_site().await;
    let mut browser = site.browser();
    let started = browser.get("/must-sign-in").await;
    assert_eq!(started.status, 302);
    let completed = browser
        .complete_sign_in(&site.provider, started.location())
        .await;
    assert_eq!(completed.location(), "/must-sign-in");

    let ended = browser.get("/must-sign-out").await;
    assert_eq!(ended.status, 302);
    assert!(ended.location().contains("/session/end?"));
    assert!(browser.is_signed_out());
}

#[tokio::test]
async fn a_link_of_another_site_does_not_sign_out() {
    let site = start_site().await;
    let get = |path: &str, site: &str| {
        Request::get(path)
            .header("sec-fetch-site", site)
            .body(Body::empty())
            .unwrap()
    };
    for path in ["/api/end-by-get", "/api/end-all-by-get"] {
        let mut browser = site.signed_in().await;
        for site in ["cross-site", "same-site"] {
            let refused = browser.send(get(path, site)).await;
            assert_eq!(refused.status, 403, "{path} {site}: {refused:?}");
            assert!(!browser.is_signed_out(), "{path} {site}");
            // As after the redirects of the provider, which is another site.
            let page = browser.send(get("/", site)).await;
            assert!(page.body.contains("signed in"), "{site}: {page:?}");
        }
        let ended = browser.send(get(path, "same-origin")).await;
        assert_eq!(ended.status, 200, "{path}: {ended:?}");
        assert!(browser.is_signed_out(), "{path}");
    }
}

#[tokio::test]
async fn a_page_reads_the_session_once() {
    let site = start_site().await;
    let mut browser = site.browser();
    let page = browser.get("/").await.body;
    assert!(
        page.contains("signed out") && !page.contains("signed in"),
        "{page}"
    );
    assert_eq!(site.store.take_calls("load"), 0);

    let mut browser = site.signed_in().await;
    let answer = browser.get("/").await;
    let page = &answer.body;
    assert!(
        page.contains("signed in") && !page.contains("signed out"),
        "{page}"
    );
    assert!(page.contains(&format!("<header>{SUB}</header>")), "{page}");
    assert_eq!(
        site.store.take_calls("load"),
        1,
        "layer, header, body: one read"
    );
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
}

#[tokio::test]
async fn concurrent_requests_of_a_hundred_users_get_their_own_sessions() {
    let site = start_site().await;
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..100 {
        let mut browser = site.browser();
        let started = browser.post("/api/auth/signin/logto", "").await;
        site.provider.tamper(move |draft| {
            let sub = serde_json::Value::String(format!("user-{number}-end"));
            draft.claims.insert("sub".to_owned(), sub);
        });
        browser
            .complete_sign_in(&site.provider, started.location())
            .await;
        tasks.spawn(async move {
            for _ in 0..20 {
                let page = browser.get("/plain").await.body;
                assert!(
                    page.contains(&format!("<header>user-{number}-end</header>")),
                    "{page}"
                );
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
}

#[tokio::test]
async fn a_page_is_not_shown_while_the_store_is_down() {
    let site = start_site().await;
    let mut browser = site.signed_in().await;
    site.store.set_down(true);
    let answer = browser.get("/").await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("retry-after"), Some("5"));
    assert_eq!(site.browser().get("/").await.status, 200);
    site.store.set_down(false);
    assert!(browser.get("/").await.body.contains("signed in"));
}

#[tokio::test]
async fn a_form_leads_to_the_error_page_if_the_provider_is_down() {
    let site = start_site().await;
    site.provider
        .fail("/oidc/.well-known/openid-configuration", 503, "");
    let mut browser = site.browser();
    let answer = browser.post("/api/begin", "redirect_to=%2Forders").await;
    assert!(
        answer
            .location()
            .starts_with("/api/auth/error?error=ProviderUnavailable"),
        "{}",
        answer.location()
    );
}

#[tokio::test]
async fn without_with_auth_server_functions_fail_and_tell_the_browser_nothing_of_it() {
    let app: Router = Router::new().route("/api/{*server_function}", post(handle_server_fns));
    let mut browser = Browser::new(&app);
    for path in ["/api/who", "/api/begin", "/api/end"] {
        let refused = call(&mut browser, path).await;
        assert!(refused.status.is_server_error(), "{path}");
        let sentence = "Something went wrong on this site.";
        assert!(refused.body.contains(sentence), "{path}: {}", refused.body);
        assert!(
            !refused.body.contains("with_auth"),
            "{path}: {}",
            refused.body
        );
    }
}
