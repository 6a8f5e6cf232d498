//! Claims that are older than allowed: pages renew them in the background, and
//! who needs fresh ones waits.

use std::time::Duration;

use auth_core::{AccessTokenRequest, Auth, AuthError, GUARD_MAX_AGE, Session};
use auth_testkit::{
    CookieJar, RESOURCE, TestApp, TestProvider, object,
    steps::{session, signed_in, user},
};
use serde_json::json;

pub const MINUTE: Duration = Duration::from_secs(60);
pub const HOUR: Duration = Duration::from_secs(60 * 60);

/// A signed-in browser of an application with the default ages.
pub struct Fixture {
    pub provider: TestProvider,
    pub app: TestApp,
    pub browser: CookieJar,
}

impl Fixture {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&TestProvider)) -> Self {
        let provider = TestProvider::start().await;
        change(&provider);
        let app = TestApp::with_settings(&provider, |settings| {
            settings.resource(RESOURCE).scope("read")
        });
        let browser = signed_in(&app.auth, &provider).await;
        Self {
            provider,
            app,
            browser,
        }
    }

    async fn without_refresh_token() -> Self {
        Self::with(|provider| {
            provider.state().token_response = object(json!({"refresh_token": null}));
        })
        .await
    }

    pub async fn session(&self) -> Session {
        session(&self.app.auth, &self.browser).await
    }

    pub async fn fresh(&self, max_age: Duration) -> Result<Session, AuthError> {
        let session = self.session().await;
        let fresh = self.app.auth.fresh_claims(&session, max_age).await?;
        Ok(fresh.into_owned())
    }

    pub fn refreshes(&self) -> usize {
        self.provider.state().refresh.sent.len()
    }

    /// Gives the user this role at the provider, and no other.
    pub fn set_role(&self, role: &'static str) {
        self.provider.tamper(move |draft| {
            draft.claims.insert("roles".to_owned(), json!([role]));
        });
    }

    pub async fn is_signed_in(&self) -> bool {
        user(&self.app.auth, &self.browser).await.is_some()
    }
}

/// Waits until refreshes in the background have ended.
async fn settle() {
    tokio::time::sleep(Duration::from_millis(300)).await;
}

#[tokio::test]
async fn a_page_renews_old_claims_in_the_background() {
    let fixture = Fixture::new().await;
    fixture.set_role("editor");
    fixture.app.clock.advance(47 * MINUTE);
    fixture.session().await;
    settle().await;
    assert_eq!(fixture.refreshes(), 0, "an hour, at most a fifth less");

    fixture.app.clock.advance(26 * MINUTE);
    fixture
        .provider
        .state()
        .delays
        .insert("/oidc/token", Duration::from_millis(100));
    let other = fixture.app.other_process();
    for _ in 0..10 {
        let page = fixture.session().await;
        assert!(!page.has_role("editor"), "the page does not wait");
        session(&other, &fixture.browser).await;
    }
    settle().await;
    assert_eq!(fixture.refreshes(), 1, "one for all requests and processes");
    assert!(fixture.session().await.has_role("editor"));

    // The same claims again: the time of asking counts.
    fixture.app.clock.advance(73 * MINUTE);
    fixture.session().await;
    settle().await;
    for _ in 0..10 {
        fixture.session().await;
        session(&other, &fixture.browser).await;
    }
    settle().await;
    assert_eq!(fixture.refreshes(), 2);
}

#[tokio::test]
async fn no_request_reads_more_than_its_session() {
    let fixture = Fixture::new().await;
    let store = &fixture.app.store;
    store.take_calls("load");
    fixture.app.clock.advance(9 * MINUTE);
    for _ in 0..5 {
        fixture.fresh(GUARD_MAX_AGE).await.unwrap();
    }
    assert_eq!(store.take_calls("load"), 5);
    assert_eq!(store.take_calls("load_tokens"), 0);
    assert_eq!(fixture.refreshes(), 0);
}

#[tokio::test]
async fn sessions_do_not_get_old_at_the_same_time() {
    let fixture = Fixture::new().await;
    let mut browsers = Vec::new();
    for _ in 0..40 {
        browsers.push(signed_in(&fixture.app.auth, &fixture.provider).await);
    }
    fixture.app.clock.advance(HOUR);
    for browser in &browsers {
        session(&fixture.app.auth, browser).await;
    }
    settle().await;
    let refreshed = fixture.refreshes();
    assert!((5..=35).contains(&refreshed), "{refreshed} of 40");
    // A process decides like another.
    let other = fixture.app.other_process();
    for browser in &browsers {
        session(&other, browser).await;
    }
    settle().await;
    assert_eq!(fixture.refreshes(), refreshed);
}

#[tokio::test]
async fn fresh_claims_are_waited_for() {
    let fixture = Fixture::new().await;
    fixture.set_role("editor");
    fixture.app.clock.advance(9 * MINUTE);
    let young = fixture.fresh(GUARD_MAX_AGE).await.unwrap();
    assert!(!young.has_role("editor"));
    assert_eq!(fixture.refreshes(), 0);
    let older = fixture.fresh(8 * MINUTE).await.unwrap();
    assert!(older.has_role("editor"), "each caller says what is old");

    fixture.set_role("reader");
    fixture.app.clock.advance(11 * MINUTE);
    let fresh = fixture.fresh(GUARD_MAX_AGE).await.unwrap();
    assert!(fresh.has_role("reader") && !fresh.has_role("editor"));
    assert_eq!(fixture.refreshes(), 2);
    let again = fixture.fresh(GUARD_MAX_AGE).await.unwrap();
    assert!(again.has_role("reader"));
    assert_eq!(fixture.refreshes(), 2);
}

#[tokio::test]
async fn a_hundred_requests_to_two_processes_ask_once() {
    let fixture = Fixture::new().await;
    fixture
        .provider
        .state()
        .delays
        .insert("/oidc/token", Duration::from_millis(200));
    fixture.provider.state().refresh.rotates = true;
    fixture.app.clock.advance(11 * MINUTE);
    let other = fixture.app.other_process();
    let ask = async |auth: &Auth| {
        let session = session(auth, &fixture.browser).await;
        let fresh = auth.fresh_claims(&session, GUARD_MAX_AGE).await;
        fresh.map(drop)
    };
    let asked = (0..100).map(|number| {
        let auth = [&fixture.app.auth, &other][number % 2];
        ask(auth)
    });
    for fresh in futures_util::future::join_all(asked).await {
        fresh.unwrap();
    }
    assert_eq!(fixture.refreshes(), 1);
}

#[tokio::test]
async fn claims_that_a_slow_database_delays_are_not_asked_for_again() {
    let fixture = Fixture::new().await;
    let other = fixture.app.other_process();
    fixture.set_role("editor");
    fixture.app.clock.advance(11 * MINUTE);
    let session = fixture.session().await;
    // The tokens are stored before the claims.
    let delay = Duration::from_millis(1200);
    fixture.app.store.delay("compare_and_swap", delay);
    let (here, there) = tokio::join!(
        fixture.app.auth.fresh_claims(&session, GUARD_MAX_AGE),
        other.fresh_claims(&session, GUARD_MAX_AGE)
    );
    assert!(here.unwrap().has_role("editor"));
    assert!(there.unwrap().has_role("editor"));
    assert_eq!(fixture.refreshes(), 1);
}

#[tokio::test]
async fn a_suspended_user_is_signed_out() {
    let fixture = Fixture::new().await;
    fixture.provider.state().refresh.refusal = Some((400, "invalid_grant"));
    fixture.app.clock.advance(11 * MINUTE);
    let error = fixture.fresh(GUARD_MAX_AGE).await.unwrap_err();
    assert!(matches!(error, AuthError::SessionEnded), "{error:?}");
    assert!(!fixture.is_signed_in().await);

    // Also if all they open are pages.
    let fixture = Fixture::new().await;
    fixture.provider.state().refresh.refusal = Some((400, "invalid_grant"));
    fixture.app.clock.advance(73 * MINUTE);
    assert!(fixture.is_signed_in().await, "the page does not wait");
    settle().await;
    assert!(!fixture.is_signed_in().await);
}

#[tokio::test]
async fn what_keeps_failing_is_not_repeated_for_every_page() {
    let fixture = Fixture::new().await;
    let refused = r#"{"error":"invalid_client"}"#;
    fixture.provider.fail("/oidc/token", 401, refused);
    fixture.app.clock.advance(73 * MINUTE);
    let before = fixture.provider.hits("/oidc/token");
    for _ in 0..100 {
        assert!(fixture.is_signed_in().await);
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert_eq!(fixture.provider.hits("/oidc/token") - before, 1);
}

#[tokio::test]
async fn a_refresh_for_another_purpose_renews_the_age_too() {
    let fixture = Fixture::new().await;
    fixture.app.clock.advance(11 * MINUTE);
    let session = fixture.session().await;
    let request = AccessTokenRequest::resource(RESOURCE);
    let auth = &fixture.app.auth;
    auth.access_token(&session, &request).await.unwrap();
    assert_eq!(fixture.refreshes(), 1);
    fixture.fresh(GUARD_MAX_AGE).await.unwrap();
    assert_eq!(fixture.refreshes(), 1);
}

#[tokio::test]
async fn tokens_for_apis_are_dropped_only_if_the_claims_changed() {
    let fixture = Fixture::new().await;
    let request = AccessTokenRequest::resource(RESOURCE);
    let auth = &fixture.app.auth;
    let api_token = async || {
        let session = fixture.session().await;
        let token = auth.access_token(&session, &request).await.unwrap();
        token.expose().to_owned()
    };
    let first = api_token().await;
    fixture.app.clock.advance(11 * MINUTE);
    fixture.fresh(GUARD_MAX_AGE).await.unwrap();
    assert_eq!(api_token().await, first, "nothing changed: no cost");
    fixture.set_role("reader");
    fixture.app.clock.advance(11 * MINUTE);
    fixture.fresh(GUARD_MAX_AGE).await.unwrap();
    assert_ne!(api_token().await, first);
}

#[tokio::test]
async fn a_token_for_one_api_does_not_keep_another_one_from_before_a_change() {
    let fixture = Fixture::new().await;
    let auth = &fixture.app.auth;
    let ask = async |request: AccessTokenRequest| {
        let session = fixture.session().await;
        let token = auth.access_token(&session, &request).await.unwrap();
        token.expose().to_owned()
    };
    let narrow = AccessTokenRequest::resource(RESOURCE).with_scopes(["read"]);
    let former = ask(narrow.clone()).await;
    fixture.set_role("reader");
    fixture.app.clock.advance(MINUTE);
    let new = ask(AccessTokenRequest::resource(RESOURCE)).await;
    assert_ne!(ask(narrow).await, former);
    assert_eq!(ask(AccessTokenRequest::resource(RESOURCE)).await, new);
}

#[tokio::test]
async fn an_access_token_can_be_required_to_be_new() {
    let fixture = Fixture::new().await;
    let request = AccessTokenRequest::resource(RESOURCE);
    let auth = &fixture.app.auth;
    let ask = async || {
        let session = fixture.session().await;
        auth.fresh_access_token(&session, &request, GUARD_MAX_AGE)
            .await
    };
    let first = ask().await.unwrap().expose().to_owned();
    fixture.app.clock.advance(9 * MINUTE);
    assert_eq!(ask().await.unwrap().expose(), first);
    fixture.app.clock.advance(2 * MINUTE);
    let answers = futures_util::future::join_all((0..20).map(|_| ask())).await;
    for token in answers {
        assert_ne!(token.unwrap().expose(), first);
    }
    assert_eq!(fixture.refreshes(), 2);
    // The provider is down: the last token, and not for ever.
    fixture.provider.fail("/oidc/token", 503, "");
    fixture.app.clock.advance(30 * MINUTE);
    ask().await.unwrap();
    fixture.app.clock.advance(40 * MINUTE);
    let error = ask().await.unwrap_err();
    assert!(
        matches!(error, AuthError::ClaimsUnconfirmed { .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_session_without_a_refresh_token_has_to_sign_in_again() {
    let fixture = Fixture::without_refresh_token().await;
    let store = &fixture.app.store;
    fixture.app.clock.advance(9 * MINUTE);
    fixture.fresh(GUARD_MAX_AGE).await.unwrap();
    fixture.app.clock.advance(2 * MINUTE);
    let error = fixture.fresh(GUARD_MAX_AGE).await.unwrap_err();
    assert!(matches!(error, AuthError::ClaimsOutdated), "{error:?}");
    fixture.app.clock.advance(3 * HOUR);
    for _ in 0..5 {
        assert!(fixture.is_signed_in().await, "pages go on");
    }
    settle().await;
    assert_eq!(store.take_calls("load_tokens"), 0, "nothing to renew with");
    assert_eq!(fixture.refreshes(), 0);
}

#[tokio::test]
async fn an_old_token_that_cannot_be_renewed_decides_nothing() {
    let fixture = Fixture::without_refresh_token().await;
    let session = fixture.session().await;
    let request = AccessTokenRequest::user_info();
    let auth = &fixture.app.auth;
    let ask = || auth.fresh_access_token(&session, &request, GUARD_MAX_AGE);
    fixture.app.clock.advance(9 * MINUTE);
    ask().await.unwrap();
    fixture.app.clock.advance(2 * MINUTE);
    let error = ask().await.unwrap_err();
    assert!(matches!(error, AuthError::ClaimsOutdated), "{error:?}");
}

#[tokio::test]
async fn signing_in_again_is_enough_however_short_the_age() {
    let fixture = Fixture::without_refresh_token().await;
    fixture.app.clock.advance(Duration::from_secs(30));
    fixture.fresh(Duration::ZERO).await.unwrap();
    fixture.app.clock.advance(Duration::from_secs(31));
    fixture.fresh(Duration::ZERO).await.unwrap_err();
}

#[tokio::test]
async fn claims_that_were_asked_for_later_are_newer_whatever_their_issue_time() {
    let fixture = Fixture::new().await;
    for (role, ahead) in [("editor", 50), ("reader", 0)] {
        fixture.provider.tamper(move |draft| {
            let issued = draft.claims["iat"].as_i64().unwrap();
            draft.claims.insert("iat".to_owned(), json!(issued + ahead));
            draft.claims.insert("roles".to_owned(), json!([role]));
        });
        fixture.app.clock.advance(Duration::from_secs(2));
        let fresh = fixture.fresh(Duration::ZERO).await.unwrap();
        assert!(fresh.has_role(role), "{role}");
    }
}

#[tokio::test]
async fn claims_can_be_required_to_be_of_this_moment() {
    let fixture = Fixture::new().await;
    for asked in 1..=3 {
        fixture.app.clock.advance(Duration::from_millis(1500));
        fixture.fresh(Duration::ZERO).await.unwrap();
        assert_eq!(fixture.refreshes(), asked);
    }
}
