//! Server functions that use `access_token()`, `sessions()` and `end_session()`,
//! called by a form and by a script.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

use std::{net::SocketAddr, time::Duration};

use auth_core::AuthError;
use auth_leptos::{RemoteIp, SessionLayer, auth_routes};
use auth_testkit::{Browser, TestProvider, TestResponse, TestSite, config};
use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderName, HeaderValue, Request},
    routing::post,
};
use leptos::prelude::*;
use leptos_axum::{ResponseOptions, handle_server_fns};
use url::Url;

const STATE: HeaderName = HeaderName::from_static("x-signed");
const TOKEN: &str = "/oidc/token";
const HOUR: Duration = Duration::from_secs(61 * 60);
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";

/// Returns what `access_token()` answers, and then whether a user is signed in.
#[server(endpoint = "token")]
async fn token() -> Result<(String, bool), ServerFnError> {
    let answer = match auth_leptos::access_token(auth_core::AccessTokenRequest::user_info()).await {
        Ok(token) if token.expose().ends_with(".1") => "refreshed".to_owned(),
        Ok(token) => token.scope().join(" "),
        Err(error) => error.kind().to_string(),
    };
    let session = auth_leptos::auth().await;
    Ok((answer, session.is_ok_and(|session| session.is_some())))
}

/// Returns the handles, names and addresses of the user's sessions, with a star at
/// the current one.
#[server(endpoint = "list")]
async fn list() -> Result<Vec<String>, ServerFnError> {
    let sessions = match auth_leptos::sessions().await {
        Ok(sessions) => sessions,
        Err(error) => return Ok(vec![error.kind().to_string()]),
    };
    Ok(sessions
        .iter()
        .map(|session| {
            let mark = if session.is_current { "*" } else { "" };
            let address = session.address.as_deref().unwrap_or("no address");
            format!("{}|{}|{address}|{mark}", session.id, session.name)
        })
        .collect())
}

/// Ends sessions. A header says whether the user is signed in afterwards, within
/// the same request.
#[server(endpoint = "end")]
async fn end(which: String, page: Option<String>) -> Result<(), ServerFnError> {
    let page = page.unwrap_or_else(|| "/sessions".to_owned());
    match which.as_str() {
        "others" => auth_leptos::end_other_sessions(&page).await?,
        "all" => auth_leptos::end_all_sessions(&page).await?,
        handle => auth_leptos::end_session(handle.parse()?, &page).await?,
    }
    let is_signed_in = auth_leptos::auth()
        .await
        .is_ok_and(|session| session.is_some());
    assert_eq!(auth_leptos::rendered_session().is_some(), is_signed_in);
    let state = HeaderValue::from_static(if is_signed_in { "in" } else { "out" });
    expect_context::<ResponseOptions>().insert_header(STATE, state);
    Ok(())
}

async fn start_site() -> TestSite {
    TestSite::new(|auth| {
        Router::new()
            .route("/api/{*server_function}", post(handle_server_fns))
            .merge(auth_routes(auth.clone()))
            .route_layer(SessionLayer::new(auth.clone()))
    })
    .await
}

async fn is_signed_in(browser: &Browser) -> bool {
    let answer = browser.clone().get("/api/auth/session").await;
    assert_eq!(answer.status, 200);
    answer.body != "null"
}

/// Calls a server function as WASM does.
async fn call(browser: &mut Browser, path: &str) -> TestResponse {
    let request = Request::post(path)
        .header("accept", "application/json")
        .header("content-type", "application/x-www-form-urlencoded");
    browser.send(request.body(Body::empty()).unwrap()).await
}

async fn ask_for_token(browser: &mut Browser) -> (String, bool) {
    serde_json::from_str(&call(browser, "/api/token").await.body).unwrap()
}

/// Returns the current session and the others.
async fn listed(browser: &mut Browser) -> (Option<String>, Vec<String>) {
    let sessions: Vec<String> =
        serde_json::from_str(&call(browser, "/api/list").await.body).unwrap();
    let (current, others): (Vec<_>, Vec<_>) = sessions
        .into_iter()
        .partition(|session| session.ends_with('*'));
    assert!(current.len() <= 1, "{current:?}");
    (current.into_iter().next(), others)
}

fn handle(session: &str) -> &str {
    session.split('|').next().unwrap()
}

/// Counts the session cookies that an answer sets or removes.
fn session_cookies(answer: &TestResponse) -> usize {
    let cookies = answer.headers.get_all("set-cookie").iter();
    cookies
        .filter(|cookie| cookie.to_str().unwrap().contains("session-token="))
        .count()
}

#[tokio::test]
async fn an_expired_access_token_is_refreshed_once() {
    let site = start_site().await;
    let mut browser = site.signed_in().await;
    assert_eq!(
        ask_for_token(&mut browser).await,
        ("openid offline_access profile email".to_owned(), true)
    );
    site.clock.advance(HOUR);
    for _ in 0..2 {
        assert_eq!(
            ask_for_token(&mut browser).await,
            ("refreshed".to_owned(), true)
        );
    }
    assert_eq!(site.provider.state().refresh.sent.len(), 1);
}

#[tokio::test]
async fn a_session_that_the_provider_ended_ends_within_the_same_request() {
    let site = start_site().await;
    let mut browser = site.signed_in().await;
    site.clock.advance(HOUR);
    site.provider
        .fail(TOKEN, 400, r#"{"error":"invalid_grant"}"#);
    for _ in 0..2 {
        assert_eq!(
            ask_for_token(&mut browser).await,
            ("SessionRequired".to_owned(), false)
        );
    }
    assert!(!is_signed_in(&browser).await);
}

#[tokio::test]
async fn a_failed_refresh_signs_nobody_out() {
    let site = start_site().await;
    let mut browser = site.signed_in().await;
    site.clock.advance(HOUR);
    site.provider.fail(TOKEN, 503, "{}");
    assert_eq!(
        ask_for_token(&mut browser).await,
        ("ProviderUnavailable".to_owned(), true)
    );
    site.store.fail("load_tokens");
    assert_eq!(
        ask_for_token(&mut browser).await,
        ("StoreUnavailable".to_owned(), true)
    );
}

#[tokio::test]
async fn the_list_shows_the_browser_and_the_address_of_each_session() {
    let site = start_site().await;
    let mut here = site.signed_in().await;
    let (current, others) = listed(&mut here).await;
    assert!(current.unwrap().ends_with("|Unknown browser|no address|*"));
    assert!(others.is_empty());

    let socket = ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 4000)));
    let behind_proxy = RemoteIp("2001:db8::7".parse().unwrap());
    for (is_behind_proxy, address) in [(false, "192.0.2.0/24"), (true, "2001:db8::/48")] {
        let mut there = Browser::new(&site.app);
        let started = there.post("/api/auth/signin/logto", "").await;
        let query = site
            .provider
            .authorize(&Url::parse(started.location()).unwrap());
        let callback = Request::get(format!("/api/auth/callback/logto?{query}"))
            .header("user-agent", FIREFOX)
            .extension(socket);
        let callback = match is_behind_proxy {
            true => callback.extension(behind_proxy),
            false => callback,
        };
        there.send(callback.body(Body::empty()).unwrap()).await;
        let (current, _) = listed(&mut there).await;
        let current = current.unwrap();
        assert!(
            current.ends_with(&format!("|Firefox on Linux|{address}|*")),
            "{current}"
        );
    }
    let (current, others) = listed(&mut here).await;
    assert!(current.is_some());
    assert_eq!(others.len(), 2);
}

#[tokio::test]
async fn a_user_ends_one_session_or_the_others_or_all() {
    let site = start_site().await;
    let mut mine = site.signed_in().await;
    let mut theirs = Vec::new();
    for _ in 0..3 {
        theirs.push(site.signed_in().await);
    }
    let (first, _) = listed(&mut theirs[0]).await;
    let first = first.unwrap();

    let which = format!("which={}", handle(&first));
    let done = mine.post("/api/end", &which).await;
    assert_eq!((done.status.as_u16(), done.location()), (302, "/sessions"));
    assert_eq!(session_cookies(&done), 0);
    assert!(!is_signed_in(&theirs[0]).await);
    assert!(is_signed_in(&theirs[1]).await);

    let done = mine.post("/api/end", "which=others").await;
    assert_eq!(done.location(), "/sessions");
    assert_eq!(done.header("x-signed"), Some("in"));
    for browser in &theirs {
        assert!(!is_signed_in(browser).await);
    }
    assert!(is_signed_in(&mine).await);

    theirs[0] = site.signed_in().await;
    let done = mine.post("/api/end", "which=all").await;
    assert_eq!(
        done.location(),
        "/",
        "the page of sessions would ask to sign in"
    );
    assert_eq!(done.header("x-signed"), Some("out"));
    assert_eq!(session_cookies(&done), 1);
    assert!(mine.cookies.is_empty(), "{:?}", mine.cookies);
    assert!(!is_signed_in(&theirs[0]).await);
}

#[tokio::test]
async fn a_user_can_end_the_current_session_by_its_handle() {
    let site = start_site().await;
    let mut browser = site.signed_in().await;
    let (current, _) = listed(&mut browser).await;
    let which = format!("which={}", handle(&current.unwrap()));
    let done = browser.post("/api/end", &which).await;
    assert_eq!(done.location(), "/");
    assert!(browser.cookies.is_empty());
}

#[tokio::test]
async fn a_user_cannot_end_the_session_of_another_user() {
    let site = start_site().await;
    let mut alice = site.signed_in().await;
    site.provider
        .tamper(|draft| drop(draft.claims.insert("sub".to_owned(), "bob".into())));
    let mut bob = site.signed_in().await;
    let (session, others) = listed(&mut bob).await;
    let session = session.unwrap();
    assert!(others.is_empty(), "the session of alice is not in the list");

    for which in [
        handle(&session),
        "others",
        "00000000000000000000000000000000",
    ] {
        let done = alice.post("/api/end", &format!("which={which}")).await;
        assert_eq!(done.location(), "/sessions", "{which}");
        assert!(is_signed_in(&bob).await, "{which}");
    }
    alice.post("/api/end", "which=all").await;
    assert!(is_signed_in(&bob).await);
}

#[tokio::test]
async fn the_page_after_ending_sessions_is_one_of_the_application() {
    let site = start_site().await;
    let mut browser = site.signed_in().await;
    for (page, goes_to) in [
        ("%2Fsessions%3Fa%3Db", "/sessions?a=b"),
        ("https%3A%2F%2Fevil.test%2F", "/"),
        ("%2F%2Fevil.test", "/"),
    ] {
        let form = format!("which=others&page={page}");
        let done = browser.post("/api/end", &form).await;
        assert_eq!(done.location(), goes_to);
    }
}

#[tokio::test]
async fn a_failure_to_end_sessions_leads_to_the_error_page() {
    let site = start_site().await;
    let mut browser = site.signed_in().await;
    site.store.fail("delete_for_user");
    for which in ["others", "all"] {
        let done = browser.post("/api/end", &format!("which={which}")).await;
        let location = done.location();
        assert!(
            location.starts_with("/api/auth/error?error=StoreUnavailable&ref=")
                && location.ends_with("&callbackUrl=%2Fsessions"),
            "{location}"
        );
        assert_eq!(session_cookies(&done), 0);
    }
    site.store.set_down(true);
    let done = browser.post("/api/end", "which=all").await;
    assert!(done.location().contains("error=StoreUnavailable"));
    site.store.set_down(false);
    assert!(is_signed_in(&browser).await);
}

#[tokio::test]
async fn a_signed_out_user_is_asked_to_sign_in() {
    let site = start_site().await;
    let mut browser = Browser::new(&site.app);
    let done = browser.post("/api/end", "which=all").await;
    assert!(
        done.location()
            .starts_with("/api/auth/error?error=SessionRequired&ref="),
        "{}",
        done.location()
    );
    assert_eq!(
        ask_for_token(&mut browser).await,
        ("SessionRequired".to_owned(), false)
    );
    assert_eq!(
        call(&mut browser, "/api/list").await.body,
        r#"["SessionRequired"]"#
    );
    assert_eq!(site.store.take_calls("delete_for_user"), 0);
}

#[tokio::test]
async fn a_server_function_reads_the_session_at_most_once() {
    let site = start_site().await;
    let mut browser = site.signed_in().await;
    for path in ["/api/token", "/api/list"] {
        site.store.take_calls("load");
        call(&mut browser, path).await;
        assert_eq!(site.store.take_calls("load"), 1, "{path}");
    }
}

#[tokio::test]
async fn without_with_auth_server_functions_fail_and_tell_the_browser_nothing_of_it() {
    let app: Router = Router::new().route("/api/{*server_function}", post(handle_server_fns));
    let mut browser = Browser::new(&app);
    let request = Request::post("/api/end")
        .header("accept", "application/json")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from("which=others"))
        .unwrap();
    let refused = browser.send(request).await;
    assert_eq!(refused.status, 500);
    assert!(!refused.body.contains("with_auth"), "{}", refused.body);
    assert_eq!(ask_for_token(&mut browser).await.0, "Internal");
}

#[tokio::test]
async fn other_middleware_can_answer_that_the_session_is_unavailable() {
    let error = AuthError::Store(auth_core::StoreError::new("down"));
    let provider = TestProvider::start().await;
    let config = config(&provider, "http://localhost:3000");
    let thai = config.language([&b"th"[..]]);
    let answer = auth_leptos::session_unavailable(&error, &thai);
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()["retry-after"], "5");
    assert_eq!(
        answer.headers()["cache-control"],
        "private, no-cache, no-store"
    );
    assert_eq!(answer.headers()["content-language"], "th");
}
