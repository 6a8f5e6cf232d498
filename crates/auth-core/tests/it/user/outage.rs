//! Fresh claims are required while the provider does not answer.

use std::time::{Duration, Instant};

use auth_core::{AuthError, GUARD_MAX_AGE};
use auth_testkit::{
    ProviderKey, object,
    steps::{session, signed_in, user},
};
use serde_json::json;

use super::claims_age::{Fixture, HOUR, MINUTE};

const TOKEN: &str = "/oidc/token";

#[tokio::test]
async fn older_claims_are_used_for_a_limited_time_while_the_provider_is_down() {
    for (status, body) in [
        (500, "<h1>Oops</h1>"),
        (502, ""),
        (503, r#"{"error":"invalid_grant"}"#),
        (429, r#"{"error":"invalid_grant"}"#),
        (429, "<h1>Too many</h1>"),
    ] {
        let fixture = Fixture::new().await;
        fixture.provider.fail(TOKEN, status, body);
        fixture.app.clock.advance(59 * MINUTE);
        fixture.fresh(GUARD_MAX_AGE).await.unwrap();
        fixture.app.clock.advance(2 * MINUTE);
        let error = fixture.fresh(GUARD_MAX_AGE).await.unwrap_err();
        assert!(
            matches!(error, AuthError::ClaimsUnconfirmed { .. }),
            "{status}: {error:?}"
        );
        assert!(fixture.is_signed_in().await, "pages go on");
        fixture.provider.state().faults.clear();
        tokio::time::sleep(Duration::from_millis(2100)).await;
        fixture.fresh(GUARD_MAX_AGE).await.unwrap();
    }
}

#[tokio::test]
async fn every_other_failure_lets_nobody_in() {
    for (status, body) in [
        (400, r#"{"error":"invalid_request"}"#),
        (401, r#"{"error":"invalid_client"}"#),
        (404, "<h1>Not found</h1>"),
        (400, r#"{"error":"temporarily_unavailable"}"#),
        (200, "{"),
        (200, "{}"),
    ] {
        let fixture = Fixture::new().await;
        fixture.provider.fail(TOKEN, status, body);
        fixture.app.clock.advance(11 * MINUTE);
        let error = fixture.fresh(GUARD_MAX_AGE).await.unwrap_err();
        assert!(
            !matches!(
                error,
                AuthError::ClaimsUnconfirmed { .. } | AuthError::SessionEnded
            ),
            "{status}: {error:?}"
        );
        assert!(fixture.is_signed_in().await, "{status}");
    }
}

#[tokio::test]
async fn half_an_answer_renews_nothing() {
    let cases = [
        json!({"id_token": null}),
        json!({"id_token": ""}),
        json!({"id_token": "e30.e30.AAAA"}),
    ];
    for change in cases {
        let fixture = Fixture::new().await;
        fixture.provider.state().refresh.token_response = object(change.clone());
        fixture.app.clock.advance(11 * MINUTE);
        for _ in 0..2 {
            let error = fixture.fresh(GUARD_MAX_AGE).await.unwrap_err();
            assert!(
                !matches!(
                    error,
                    AuthError::SessionEnded | AuthError::NotSignedIn | AuthError::Internal(_)
                ),
                "{change}: {error:?}"
            );
        }
        assert!(fixture.is_signed_in().await, "{change}");
        fixture.provider.state().refresh.token_response = object(json!({}));
        tokio::time::sleep(Duration::from_millis(1100)).await;
        fixture.fresh(GUARD_MAX_AGE).await.unwrap();
    }
}

#[tokio::test]
async fn claims_that_cannot_be_verified_now_are_not_fresh() {
    let fixture = Fixture::new().await;
    fixture.set_role("editor");
    // The provider has a new key that cannot be fetched.
    fixture.provider.state().keys = vec![ProviderKey::new("key-2", 2)];
    fixture.provider.fail("/oidc/jwks", 503, "");
    fixture.app.clock.advance(11 * MINUTE);
    let stale = fixture.fresh(GUARD_MAX_AGE).await.unwrap();
    assert!(!stale.has_role("editor"));
    fixture.app.clock.advance(HOUR);
    let error = fixture.fresh(GUARD_MAX_AGE).await.unwrap_err();
    assert!(
        matches!(error, AuthError::ClaimsUnconfirmed { .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn keys_that_cannot_be_fetched_count_as_an_outage() {
    let fixture = Fixture::new().await;
    let auth = &fixture.app.auth;
    let mut browsers = Vec::new();
    for _ in 0..20 {
        browsers.push(signed_in(auth, &fixture.provider).await);
    }
    {
        let mut state = fixture.provider.state();
        state.keys = vec![ProviderKey::new("key-2", 2)];
        state.refresh.rotates = true;
    }
    fixture.provider.fail("/oidc/jwks", 503, "");
    fixture.app.clock.advance(11 * MINUTE);
    for attempt in 1..=2 {
        for browser in &browsers {
            let session = session(auth, browser).await;
            auth.fresh_claims(&session, GUARD_MAX_AGE).await.unwrap();
        }
        assert_eq!(
            fixture.refreshes(),
            attempt,
            "the others wait for the pause"
        );
        tokio::time::sleep(Duration::from_millis(1100)).await;
    }
    assert!(fixture.provider.state().revoked.is_empty());
    for browser in &browsers {
        assert!(user(auth, browser).await.is_some());
    }
}

#[tokio::test]
async fn a_provider_that_hangs_is_waited_for_three_seconds() {
    let fixture = Fixture::new().await;
    fixture
        .provider
        .state()
        .delays
        .insert(TOKEN, Duration::from_secs(60));
    fixture.app.clock.advance(11 * MINUTE);
    let started = Instant::now();
    fixture.fresh(GUARD_MAX_AGE).await.unwrap();
    let waited = started.elapsed().as_millis();
    assert!((2900..3600).contains(&waited), "{waited} ms");
    fixture.app.clock.advance(HOUR);
    let error = fixture.fresh(GUARD_MAX_AGE).await.unwrap_err();
    assert!(
        matches!(error, AuthError::ClaimsUnconfirmed { .. }),
        "{error:?}"
    );
    assert_eq!(fixture.refreshes(), 1);
}

#[tokio::test]
async fn our_own_limits_let_nobody_in_with_older_claims() {
    let fixture = Fixture::new().await;
    fixture.app.clock.advance(11 * MINUTE);
    fixture.app.store.hang("lease_tokens");
    let started = Instant::now();
    let error = fixture.fresh(GUARD_MAX_AGE).await.unwrap_err();
    assert!(matches!(error, AuthError::RefreshBusy), "{error:?}");
    assert!(started.elapsed() < Duration::from_secs(4));

    let fixture = Fixture::new().await;
    fixture.app.clock.advance(11 * MINUTE);
    fixture.app.store.fail("load_tokens");
    let error = fixture.fresh(GUARD_MAX_AGE).await.unwrap_err();
    assert!(matches!(error, AuthError::Store(_)), "{error:?}");

    // The claims came, and cannot be stored.
    let fixture = Fixture::new().await;
    fixture.app.clock.advance(11 * MINUTE);
    fixture.app.store.fail("compare_and_swap");
    let error = fixture.fresh(GUARD_MAX_AGE).await.unwrap_err();
    assert!(matches!(error, AuthError::Store(_)), "{error:?}");
    fixture.app.store.repair("compare_and_swap");
    tokio::time::sleep(Duration::from_millis(1100)).await;
    fixture.fresh(GUARD_MAX_AGE).await.unwrap();
}

#[tokio::test]
async fn no_older_claims_with_a_limit_of_zero() {
    let provider = auth_testkit::TestProvider::start().await;
    let app = auth_testkit::TestApp::with_settings(&provider, |settings| {
        settings.claims_max_stale(Duration::ZERO)
    });
    let browser = signed_in(&app.auth, &provider).await;
    provider.fail(TOKEN, 503, "");
    app.clock.advance(11 * MINUTE);
    let session = session(&app.auth, &browser).await;
    let error = app.auth.fresh_claims(&session, GUARD_MAX_AGE).await;
    assert!(
        matches!(error, Err(AuthError::ClaimsUnconfirmed { .. })),
        "{error:?}"
    );
}

#[tokio::test]
async fn many_sessions_do_not_flood_a_dead_provider() {
    let fixture = Fixture::new().await;
    let mut browsers = Vec::new();
    for _ in 0..100 {
        browsers.push(signed_in(&fixture.app.auth, &fixture.provider).await);
    }
    fixture.provider.fail(TOKEN, 503, "");
    let before = fixture.provider.hits(TOKEN);
    fixture.app.clock.advance(11 * MINUTE);
    let until = Instant::now() + Duration::from_secs(4);
    let mut requests = 0;
    while Instant::now() < until {
        for browser in &browsers {
            let session = session(&fixture.app.auth, browser).await;
            let auth = &fixture.app.auth;
            auth.fresh_claims(&session, GUARD_MAX_AGE).await.unwrap();
            requests += 1;
        }
    }
    let asked = fixture.provider.hits(TOKEN) - before;
    assert!(requests > 500, "{requests}");
    assert!((2..=5).contains(&asked), "{asked} for {requests} requests");
}

#[tokio::test]
async fn a_session_that_always_fails_does_not_stop_the_others() {
    let fixture = Fixture::new().await;
    let other = signed_in(&fixture.app.auth, &fixture.provider).await;
    fixture.app.clock.advance(11 * MINUTE);
    fixture.provider.fail(TOKEN, 500, "");
    fixture.fresh(GUARD_MAX_AGE).await.unwrap();
    fixture.provider.state().faults.clear();
    fixture.set_role("editor");
    let auth = &fixture.app.auth;
    let session = session(auth, &other).await;
    let fresh = auth.fresh_claims(&session, GUARD_MAX_AGE).await.unwrap();
    assert!(fresh.has_role("editor"));
}
