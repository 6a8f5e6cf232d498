//! Back-channel logout: the provider ends a session, and it ends here, on every
//! process, whatever is under way.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

use std::time::Duration;

use auth_axum::{RequestSession, SessionLayer, auth_routes};
use auth_core::{AccessTokenRequest, Auth, RequestCookies, SessionAdmin as _};
use auth_testkit::{
    Browser, CLIENT_ID, REFRESH_TOKEN, SUB, TestApp, TestProvider, TestResponse, TestStore,
    TokenDraft,
};
use axum::{
    Extension, Router,
    body::Body,
    http::{Method, Request, StatusCode},
    routing::get,
};
use serde_json::{Map, Value, json};
use tokio::task::JoinSet;
use url::form_urlencoded;

const BACK_CHANNEL: &str = "/api/auth/backchannel-logout/logto";
const API: &str = "https://shopping.example.com/api";

struct Fixture {
    provider: TestProvider,
    watched: TestApp,
    app: Router,
    other: Router,
}

/// Does with a token what an application does.
async fn call_an_api(Extension(session): Extension<RequestSession>) -> StatusCode {
    match session
        .access_token(&AccessTokenRequest::resource(API))
        .await
    {
        Ok(_) => StatusCode::OK,
        Err(_) => StatusCode::UNAUTHORIZED,
    }
}

fn router(auth: &Auth) -> Router {
    auth_routes(auth.clone())
        .route("/call", get(call_an_api))
        .route_layer(SessionLayer::new(auth.clone()))
}

impl Fixture {
    /// Builds an application where each sign-in begins a new provider session.
    async fn new() -> Self {
        let provider = TestProvider::start().await;
        provider.tamper(|draft| {
            let sid = format!("sid-{}", draft.claims["nonce"].as_str().unwrap());
            draft.claims.insert("sid".to_owned(), json!(sid));
        });
        let watched = TestApp::with_settings(&provider, |settings| settings.resource(API));
        let app = router(&watched.auth);
        let other = router(&watched.other_process());
        Self {
            provider,
            watched,
            app,
            other,
        }
    }

    async fn signed_in(&self) -> Browser {
        let mut browser = Browser::new(&self.app);
        browser.sign_in(&self.provider).await;
        browser
    }

    /// Returns the `sid` of the browser's session at the provider.
    async fn sid(&self, browser: &Browser) -> String {
        let pairs: Vec<_> = browser
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let cookies = RequestCookies::parse([pairs.join("; ").as_bytes()]);
        let session = self.watched.auth.session(&cookies).await.unwrap();
        session.unwrap().sid.unwrap()
    }

    fn token(&self, claims: &Value) -> String {
        let mut draft: TokenDraft = self.provider.draft_logout_token();
        for (name, value) in claims.as_object().unwrap() {
            match value {
                Value::Null => draft.claims.remove(name),
                value => draft.claims.insert(name.clone(), value.clone()),
            };
        }
        draft.sign()
    }

    async fn log_out(&self, token: &str) -> TestResponse {
        Browser::new(&self.app)
            .post(BACK_CHANNEL, &form(token))
            .await
    }
}

fn form(token: &str) -> String {
    form_urlencoded::Serializer::new(String::new())
        .append_pair("logout_token", token)
        .finish()
}

async fn is_signed_in(browser: &mut Browser) -> bool {
    browser.get("/api/auth/session").await.body != "null"
}

/// Returns the same browser at another process.
fn at(app: &Router, browser: &Browser) -> Browser {
    let mut other = Browser::new(app);
    other.cookies.clone_from(&browser.cookies);
    other
}

#[tokio::test]
async fn a_logout_token_ends_the_sessions_of_its_sid_on_every_process() {
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    for (name, more) in [
        ("Logto 1.37, without exp", json!({})),
        ("Logto 1.42, with exp", json!({"exp": now + 120})),
        ("sid alone", json!({"sub": null})),
    ] {
        let fixture = Fixture::new().await;
        let mut ended = fixture.signed_in().await;
        let mut untouched = fixture.signed_in().await;
        let mut claims = more.as_object().unwrap().clone();
        claims.insert("sid".to_owned(), fixture.sid(&ended).await.into());
        let answer = fixture.log_out(&fixture.token(&claims.into())).await;
        assert_eq!(answer.status, 200, "{name}");
        assert_eq!(answer.body, "");
        let cached = answer.header("cache-control").unwrap();
        assert!(cached.contains("no-store"), "{cached}");
        assert!(!is_signed_in(&mut ended).await, "{name}");
        assert!(
            !is_signed_in(&mut at(&fixture.other, &ended)).await,
            "{name}"
        );
        assert!(is_signed_in(&mut untouched).await, "{name}");
        fixture.watched.auth.finish().await;
        assert_eq!(fixture.provider.state().revoked, [REFRESH_TOKEN], "{name}");
    }
}

#[tokio::test]
async fn a_logout_token_without_a_sid_ends_all_sessions_of_its_user() {
    let fixture = Fixture::new().await;
    let mut browsers = [fixture.signed_in().await, fixture.signed_in().await];
    let other = fixture.token(&json!({"sid": null, "sub": "somebody else", "jti": "1"}));
    assert_eq!(fixture.log_out(&other).await.status, 200, "nobody to end");
    for browser in &mut browsers {
        assert!(is_signed_in(browser).await);
    }
    let token = fixture.token(&json!({"sid": null, "sub": SUB}));
    assert_eq!(fixture.log_out(&token).await.status, 200);
    for browser in &mut browsers {
        assert!(!is_signed_in(browser).await);
    }
}

#[tokio::test]
async fn a_logout_token_is_accepted_once() {
    let fixture = Fixture::new().await;
    let token = fixture.token(&json!({"sid": null}));
    fixture.signed_in().await;
    assert_eq!(fixture.log_out(&token).await.status, 200);
    // A sign-in within the same second would count as one that was under way.
    fixture.watched.clock.advance(Duration::from_secs(1));
    let mut again = fixture.signed_in().await;
    for app in [&fixture.app, &fixture.other] {
        let answer = Browser::new(app).post(BACK_CHANNEL, &form(&token)).await;
        assert_eq!(answer.status, 400, "on every process");
    }
    assert!(is_signed_in(&mut again).await);
}

#[tokio::test]
async fn invalid_logout_tokens_answer_400_and_end_no_session() {
    let fixture = Fixture::new().await;
    let mut browser = fixture.signed_in().await;
    let sid = fixture.sid(&browser).await;
    let token = fixture.token(&json!({"sid": sid}));
    let wrong = |claims: Value| fixture.token(&claims);
    let form_type = "application/x-www-form-urlencoded";
    let long = format!("logout_token={}", "a".repeat(20_000));
    let mut unsigned: TokenDraft = fixture.provider.draft_logout_token();
    unsigned.header = Map::from_iter([("alg".to_owned(), json!("none"))]);
    unsigned.key = None;
    let cases = [
        ("another method", Method::GET, form_type, String::new()),
        ("PUT", Method::PUT, form_type, form(&token)),
        ("no body", Method::POST, form_type, String::new()),
        ("another type", Method::POST, "text/plain", form(&token)),
        (
            "JSON",
            Method::POST,
            "application/json",
            json!({"logout_token": token}).to_string(),
        ),
        (
            "twice",
            Method::POST,
            form_type,
            format!("{0}&{0}", form(&token)),
        ),
        ("no JWT", Method::POST, form_type, form("a.b.c")),
        ("too long", Method::POST, form_type, long),
        ("alg none", Method::POST, form_type, form(&unsigned.sign())),
        (
            "no events",
            Method::POST,
            form_type,
            form(&wrong(json!({"sid": sid, "events": null}))),
        ),
        (
            "a nonce",
            Method::POST,
            form_type,
            form(&wrong(json!({"sid": sid, "nonce": "n"}))),
        ),
        (
            "another audience",
            Method::POST,
            form_type,
            form(&wrong(json!({"sid": sid, "aud": format!("{CLIENT_ID}2")}))),
        ),
    ];
    for (name, method, content_type, body) in cases {
        let request = Request::builder()
            .method(method)
            .uri(BACK_CHANNEL)
            .header("content-type", content_type)
            .body(Body::from(body))
            .unwrap();
        let answer = Browser::new(&fixture.app).send(request).await;
        assert_eq!(answer.status, 400, "{name}");
        let cached = answer.header("cache-control").unwrap();
        assert!(cached.contains("no-store"), "{name}: {cached}");
    }
    fixture.watched.store.set_down(true);
    assert_eq!(
        fixture.log_out(&token).await.status,
        400,
        "the store is down"
    );
    fixture.watched.store.set_down(false);
    assert!(is_signed_in(&mut browser).await);
    assert_eq!(
        fixture.log_out(&token).await.status,
        200,
        "it can be sent again"
    );
    assert!(!is_signed_in(&mut browser).await);
}

/// Counts the rows of the browser's session.
async fn rows(store: &TestStore) -> usize {
    store.store.list_page(None, 10).await.unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_in_progress_succeeds_after_the_logout() {
    let fixture = Fixture::new().await;
    let browser = fixture.signed_in().await;
    let sid = fixture.sid(&browser).await;
    {
        let mut state = fixture.provider.state();
        state.refresh.rotates = true;
        state
            .delays
            .insert("/oidc/token", Duration::from_millis(400));
    }
    let mut requests = JoinSet::new();
    for number in 0..100 {
        let mut browser = at([&fixture.app, &fixture.other][number % 2], &browser);
        requests.spawn(async move {
            // Some come while the token is fetched, some after the logout.
            tokio::time::sleep(Duration::from_millis(number as u64 * 5)).await;
            browser.get("/call").await.status
        });
    }
    while fixture.provider.state().refresh.sent.is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let logged_out = fixture.log_out(&fixture.token(&json!({"sid": sid}))).await;
    assert_eq!(logged_out.status, 200);
    // The provider has not answered yet: a token that a request gets now was
    // issued after the logout.
    for status in requests.join_all().await {
        assert_eq!(status, 401);
    }
    assert_eq!(rows(&fixture.watched.store).await, 0, "nothing comes back");
    assert!(!is_signed_in(&mut at(&fixture.app, &browser)).await);
    fixture.watched.auth.finish().await;
    let revoked = fixture.provider.state().revoked.clone();
    assert!(
        revoked.iter().any(|token| token.ends_with('~')),
        "the new refresh token is revoked too: {revoked:?}"
    );
}
