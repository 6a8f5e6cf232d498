//! How long a session lives.

use std::{sync::Arc, time::Duration};

use auth_core::{Auth, MemoryStore};
use auth_testkit::{
    TestClock, TestProvider, TestStore, config, settings,
    steps::{signed_in, user},
};

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn store(clock: &TestClock) -> TestStore {
    TestStore::new(MemoryStore::with_clock(Arc::new(clock.clone())))
}

#[tokio::test]
async fn a_session_is_extended_with_one_write_per_ten_minutes() {
    let provider = TestProvider::start().await;
    let clock = TestClock::new();
    let store = store(&clock);
    let auth = Auth::with_clock(
        config(&provider, "http://localhost:3000"),
        store.clone(),
        clock.clone(),
    )
    .unwrap();
    let browser = signed_in(&auth, &provider).await;
    for round in 1..=20 {
        for minute in 1..=10 {
            clock.advance(HOUR / 60);
            assert!(user(&auth, &browser).await.is_some(), "minute {minute}");
        }
        assert_eq!(store.take_calls("extend"), 1, "round {round}");
    }
    clock.advance(4 * DAY);
    assert_eq!(
        user(&auth, &browser).await,
        None,
        "four idle days end the session"
    );
}

#[tokio::test]
async fn a_session_in_use_ends_at_its_absolute_limit() {
    let provider = TestProvider::start().await;
    let clock = TestClock::new();
    let store = store(&clock);
    let auth = |days: u32| {
        let config = settings(&provider, "http://localhost:3000")
            .absolute_lifetime(days * DAY)
            .build()
            .unwrap();
        Auth::with_clock(config, store.clone(), clock.clone()).unwrap()
    };
    let long = auth(90);
    let browser = signed_in(&long, &provider).await;
    for day in 1..90 {
        clock.advance(DAY);
        let session = long.session(&browser.cookies()).await.unwrap().unwrap();
        assert!(
            session.expires_at - session.signed_in_at <= 90 * DAY,
            "day {day}"
        );
    }
    // A lowered limit applies to existing sessions too.
    assert_eq!(user(&auth(45), &browser).await, None);
    let session = long.session(&browser.cookies()).await.unwrap().unwrap();
    assert_eq!(auth(45).sessions(&session).await.unwrap(), []);
    assert_eq!(long.sessions(&session).await.unwrap().len(), 1);
    clock.advance(DAY);
    assert_eq!(user(&long, &browser).await, None);
}

#[tokio::test]
async fn a_lowered_idle_limit_applies_to_existing_sessions() {
    let provider = TestProvider::start().await;
    let clock = TestClock::new();
    let store = store(&clock);
    let auth = |idle: Duration| {
        let config = settings(&provider, "http://localhost:3000")
            .idle_lifetime(idle)
            .build()
            .unwrap();
        Auth::with_clock(config, store.clone(), clock.clone()).unwrap()
    };
    let browser = signed_in(&auth(30 * DAY), &provider).await;
    let lowered = auth(HOUR);
    assert!(user(&lowered, &browser).await.is_some());
    clock.advance(2 * HOUR);
    assert!(user(&lowered, &browser).await.is_none());
}

#[tokio::test]
async fn a_short_session_is_extended_too() {
    let provider = TestProvider::start().await;
    let clock = TestClock::new();
    let config = settings(&provider, "http://localhost:3000")
        .idle_lifetime(HOUR / 2)
        .build()
        .unwrap();
    let auth = Auth::with_clock(config, store(&clock), clock.clone()).unwrap();
    let browser = signed_in(&auth, &provider).await;
    for _ in 0..10 {
        clock.advance(HOUR / 3);
        assert!(user(&auth, &browser).await.is_some());
    }
    clock.advance(HOUR);
    assert!(user(&auth, &browser).await.is_none());
}

#[test]
fn invalid_settings_are_refused() {
    let build = |change: fn(auth_core::ConfigBuilder) -> auth_core::ConfigBuilder| {
        let builder = auth_core::Config::builder()
            .issuer("https://tenant.logto.app/oidc")
            .client_id("id")
            .client_secret("secret")
            .secret("a secret of more than thirty-two characters")
            .base_url("https://app.test");
        let errors = change(builder).build().unwrap_err();
        errors
            .0
            .into_iter()
            .map(|problem| problem.setting)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        build(|b| b.idle_lifetime(Duration::ZERO)),
        ["AUTH_SESSION_IDLE", "extend_after"]
    );
    assert_eq!(
        build(|b| b.idle_lifetime(Duration::MAX)),
        ["AUTH_SESSION_IDLE"]
    );
    assert_eq!(
        build(|b| b.absolute_lifetime(Duration::ZERO)),
        ["AUTH_SESSION_LIFETIME"]
    );
    assert_eq!(build(|b| b.extend_after(30 * DAY)), ["extend_after"]);
    assert_eq!(
        build(|b| b.client_id("").client_secret(" ")),
        ["AUTH_LOGTO_ID", "AUTH_LOGTO_SECRET"]
    );
    for page in ["", "oops", "//evil.test", "/oops?x=1", "/fehler/ü", "/a b"] {
        let errors = auth_core::Config::builder()
            .base_url("https://app.test")
            .error_page(page)
            .build()
            .unwrap_err();
        assert!(
            errors
                .0
                .iter()
                .any(|problem| problem.setting == "error_page"),
            "{page:?}"
        );
    }
}
