//! Guards of pages wait for fresh claims, and let nobody in without.

use std::time::{Duration, Instant};

use auth_axum::{RequireFresh, RequireRole, RequireScope, WithAuth as _};
use auth_testkit::{Browser, RESOURCE, TestApp, TestProvider, TestResponse, object};
use axum::{Router, body::Body, http::Request, routing::get};
use serde_json::json;

const MINUTE: Duration = Duration::from_secs(60);
const TOKEN: &str = "/oidc/token";

struct Fixture {
    provider: TestProvider,
    app: TestApp,
    browser: Browser,
    /// The same browser at another process of the application.
    elsewhere: Browser,
}

impl Fixture {
    async fn new() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&TestProvider)) -> Self {
        let provider = TestProvider::start().await;
        change(&provider);
        let app = TestApp::with_settings(&provider, |settings| {
            settings.resource(RESOURCE).scope("read").scope("roles")
        });
        let router = router().with_auth(&app.auth);
        let browser = Browser::signed_in(&router, &provider, auth_testkit::SUB).await;
        let mut elsewhere = Browser::new(&router_of(&app));
        elsewhere.cookies.clone_from(&browser.cookies);
        Self {
            provider,
            app,
            browser,
            elsewhere,
        }
    }

    fn set_roles(&self, roles: &'static [&'static str]) {
        self.provider.tamper(move |draft| {
            draft.claims.insert("roles".to_owned(), json!(roles));
        });
    }

    fn refreshes(&self) -> usize {
        self.provider.state().refresh.sent.len()
    }

    async fn fetch(&mut self, path: &str) -> TestResponse {
        let request = Request::get(path)
            .header("accept", "application/json")
            .header("sec-fetch-mode", "cors")
            .header("sec-fetch-site", "same-origin");
        self.browser
            .send(request.body(Body::empty()).unwrap())
            .await
    }
}

fn router() -> Router {
    let page = || get(|| async { "a page" }).post(|| async { "done" });
    let read = RequireScope::new("read").for_resource(RESOURCE);
    Router::new()
        .route("/open", page())
        .route("/admin", page().route_layer(RequireRole::new("admin")))
        .route(
            "/strict",
            page().route_layer(RequireRole::new("admin").max_age(MINUTE)),
        )
        .route("/pay", page().route_layer(RequireFresh::new(MINUTE)))
        .route("/read", page().route_layer(read))
}

fn router_of(app: &TestApp) -> Router {
    router().with_auth(&app.other_process())
}

fn is_refused(answer: &TestResponse) -> bool {
    answer.status == 403 && answer.body.contains("You do not have permission")
}

#[tokio::test]
async fn a_role_that_was_taken_away_or_given_is_noticed_after_ten_minutes() {
    let mut fixture = Fixture::with(|provider| {
        provider.tamper(|draft| {
            draft.claims.insert("roles".to_owned(), json!(["admin"]));
        });
    })
    .await;
    fixture.set_roles(&[]);
    fixture.app.clock.advance(9 * MINUTE);
    assert_eq!(fixture.browser.get("/admin").await.body, "a page");
    assert_eq!(fixture.refreshes(), 0);
    fixture.app.clock.advance(2 * MINUTE);
    assert!(is_refused(&fixture.browser.get("/admin").await));
    assert!(is_refused(&fixture.elsewhere.get("/admin").await));
    assert_eq!(fixture.refreshes(), 1);

    fixture.set_roles(&["admin"]);
    assert!(is_refused(&fixture.elsewhere.get("/admin").await));
    fixture.app.clock.advance(11 * MINUTE);
    assert_eq!(fixture.elsewhere.get("/admin").await.body, "a page");
    assert_eq!(fixture.browser.get("/admin").await.body, "a page");
    assert_eq!(fixture.refreshes(), 2);

    // The age of this guard is its own.
    fixture.set_roles(&[]);
    fixture.app.clock.advance(2 * MINUTE);
    assert_eq!(fixture.browser.get("/admin").await.body, "a page");
    assert!(is_refused(&fixture.browser.get("/strict").await));
}

#[tokio::test]
async fn a_suspended_user_is_refused_by_every_guard_and_process() {
    for path in ["/admin", "/strict", "/pay", "/read"] {
        let mut fixture = Fixture::new().await;
        fixture.set_roles(&["admin"]);
        fixture.app.clock.advance(11 * MINUTE);
        assert_eq!(fixture.browser.get(path).await.body, "a page", "{path}");
        fixture.provider.state().refresh.refusal = Some((400, "invalid_grant"));
        fixture.app.clock.advance(11 * MINUTE);
        let asked = fixture.elsewhere.get(path).await;
        let sign_in = format!("/api/auth/signin?callbackUrl=%2F{}", &path[1..]);
        assert_eq!(asked.location(), sign_in);
        assert_eq!(fixture.browser.get(path).await.location(), sign_in);
        let open = fixture.browser.get("/api/auth/session").await;
        assert_eq!(open.body, "null", "the session has ended");
    }
}

#[tokio::test]
async fn while_logto_is_down_guards_use_older_claims_for_an_hour() {
    for path in ["/admin", "/pay", "/read"] {
        let mut fixture = Fixture::new().await;
        fixture.set_roles(&["admin"]);
        fixture.app.clock.advance(11 * MINUTE);
        assert_eq!(fixture.browser.get(path).await.body, "a page", "{path}");
        fixture.provider.fail(TOKEN, 503, "");
        fixture.app.clock.advance(55 * MINUTE);
        assert_eq!(fixture.browser.get(path).await.body, "a page", "{path}");
        fixture.app.clock.advance(6 * MINUTE);
        for answer in [
            fixture.browser.get(path).await,
            fixture.elsewhere.get(path).await,
            fixture.browser.post(path, "").await,
        ] {
            assert_eq!(answer.status, 503, "{path}: {answer:?}");
            let seconds: u32 = answer.header("retry-after").unwrap().parse().unwrap();
            assert!((1..=10).contains(&seconds), "{seconds}");
            assert!(answer.header("cache-control").unwrap().contains("no-store"));
        }
        assert_eq!(fixture.browser.get("/open").await.body, "a page");
        fixture.provider.state().faults.clear();
        tokio::time::sleep(Duration::from_millis(2100)).await;
        assert_eq!(fixture.browser.get(path).await.body, "a page", "{path}");
    }
}

#[tokio::test]
async fn a_dead_logto_costs_guards_three_seconds_once() {
    let mut fixture = Fixture::new().await;
    fixture.set_roles(&["admin"]);
    fixture.app.clock.advance(11 * MINUTE);
    assert_eq!(fixture.browser.get("/admin").await.body, "a page");
    fixture
        .provider
        .state()
        .delays
        .insert(TOKEN, Duration::from_secs(60));
    fixture.app.clock.advance(11 * MINUTE);
    let started = Instant::now();
    assert_eq!(fixture.browser.get("/admin").await.body, "a page");
    assert!(started.elapsed() < Duration::from_millis(3500));
    let started = Instant::now();
    assert_eq!(fixture.browser.get("/open").await.body, "a page");
    assert!(
        started.elapsed() < Duration::from_millis(300),
        "pages go on"
    );
}

#[tokio::test]
async fn other_failures_let_nobody_in() {
    for (status, body) in [
        (400, r#"{"error":"invalid_request"}"#),
        (401, r#"{"error":"invalid_client"}"#),
        (200, "{"),
    ] {
        let mut fixture = Fixture::new().await;
        fixture.set_roles(&["admin"]);
        fixture.app.clock.advance(11 * MINUTE);
        assert_eq!(fixture.browser.get("/admin").await.body, "a page");
        fixture.provider.fail(TOKEN, status, body);
        fixture.app.clock.advance(11 * MINUTE);
        for path in ["/admin", "/pay", "/read"] {
            let answer = fixture.browser.get(path).await;
            let location = answer.location();
            assert!(location.starts_with("/api/auth/error?error="), "{location}");
            assert!(!location.contains("SessionRequired"), "{location}");
        }
        assert_eq!(fixture.browser.get("/open").await.body, "a page");
    }
}

#[tokio::test]
async fn without_a_refresh_token_the_user_signs_in_again() {
    let mut fixture = Fixture::with(|provider| {
        let mut state = provider.state();
        state.token_response = object(json!({"refresh_token": null}));
    })
    .await;
    assert_eq!(fixture.browser.get("/pay").await.body, "a page");
    fixture.app.clock.advance(11 * MINUTE);
    let asked = fixture.browser.get("/pay?order=7").await;
    assert_eq!(
        asked.location(),
        "/api/auth/signin?callbackUrl=%2Fpay%3Forder%3D7"
    );
    assert_eq!(fixture.fetch("/pay").await.status, 401);
    let asked_by_form = fixture.browser.post("/pay", "").await;
    assert_eq!(asked_by_form.location(), "/api/auth/signin?callbackUrl=%2F");
    assert_eq!(fixture.browser.get("/open").await.body, "a page");

    // An ordinary sign-in leads back, and is enough.
    let form = asked.location().split_once('?').unwrap().1.to_owned();
    let started = fixture.browser.post("/api/auth/signin/logto", &form).await;
    let completed = fixture
        .browser
        .complete_sign_in(&fixture.provider, started.location())
        .await;
    assert_eq!(completed.location(), "/pay?order=7");
    assert_eq!(fixture.browser.get("/pay?order=7").await.body, "a page");
    assert_eq!(fixture.refreshes(), 0);
}

#[tokio::test]
async fn a_grant_that_lapsed_leads_back_by_an_ordinary_sign_in() {
    let mut fixture = Fixture::new().await;
    fixture.provider.state().refresh.refusal = Some((400, "invalid_grant"));
    fixture.app.clock.advance(3 * 24 * 60 * MINUTE);
    assert_eq!(fixture.browser.get("/open").await.body, "a page");
    let asked = fixture.browser.get("/pay").await;
    let form = asked.location().split_once('?').unwrap().1.to_owned();
    let started = fixture.browser.post("/api/auth/signin/logto", &form).await;
    let completed = fixture
        .browser
        .complete_sign_in(&fixture.provider, started.location())
        .await;
    assert_eq!(completed.location(), "/pay");
    assert_eq!(fixture.browser.get("/pay").await.body, "a page");
}
