//! `access_token()`, `sessions()`, `end_session()`: called by a form and a script.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

use std::{net::SocketAddr, time::Duration};

use auth_core::AuthError;
use auth_leptos::{RemoteIp, SessionLayer, auth_routes};
use auth_testkit::{Browser, TestApp, TestClock, TestProvider, TestResponse, TestStore};
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

/// What became of the access token; after that, whether anyone is signed in.
#[server(endpoint = "token")]
async fn token() -> Result<(String, bool), ServerFnError> {
    let became = match auth_leptos::access_token(auth_core::AccessTokenRequest::user_info()).await {
        Ok(token) if token.expose().ends_with(".1") => "renewed".to_owned(),
        Ok(token) => token.scope().join(" "),
        Err(error) => error.kind().to_string(),
    };
    let session = auth_leptos::auth().await;
    Ok((became, session.is_ok_and(|session| session.is_some())))
}

/// The devices' ids, names and addresses, with a star at the current one.
#[server(endpoint = "list")]
async fn list() -> Result<Vec<String>, ServerFnError> {
    let devices = match auth_leptos::sessions().await {
        Ok(devices) => devices,
        Err(error) => return Ok(vec![error.kind().to_string()]),
    };
    Ok(devices
        .iter()
        .map(|device| {
            let mark = if device.is_current { "*" } else { "" };
            let address = device.address.as_deref().unwrap_or("nowhere");
            format!("{}|{}|{address}|{mark}", device.id, device.name)
        })
        .collect())
}

/// Then tells whether anyone is signed in, within the same request.
#[server(endpoint = "leave")]
async fn leave(which: String, page: Option<String>) -> Result<(), ServerFnError> {
    let page = page.unwrap_or_else(|| "/devices".to_owned());
    match which.as_str() {
        "others" => auth_leptos::end_other_sessions(&page).await?,
        "everywhere" => auth_leptos::end_all_sessions(&page).await?,
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

struct Fixture {
    provider: TestProvider,
    store: TestStore,
    clock: TestClock,
    app: Router,
}

impl Fixture {
    async fn new() -> Self {
        let provider = TestProvider::start().await;
        let TestApp { auth, store, clock } = TestApp::new(&provider);
        let app = Router::new()
            .route("/api/{*server_function}", post(handle_server_fns))
            .merge(auth_routes(auth.clone()))
            .route_layer(SessionLayer::new(auth));
        Self {
            provider,
            store,
            clock,
            app,
        }
    }

    async fn signed_in(&self) -> Browser {
        let mut browser = Browser::new(&self.app);
        browser.sign_in(&self.provider).await;
        browser
    }

    async fn is_signed_in(&self, browser: &Browser) -> bool {
        let answer = browser.clone().get("/api/auth/session").await;
        assert_eq!(answer.status, 200);
        answer.body != "null"
    }
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

/// The current device and the others.
async fn listed(browser: &mut Browser) -> (Option<String>, Vec<String>) {
    let devices: Vec<String> =
        serde_json::from_str(&call(browser, "/api/list").await.body).unwrap();
    let (current, others): (Vec<_>, Vec<_>) = devices
        .into_iter()
        .partition(|device| device.ends_with('*'));
    assert!(current.len() <= 1, "{current:?}");
    (current.into_iter().next(), others)
}

fn id(device: &str) -> &str {
    device.split('|').next().unwrap()
}

fn session_cookies(answer: &TestResponse) -> usize {
    let cookies = answer.headers.get_all("set-cookie").iter();
    cookies
        .filter(|cookie| cookie.to_str().unwrap().contains("session-token="))
        .count()
}

#[tokio::test]
async fn the_access_token_is_renewed_once_it_has_ended() {
    let fixture = Fixture::new().await;
    let mut browser = fixture.signed_in().await;
    assert_eq!(
        ask_for_token(&mut browser).await,
        ("openid offline_access profile email".to_owned(), true)
    );
    fixture.clock.advance(HOUR);
    for _ in 0..2 {
        assert_eq!(
            ask_for_token(&mut browser).await,
            ("renewed".to_owned(), true)
        );
    }
    assert_eq!(fixture.provider.state().refresh.sent.len(), 1);
}

#[tokio::test]
async fn a_session_that_the_provider_ended_has_ended_within_the_request_too() {
    let fixture = Fixture::new().await;
    let mut browser = fixture.signed_in().await;
    fixture.clock.advance(HOUR);
    fixture
        .provider
        .fail(TOKEN, 400, r#"{"error":"invalid_grant"}"#);
    for _ in 0..2 {
        assert_eq!(
            ask_for_token(&mut browser).await,
            ("SessionRequired".to_owned(), false)
        );
    }
    assert!(!fixture.is_signed_in(&browser).await);
}

#[tokio::test]
async fn no_trouble_with_a_token_signs_anyone_out() {
    let fixture = Fixture::new().await;
    let mut browser = fixture.signed_in().await;
    fixture.clock.advance(HOUR);
    fixture.provider.fail(TOKEN, 503, "{}");
    assert_eq!(
        ask_for_token(&mut browser).await,
        ("ProviderUnavailable".to_owned(), true)
    );
    fixture.store.fail("load_tokens");
    assert_eq!(
        ask_for_token(&mut browser).await,
        ("StoreUnavailable".to_owned(), true)
    );
}

#[tokio::test]
async fn devices_show_from_where_people_signed_in() {
    let fixture = Fixture::new().await;
    let mut here = fixture.signed_in().await;
    let (current, others) = listed(&mut here).await;
    assert!(current.unwrap().ends_with("|Unknown browser|nowhere|*"));
    assert!(others.is_empty());

    let socket = ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 4000)));
    let told = RemoteIp("2001:db8::7".parse().unwrap());
    for (behind_proxy, address) in [(false, "192.0.2.0/24"), (true, "2001:db8::/48")] {
        let mut there = Browser::new(&fixture.app);
        let started = there.post("/api/auth/signin/logto", "").await;
        let query = fixture
            .provider
            .authorize(&Url::parse(started.location()).unwrap());
        let callback = Request::get(format!("/api/auth/callback/logto?{query}"))
            .header("user-agent", FIREFOX)
            .extension(socket);
        let callback = match behind_proxy {
            true => callback.extension(told),
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
async fn one_others_and_all_are_signed_out() {
    let fixture = Fixture::new().await;
    let mut mine = fixture.signed_in().await;
    let mut theirs = Vec::new();
    for _ in 0..3 {
        theirs.push(fixture.signed_in().await);
    }
    let (first, _) = listed(&mut theirs[0]).await;
    let first = first.unwrap();

    let which = format!("which={}", id(&first));
    let done = mine.post("/api/leave", &which).await;
    assert_eq!((done.status.as_u16(), done.location()), (302, "/devices"));
    assert_eq!(session_cookies(&done), 0);
    assert!(!fixture.is_signed_in(&theirs[0]).await);
    assert!(fixture.is_signed_in(&theirs[1]).await);

    let done = mine.post("/api/leave", "which=others").await;
    assert_eq!(done.location(), "/devices");
    assert_eq!(done.header("x-signed"), Some("in"));
    for browser in &theirs {
        assert!(!fixture.is_signed_in(browser).await);
    }
    assert!(fixture.is_signed_in(&mine).await);

    theirs[0] = fixture.signed_in().await;
    let done = mine.post("/api/leave", "which=everywhere").await;
    assert_eq!(
        done.location(),
        "/",
        "the page of devices would ask to sign in"
    );
    assert_eq!(done.header("x-signed"), Some("out"));
    assert_eq!(session_cookies(&done), 1);
    assert!(mine.cookies.is_empty(), "{:?}", mine.cookies);
    assert!(!fixture.is_signed_in(&theirs[0]).await);
}

#[tokio::test]
async fn ones_own_device_may_be_named_as_well() {
    let fixture = Fixture::new().await;
    let mut browser = fixture.signed_in().await;
    let (current, _) = listed(&mut browser).await;
    let which = format!("which={}", id(&current.unwrap()));
    let done = browser.post("/api/leave", &which).await;
    assert_eq!(done.location(), "/");
    assert!(browser.cookies.is_empty());
}

#[tokio::test]
async fn nobody_ends_a_session_of_anothers() {
    let fixture = Fixture::new().await;
    let mut alice = fixture.signed_in().await;
    fixture
        .provider
        .tamper(|draft| drop(draft.claims.insert("sub".to_owned(), "bob".into())));
    let mut bob = fixture.signed_in().await;
    let (his, others) = listed(&mut bob).await;
    let his = his.unwrap();
    assert!(others.is_empty(), "she is not in his list");

    for which in [id(&his), "others", "00000000000000000000000000000000"] {
        let done = alice.post("/api/leave", &format!("which={which}")).await;
        assert_eq!(done.location(), "/devices", "{which}");
        assert!(fixture.is_signed_in(&bob).await, "{which}");
    }
    alice.post("/api/leave", "which=everywhere").await;
    assert!(fixture.is_signed_in(&bob).await);
}

#[tokio::test]
async fn the_page_after_it_is_of_the_application() {
    let fixture = Fixture::new().await;
    let mut browser = fixture.signed_in().await;
    for (page, goes_to) in [
        ("%2Fdevices%3Fa%3Db", "/devices?a=b"),
        ("https%3A%2F%2Fevil.test%2F", "/"),
        ("%2F%2Fevil.test", "/"),
    ] {
        let form = format!("which=others&page={page}");
        let done = browser.post("/api/leave", &form).await;
        assert_eq!(done.location(), goes_to);
    }
}

#[tokio::test]
async fn who_stays_signed_in_is_told() {
    let fixture = Fixture::new().await;
    let mut browser = fixture.signed_in().await;
    fixture.store.fail("delete_for_user");
    for which in ["others", "everywhere"] {
        let done = browser.post("/api/leave", &format!("which={which}")).await;
        let location = done.location();
        assert!(
            location.starts_with("/auth/error?error=StoreUnavailable&ref=")
                && location.ends_with("&callbackUrl=%2Fdevices"),
            "{location}"
        );
        assert_eq!(session_cookies(&done), 0);
    }
    fixture.store.set_down(true);
    let done = browser.post("/api/leave", "which=everywhere").await;
    assert!(done.location().contains("error=StoreUnavailable"));
    fixture.store.set_down(false);
    assert!(fixture.is_signed_in(&browser).await);
}

#[tokio::test]
async fn who_is_signed_out_is_asked_to_sign_in() {
    let fixture = Fixture::new().await;
    let mut browser = Browser::new(&fixture.app);
    let done = browser.post("/api/leave", "which=everywhere").await;
    assert!(
        done.location()
            .starts_with("/auth/error?error=SessionRequired&ref="),
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
    assert_eq!(fixture.store.take_calls("delete_for_user"), 0);
}

#[tokio::test]
async fn each_asks_for_the_session_once_at_most() {
    let fixture = Fixture::new().await;
    let mut browser = fixture.signed_in().await;
    for path in ["/api/token", "/api/list"] {
        fixture.store.take_calls("load");
        call(&mut browser, path).await;
        assert_eq!(fixture.store.take_calls("load"), 1, "{path}");
    }
}

#[tokio::test]
async fn outside_the_layer_actions_say_so() {
    let app: Router = Router::new().route("/api/{*server_function}", post(handle_server_fns));
    let mut browser = Browser::new(&app);
    let request = Request::post("/api/leave")
        .header("accept", "application/json")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from("which=others"))
        .unwrap();
    let refused = browser.send(request).await;
    assert!(refused.body.contains("with_auth"), "{}", refused.body);
    assert_eq!(ask_for_token(&mut browser).await.0, "Internal");
}

#[test]
fn other_middleware_may_answer_as_the_layer_does() {
    let error = AuthError::Store(auth_core::StoreError::new("down"));
    let answer = auth_leptos::session_unavailable(&error);
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()["retry-after"], "5");
    assert_eq!(
        answer.headers()["cache-control"],
        "private, no-cache, no-store"
    );
}
