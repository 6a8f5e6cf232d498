//! Servers with wrong clocks: the store's clock decides when a session ends.

use std::{sync::Arc, time::Duration};

use auth_core::{AccessTokenRequest, Auth, AuthError, Clock, MemoryStore};
use auth_testkit::{
    TestClock, TestProvider, TestStore, object, settings,
    steps::{access_token, session, signed_in, user},
};
use serde_json::json;
use time::OffsetDateTime;

const MINUTE: Duration = Duration::from_secs(60);

/// The clock of a server that is off by some time.
#[derive(Debug)]
struct OffBy(TestClock, time::Duration);

impl Clock for OffBy {
    fn now(&self) -> OffsetDateTime {
        self.0.now() + self.1
    }
}

/// Servers with this idle limit and this absolute limit, in minutes.
async fn servers(off_by: i64, idle: u32, absolute: u32) -> (TestProvider, TestClock, Auth, Auth) {
    let provider = TestProvider::start().await;
    let clock = TestClock::new();
    provider.state().clock = Some(clock.clone());
    let store = TestStore::new(MemoryStore::with_clock(Arc::new(clock.clone())));
    let config = settings(&provider, "http://localhost:3000")
        .idle_lifetime(idle * MINUTE)
        .absolute_lifetime(absolute * MINUTE)
        .build()
        .unwrap();
    let right = Auth::with_clock(config.clone(), store.clone(), clock.clone()).unwrap();
    let wrong = OffBy(clock.clone(), time::Duration::minutes(off_by));
    let wrong = Auth::with_clock(config, store, wrong).unwrap();
    (provider, clock, right, wrong)
}

#[tokio::test]
async fn a_server_that_is_31_minutes_off_ends_no_session_and_extends_none_too_far() {
    for off_by in [-31, 31] {
        let (provider, clock, right, wrong) = servers(off_by, 20, 40).await;
        let browser = signed_in(&right, &provider).await;
        for minute in 1..=40 {
            // The wrong server reads and extends it all the time.
            let seen = user(&wrong, &browser).await;
            assert!(seen.is_some(), "{off_by}: minute {minute}");
            let current = session(&right, &browser).await;
            let listed = wrong.sessions(&current).await.unwrap();
            assert_eq!(listed.len(), 1, "{off_by}: minute {minute}");
            let left = current.expires_at - clock.now();
            assert!(left <= 20 * MINUTE, "{off_by}: {left} left");
            clock.advance(MINUTE);
        }
        assert_eq!(user(&right, &browser).await, None, "{off_by}: 40 minutes");
        assert_eq!(user(&wrong, &browser).await, None, "{off_by}: 40 minutes");
    }
}

#[tokio::test]
async fn a_session_that_is_read_by_a_wrong_server_ends_when_it_is_idle() {
    for off_by in [-31, 31] {
        let (provider, clock, right, wrong) = servers(off_by, 20, 600).await;
        let browser = signed_in(&right, &provider).await;
        clock.advance(19 * MINUTE);
        assert!(user(&wrong, &browser).await.is_some(), "{off_by}");
        clock.advance(19 * MINUTE);
        assert!(user(&right, &browser).await.is_some(), "{off_by}");
        clock.advance(21 * MINUTE);
        assert_eq!(user(&wrong, &browser).await, None, "{off_by}");
        assert_eq!(user(&right, &browser).await, None, "{off_by}");
    }
}

#[tokio::test]
async fn a_session_that_begins_on_a_wrong_server_lives_as_long_as_others() {
    // The provider's clock is that of the wrong server, or it would refuse the ID
    // token.
    let (provider, clock, right, _) = servers(0, 20, 25).await;
    let ahead = TestClock::new();
    ahead.advance(31 * MINUTE);
    provider.state().clock = Some(ahead.clone());
    let store = TestStore::new(MemoryStore::with_clock(Arc::new(clock.clone())));
    let config = right.config().clone();
    let wrong = Auth::with_clock(config.clone(), store.clone(), ahead).unwrap();
    let right = Auth::with_clock(config, store, clock.clone()).unwrap();
    let browser = signed_in(&wrong, &provider).await;
    let begun = session(&right, &browser).await;
    assert!((begun.signed_in_at - clock.now()).abs() < MINUTE);
    assert!((begun.expires_at - clock.now() - 20 * MINUTE).abs() < MINUTE);
    clock.advance(15 * MINUTE);
    assert!(user(&right, &browser).await.is_some());
    clock.advance(9 * MINUTE);
    assert!(user(&right, &browser).await.is_some());
    clock.advance(2 * MINUTE);
    assert_eq!(user(&right, &browser).await, None);
}

#[tokio::test]
async fn a_refresh_by_a_wrong_server_ends_no_session() {
    for off_by in [-31, 31] {
        let (provider, clock, right, wrong) = servers(off_by, 1000, 1000).await;
        {
            let mut state = provider.state();
            state.refresh.rotates = true;
            state.refresh.is_one_grant = true;
        }
        let browser = signed_in(&right, &provider).await;
        let sent = || provider.state().refresh.sent.len();
        // Its page renews claims in the background.
        clock.advance(120 * MINUTE);
        assert!(user(&wrong, &browser).await.is_some(), "{off_by}");
        wrong.finish().await;
        assert_eq!(sent(), 1, "{off_by}");
        // Its guards let nobody in without fresh claims, and end nothing.
        let current = session(&right, &browser).await;
        right.finish().await;
        let fresh = right.fresh_claims(&current, 10 * MINUTE).await;
        assert!(fresh.is_ok(), "{off_by}: {fresh:?}");
        clock.advance(120 * MINUTE);
        let guarded = wrong.fresh_claims(&current, 10 * MINUTE).await;
        assert!(
            matches!(guarded, Err(AuthError::InvalidIdToken(_))),
            "{off_by}: {guarded:?}"
        );
        let token = access_token(&wrong, &browser).await;
        assert!(token.is_ok(), "{off_by}: {token:?}");
        // The right server continues with the rotated refresh token.
        let current = session(&right, &browser).await;
        let fresh = right.fresh_claims(&current, MINUTE).await;
        assert!(fresh.is_ok(), "{off_by}: {fresh:?}");
        assert!(user(&wrong, &browser).await.is_some(), "{off_by}");
        assert!(provider.state().revoked.is_empty(), "{off_by}");
    }
}

#[tokio::test]
async fn claims_have_one_age_for_servers_that_are_31_minutes_apart() {
    for off_by in [-31, 31] {
        let (provider, clock, right, wrong) = servers(off_by, 1000, 1000).await;
        let browser = signed_in(&right, &provider).await;
        let sent = || provider.state().refresh.sent.len();
        for renewed in 0..3 {
            for _ in 0..3 {
                clock.advance(3 * MINUTE);
                for server in [&right, &wrong] {
                    let session = session(server, &browser).await;
                    let fresh = server.fresh_claims(&session, 10 * MINUTE).await;
                    fresh.unwrap_or_else(|error| panic!("{off_by}: {error}"));
                    let request = AccessTokenRequest::user_info();
                    let token = server.fresh_access_token(&session, &request, 10 * MINUTE);
                    token.await.unwrap();
                }
                assert_eq!(sent(), renewed, "{off_by}: neither asks again");
            }
            clock.advance(2 * MINUTE);
            let session = session(&right, &browser).await;
            right.fresh_claims(&session, 10 * MINUTE).await.unwrap();
            assert_eq!(sent(), renewed + 1, "{off_by}");
        }
    }
}

#[tokio::test]
async fn servers_on_both_sides_of_the_providers_clock_do_not_renew_each_others_claims() {
    let (provider, clock, right, _) = servers(0, 1000, 1000).await;
    let store = TestStore::new(MemoryStore::with_clock(Arc::new(clock.clone())));
    let [behind, ahead] = [-45, 45].map(|seconds| {
        let wrong = OffBy(clock.clone(), time::Duration::seconds(seconds));
        Auth::with_clock(right.config().clone(), store.clone(), wrong).unwrap()
    });
    for begins in [&behind, &ahead] {
        let browser = signed_in(begins, &provider).await;
        let sent = || provider.state().refresh.sent.len();
        for renews in [&behind, &ahead] {
            clock.advance(11 * MINUTE);
            let before = sent();
            for server in [renews, &behind, &ahead, &behind, &ahead] {
                let session = session(server, &browser).await;
                server.fresh_claims(&session, 10 * MINUTE).await.unwrap();
            }
            assert_eq!(sent(), before + 1);
        }
    }
}

#[tokio::test]
async fn a_session_without_a_refresh_token_is_not_sent_to_sign_in_again_by_a_wrong_server() {
    for off_by in [-31, 31] {
        let (provider, clock, right, wrong) = servers(off_by, 1000, 1000).await;
        provider.state().token_response = object(json!({"refresh_token": null}));
        let browser = signed_in(&right, &provider).await;
        for (minutes, is_young) in [(0, true), (9, true), (2, false)] {
            clock.advance(minutes * MINUTE);
            for server in [&right, &wrong] {
                let session = session(server, &browser).await;
                let fresh = server.fresh_claims(&session, 10 * MINUTE).await;
                match fresh {
                    Ok(_) => assert!(is_young, "{off_by}"),
                    Err(AuthError::ClaimsOutdated) => assert!(!is_young, "{off_by}"),
                    Err(error) => panic!("{off_by}: {error}"),
                }
            }
        }
    }
}
