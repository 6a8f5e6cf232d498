//! Renewing access tokens: once, however many ask; and without losing a
//! refresh token.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

mod mock_provider;

use std::time::Duration;

use auth_core::{Auth, AuthError, ErrorKind, SignOutOptions};
use mock_provider::{
    ACCESS_TOKEN, MockProvider, REFRESH_TOKEN, SUB, TestClock, Watched,
    browser::{Browser, access_token, begin, complete, signed_in, user},
    object,
    watched_store::WatchedStore,
};
use serde_json::json;
use tokio::task::JoinSet;

const TOKEN: &str = "/oidc/token";
const REVOCATION: &str = "/oidc/token/revocation";
const MINUTE: Duration = Duration::from_secs(60);

/// A signed-in browser, and two processes of one application.
struct Fixture {
    provider: MockProvider,
    clock: TestClock,
    store: WatchedStore,
    auth: Auth,
    other: Auth,
    browser: Browser,
}

impl Fixture {
    async fn new() -> Self {
        let provider = MockProvider::start().await;
        let watched = Watched::new(&provider);
        let other = watched.other();
        let Watched { auth, store, clock } = watched;
        let browser = signed_in(&auth, &provider).await;
        Self {
            provider,
            clock,
            store,
            auth,
            other,
            browser,
        }
    }

    /// As [`new`](Self::new), an hour later: the access token has ended.
    async fn expired() -> Self {
        let fixture = Self::new().await;
        fixture.clock.advance(61 * MINUTE);
        fixture
    }

    async fn ask(&self) -> Result<String, AuthError> {
        let token = access_token(&self.auth, &self.browser).await?;
        Ok(token.expose().to_owned())
    }

    async fn is_signed_in(&self) -> bool {
        user(&self.auth, &self.browser).await.as_deref() == Some(SUB)
    }

    fn refreshes(&self) -> usize {
        self.provider.inner().refresh.sent.len()
    }

    /// Waits until refreshes have been sent.
    async fn until_sent(&self, count: usize) {
        while self.refreshes() < count {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test]
async fn a_token_is_taken_as_it_is_until_a_minute_before_its_end() {
    let fixture = Fixture::new().await;
    fixture.clock.advance(58 * MINUTE);
    assert_eq!(fixture.ask().await.unwrap(), ACCESS_TOKEN);
    assert_eq!(fixture.refreshes(), 0);
    fixture.clock.advance(MINUTE + MINUTE / 2);
    // Still good, and renewed for the next request.
    assert_eq!(fixture.ask().await.unwrap(), ACCESS_TOKEN);
    fixture.until_sent(1).await;
    while fixture.ask().await.unwrap() == ACCESS_TOKEN {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(fixture.ask().await.unwrap(), "access-token-value.1");
    assert_eq!(fixture.refreshes(), 1);
}

#[tokio::test]
async fn a_short_lived_token_is_not_renewed_on_every_request() {
    let provider = MockProvider::start().await;
    provider.inner().token = object(json!({"expires_in": 50}));
    let Watched { auth, clock, .. } = Watched::new(&provider);
    let browser = signed_in(&auth, &provider).await;
    clock.advance(MINUTE / 2);
    access_token(&auth, &browser).await.unwrap();
    assert!(provider.inner().refresh.sent.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_requests_in_two_processes_make_one_grant() {
    let fixture = Fixture::expired().await;
    {
        let mut inner = fixture.provider.inner();
        inner.refresh.rotates = true;
        inner.delays.insert(TOKEN, Duration::from_millis(100));
    }
    let mut requests = JoinSet::new();
    for number in 0..100 {
        let auth = [&fixture.auth, &fixture.other][number % 2].clone();
        let browser = fixture.browser.clone();
        requests.spawn(async move {
            // Some come late: after the first answer, or while it is stored.
            tokio::time::sleep(Duration::from_millis(number as u64 * 2)).await;
            access_token(&auth, &browser)
                .await
                .unwrap()
                .expose()
                .to_owned()
        });
    }
    for token in requests.join_all().await {
        assert_eq!(
            token, "access-token-value.1",
            "losers get the winner's token"
        );
    }
    assert_eq!(fixture.provider.inner().refresh.sent, [REFRESH_TOKEN]);
}

#[tokio::test]
async fn every_rotated_refresh_token_is_sent_once() {
    let fixture = Fixture::new().await;
    fixture.provider.inner().refresh.rotates = true;
    for _ in 0..5 {
        fixture.clock.advance(61 * MINUTE);
        fixture.ask().await.unwrap();
    }
    let sent = fixture.provider.inner().refresh.sent.clone();
    assert_eq!(
        sent,
        (0..5)
            .map(|round| format!("{REFRESH_TOKEN}{}", "~".repeat(round)))
            .collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn without_a_new_refresh_token_the_old_one_stays() {
    let fixture = Fixture::expired().await;
    fixture.provider.inner().refresh.token =
        object(json!({"refresh_token": null, "id_token": null, "scope": null}));
    fixture.ask().await.unwrap();
    fixture.clock.advance(61 * MINUTE);
    let token = access_token(&fixture.auth, &fixture.browser).await.unwrap();
    assert_eq!(
        token.scope(),
        ["openid", "offline_access", "profile", "email"]
    );
    let sent = fixture.provider.inner().refresh.sent.clone();
    assert_eq!(sent, [REFRESH_TOKEN, REFRESH_TOKEN]);
}

#[tokio::test]
async fn a_client_that_goes_away_does_not_cancel_a_rotation() {
    let fixture = Fixture::expired().await;
    {
        let mut inner = fixture.provider.inner();
        inner.refresh.rotates = true;
        inner.delays.insert(TOKEN, Duration::from_millis(100));
    }
    let gone = tokio::time::timeout(Duration::from_millis(30), fixture.ask()).await;
    assert!(gone.is_err(), "it went away");
    assert_eq!(fixture.ask().await.unwrap(), "access-token-value.1");
    assert_eq!(fixture.refreshes(), 1);
}

#[tokio::test]
async fn a_slow_provider_keeps_its_lease_and_is_asked_once() {
    let fixture = Fixture::expired().await;
    {
        let mut inner = fixture.provider.inner();
        inner.refresh.rotates = true;
        inner.delays.insert(TOKEN, Duration::from_millis(4500));
    }
    // The database too is slow to take what came.
    fixture.store.fail("save_tokens");
    let mend = async {
        tokio::time::sleep(Duration::from_millis(7500)).await;
        fixture.store.mend("save_tokens");
    };
    let other = access_token(&fixture.other, &fixture.browser);
    let (first, second, ()) = tokio::join!(fixture.ask(), other, mend);
    assert_eq!(first.unwrap(), "access-token-value.1");
    assert_eq!(second.unwrap().expose(), "access-token-value.1");
    assert_eq!(fixture.refreshes(), 1);
}

#[tokio::test]
async fn new_tokens_are_stored_before_anyone_sees_them() {
    let fixture = Fixture::expired().await;
    fixture.provider.inner().refresh.rotates = true;
    fixture.store.fail("save_tokens");
    let asked = tokio::time::timeout(Duration::from_millis(600), fixture.ask()).await;
    assert!(asked.is_err(), "no token before it is stored: {asked:?}");
    // The database comes back, and the tokens were not lost.
    fixture.store.mend("save_tokens");
    assert_eq!(fixture.ask().await.unwrap(), "access-token-value.1");
    assert_eq!(fixture.refreshes(), 1);
}

#[tokio::test]
async fn a_provider_in_trouble_keeps_the_session() {
    for (status, body) in [
        (500, "<h1>Oops</h1>"),
        (503, "{}"),
        (429, "<h1>Too many</h1>"),
        (200, "{"),
        (401, r#"{"error":"invalid_client"}"#),
        (400, r#"{"error":"invalid_request"}"#),
    ] {
        let fixture = Fixture::expired().await;
        fixture.provider.fail(TOKEN, status, body);
        let error = fixture.ask().await.unwrap_err();
        assert_ne!(error.kind(), ErrorKind::SessionRequired, "{status} {error}");
        assert!(fixture.is_signed_in().await, "{status}");
        fixture.provider.inner().faults.clear();
        tokio::time::sleep(Duration::from_millis(1100)).await;
        fixture.ask().await.unwrap();
    }
}

#[tokio::test]
async fn a_provider_in_trouble_is_not_asked_by_every_request() {
    let fixture = Fixture::expired().await;
    fixture.provider.fail(TOKEN, 503, "{}");
    let before = fixture.provider.hits(TOKEN);
    for _ in 0..20 {
        fixture.ask().await.unwrap_err();
    }
    assert_eq!(fixture.provider.hits(TOKEN) - before, 1);
}

#[tokio::test]
async fn a_token_that_is_still_good_serves_while_the_provider_is_down() {
    let fixture = Fixture::new().await;
    fixture.clock.advance(59 * MINUTE + MINUTE / 2);
    {
        let mut inner = fixture.provider.inner();
        inner.delays.insert(TOKEN, Duration::from_secs(3));
    }
    fixture.provider.fail(TOKEN, 503, "{}");
    let asked = tokio::time::timeout(Duration::from_secs(1), fixture.ask());
    assert_eq!(asked.await.unwrap().unwrap(), ACCESS_TOKEN);
}

#[tokio::test]
async fn a_revoked_grant_ends_the_session() {
    let fixture = Fixture::expired().await;
    fixture
        .provider
        .fail(TOKEN, 400, r#"{"error":"invalid_grant"}"#);
    let error = fixture.ask().await.unwrap_err();
    assert!(matches!(error, AuthError::SessionEnded), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::SessionRequired);
    assert!(!fixture.is_signed_in().await);
    let error = fixture.ask().await.unwrap_err();
    assert!(matches!(error, AuthError::NotSignedIn), "{error:?}");
}

#[tokio::test]
async fn a_session_without_a_refresh_token_says_so_when_its_token_has_ended() {
    let provider = MockProvider::start().await;
    provider.inner().token = object(json!({"refresh_token": null}));
    let Watched { auth, clock, .. } = Watched::new(&provider);
    let browser = signed_in(&auth, &provider).await;
    clock.advance(59 * MINUTE + MINUTE / 2);
    access_token(&auth, &browser).await.unwrap();
    clock.advance(MINUTE);
    let error = access_token(&auth, &browser).await.unwrap_err();
    assert!(matches!(error, AuthError::NoRefreshToken), "{error:?}");
    assert!(error.to_string().contains("offline_access"), "{error}");
}

#[tokio::test]
async fn if_sign_out_wins_the_new_refresh_token_is_revoked() {
    let fixture = Fixture::expired().await;
    {
        let mut inner = fixture.provider.inner();
        inner.refresh.rotates = true;
        inner.delays.insert(TOKEN, Duration::from_millis(200));
    }
    let signed_out = async {
        fixture.until_sent(1).await;
        let options = SignOutOptions::new();
        fixture
            .auth
            .sign_out(&options, &fixture.browser.cookies())
            .await
            .unwrap();
    };
    let (asked, ()) = tokio::join!(fixture.ask(), signed_out);
    assert!(
        matches!(asked, Err(AuthError::NotSignedIn)),
        "no token of a session that has ended: {asked:?}"
    );
    let rotated = format!("{REFRESH_TOKEN}~");
    assert!(fixture.provider.inner().revoked.contains(&rotated));
    assert!(!fixture.is_signed_in().await, "nothing comes back");
}

#[tokio::test]
async fn a_refresh_across_a_new_sign_in_brings_nothing_back() {
    let mut fixture = Fixture::expired().await;
    // In another session of the provider's.
    fixture
        .provider
        .tamper(|draft| drop(draft.claims.insert("sid".to_owned(), json!("sid-2"))));
    fixture.provider.inner().refresh.rotates = true;
    let former = fixture.browser.clone();
    let url = begin(&fixture.auth, &mut fixture.browser, "/").await;
    let query = fixture.provider.authorize(&url);
    // Only the refresh is slow: the code is exchanged while it is under way.
    fixture
        .provider
        .inner()
        .delays
        .insert(TOKEN, Duration::from_millis(200));
    let refresh = {
        let (auth, browser) = (fixture.auth.clone(), former.clone());
        tokio::spawn(async move { access_token(&auth, &browser).await })
    };
    fixture.until_sent(1).await;
    fixture.provider.inner().delays.clear();
    complete(&fixture.auth, &mut fixture.browser, &query)
        .await
        .unwrap();
    let answer = refresh.await.unwrap();
    assert!(matches!(answer, Err(AuthError::NotSignedIn)), "{answer:?}");
    assert_eq!(user(&fixture.auth, &former).await, None);
    assert!(fixture.is_signed_in().await, "the new session is untouched");
    assert_eq!(fixture.ask().await.unwrap(), ACCESS_TOKEN);
    // In the background: of the former session, the refreshed token too.
    let rotated = format!("{REFRESH_TOKEN}~");
    while !fixture.provider.inner().revoked.contains(&rotated) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(fixture.provider.hits(REVOCATION) >= 2);
}

#[tokio::test]
async fn an_id_token_of_another_user_is_refused_and_so_are_its_tokens() {
    let fixture = Fixture::expired().await;
    fixture
        .provider
        .tamper(|draft| drop(draft.claims.insert("sub".to_owned(), json!("user-2"))));
    let error = fixture.ask().await.unwrap_err();
    assert!(error.to_string().contains("another user"), "{error}");
    let session = fixture.auth.session(&fixture.browser.cookies()).await;
    assert_eq!(session.unwrap().unwrap().user.id, SUB);
}

#[tokio::test]
async fn the_nonce_of_a_refreshed_id_token_may_be_missing_but_not_another() {
    for (nonce, is_taken) in [(json!(null), true), (json!("another"), false)] {
        let fixture = Fixture::expired().await;
        fixture.provider.tamper(move |draft| {
            if nonce.is_null() {
                draft.claims.remove("nonce");
            } else {
                draft.claims.insert("nonce".to_owned(), nonce.clone());
            }
        });
        assert_eq!(fixture.ask().await.is_ok(), is_taken);
    }
}

#[tokio::test]
async fn an_id_token_that_cannot_be_verified_now_costs_no_refresh_token() {
    let fixture = Fixture::expired().await;
    {
        let mut inner = fixture.provider.inner();
        inner.refresh.rotates = true;
        // A new key, which cannot be fetched.
        inner.keys = vec![("key-2".to_owned(), Some(2))];
    }
    fixture.provider.fail("/oidc/jwks", 503, "");
    assert_eq!(fixture.ask().await.unwrap(), "access-token-value.1");
}

#[tokio::test]
async fn a_refresh_without_an_answer_is_not_sent_again_while_it_may_be_at_work() {
    let fixture = Fixture::expired().await;
    fixture
        .provider
        .inner()
        .delays
        .insert(TOKEN, Duration::from_secs(6));
    let error = fixture.ask().await.unwrap_err();
    assert!(matches!(error, AuthError::TimedOut { .. }), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::ProviderUnavailable);
    fixture.provider.inner().delays.clear();
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let again = tokio::time::timeout(Duration::from_secs(1), fixture.ask()).await;
    assert!(again.is_err(), "it waits for the lease: {again:?}");
    assert_eq!(fixture.refreshes(), 1);
    fixture.ask().await.unwrap();
    assert_eq!(fixture.refreshes(), 2);
    assert!(fixture.is_signed_in().await);
}

#[tokio::test]
async fn the_end_of_the_process_waits_for_a_refresh_under_way() {
    let fixture = Fixture::new().await;
    fixture.clock.advance(59 * MINUTE + MINUTE / 2);
    {
        let mut inner = fixture.provider.inner();
        inner.refresh.rotates = true;
        inner.delays.insert(TOKEN, Duration::from_millis(300));
    }
    // Answered with the token that is still good.
    assert_eq!(fixture.ask().await.unwrap(), ACCESS_TOKEN);
    fixture.auth.finish().await;
    let other = access_token(&fixture.other, &fixture.browser)
        .await
        .unwrap();
    assert_eq!(other.expose(), "access-token-value.1");
    assert_eq!(fixture.refreshes(), 1);
}

#[tokio::test]
async fn a_visitor_has_no_access_token() {
    let fixture = Fixture::new().await;
    let stranger = Browser::default();
    let error = access_token(&fixture.auth, &stranger).await;
    assert!(matches!(error, Err(AuthError::NotSignedIn)));
    assert_eq!(fixture.store.take("load_tokens"), 0);
}
