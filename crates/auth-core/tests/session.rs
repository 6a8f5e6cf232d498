//! The session after the sign-in: whose it is, how long it lives, what the
//! store sees.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

mod mock_provider;

use std::{sync::Arc, time::Duration};

use auth_core::{
    Auth, AuthError, ErrorKind, LogoutTarget, LogoutTokenIdHash, MemoryStore, ProviderLogout,
    ProviderLogoutOutcome, SessionStore as _,
};
use mock_provider::{
    ACCESS_TOKEN, MockProvider, REFRESH_TOKEN, SUB, TestClock, Watched, auth,
    browser::{Browser, begin, complete, signed_in, user},
    config, settings,
    watched_store::WatchedStore,
};

const SESSION: &str = "authjs.session-token";
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test]
async fn a_planted_session_id_never_becomes_signed_in() {
    let provider = MockProvider::start().await;
    let auth = auth(&provider);
    let planted = "A".repeat(43);
    let mut browser = Browser::default();
    browser.0.insert(SESSION.to_owned(), planted.clone());
    let url = begin(&auth, &mut browser, "/").await;
    complete(&auth, &mut browser, &provider.authorize(&url))
        .await
        .unwrap();
    assert_ne!(browser.0[SESSION], planted);
    let mut mallory = Browser::default();
    mallory.0.insert(SESSION.to_owned(), planted);
    assert_eq!(user(&auth, &mallory).await, None);
}

#[tokio::test]
async fn a_second_sign_in_replaces_the_session() {
    let provider = MockProvider::start().await;
    let auth = auth(&provider);
    let mut browser = signed_in(&auth, &provider).await;
    let before = browser.clone();
    let url = begin(&auth, &mut browser, "/").await;
    complete(&auth, &mut browser, &provider.authorize(&url))
        .await
        .unwrap();
    assert_eq!(user(&auth, &browser).await.as_deref(), Some(SUB));
    assert_eq!(user(&auth, &before).await, None);
}

#[tokio::test]
async fn a_session_of_another_secret_is_none() {
    let provider = MockProvider::start().await;
    let store = MemoryStore::new();
    let first = Auth::new(config(&provider, "http://localhost:3000"), store.clone()).unwrap();
    let browser = signed_in(&first, &provider).await;
    let other = settings(&provider, "http://localhost:3000")
        .secret("another secret of more than thirty-two characters")
        .build()
        .unwrap();
    let second = Auth::new(other, store).unwrap();
    assert_eq!(user(&second, &browser).await, None);
}

#[tokio::test]
async fn a_spoilt_session_cookie_is_a_signed_out_visitor() {
    let provider = MockProvider::start().await;
    let auth = auth(&provider);
    let good = signed_in(&auth, &provider).await.0.remove(SESSION).unwrap();
    for value in [
        String::new(),
        "x".to_owned(),
        good[1..].to_owned(),
        format!("{good}x"),
        format!("\"{good}\""),
        "é".repeat(43),
        "%".repeat(43),
        "x".repeat(8000),
    ] {
        let mut browser = Browser::default();
        browser.0.insert(SESSION.to_owned(), value.clone());
        assert_eq!(user(&auth, &browser).await, None, "{value:.50}");
    }
}

fn watched(clock: &TestClock) -> WatchedStore {
    WatchedStore::new(MemoryStore::with_clock(Arc::new(clock.clone())))
}

#[tokio::test]
async fn a_session_slides_with_one_write_in_ten_minutes() {
    let provider = MockProvider::start().await;
    let clock = TestClock::new();
    let store = watched(&clock);
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
        assert_eq!(store.take("extend"), 1, "round {round}");
    }
    clock.advance(30 * DAY);
    assert_eq!(user(&auth, &browser).await, None, "30 idle days end it");
}

#[tokio::test]
async fn a_session_ends_at_its_absolute_limit_however_much_it_is_used() {
    let provider = MockProvider::start().await;
    let clock = TestClock::new();
    let store = watched(&clock);
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
    // Lowered, the limit holds for sessions from before.
    assert_eq!(user(&auth(45), &browser).await, None);
    assert!(user(&long, &browser).await.is_some());
    clock.advance(DAY);
    assert_eq!(user(&long, &browser).await, None);
}

#[tokio::test]
async fn a_lowered_idle_limit_holds_for_sessions_from_before() {
    let provider = MockProvider::start().await;
    let clock = TestClock::new();
    let store = watched(&clock);
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
async fn a_short_session_slides_too() {
    let provider = MockProvider::start().await;
    let clock = TestClock::new();
    let config = settings(&provider, "http://localhost:3000")
        .idle_lifetime(HOUR / 2)
        .build()
        .unwrap();
    let auth = Auth::with_clock(config, watched(&clock), clock.clone()).unwrap();
    let browser = signed_in(&auth, &provider).await;
    for _ in 0..10 {
        clock.advance(HOUR / 3);
        assert!(user(&auth, &browser).await.is_some());
    }
    clock.advance(HOUR);
    assert!(user(&auth, &browser).await.is_none());
}

#[test]
fn settings_by_which_no_session_would_live_are_refused() {
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

#[tokio::test]
async fn a_store_that_is_down_signs_nobody_in_or_out() {
    let provider = MockProvider::start().await;
    let clock = TestClock::new();
    let store = watched(&clock);
    let auth = Auth::with_clock(
        config(&provider, "http://localhost:3000"),
        store.clone(),
        clock,
    )
    .unwrap();
    let browser = signed_in(&auth, &provider).await;
    store.switch(true);
    let error = auth.session(&browser.cookies()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StoreUnavailable);
    store.switch(false);
    assert_eq!(user(&auth, &browser).await.as_deref(), Some(SUB));
}

#[tokio::test]
async fn a_store_that_takes_no_writes_lets_readers_through() {
    let provider = MockProvider::start().await;
    let clock = TestClock::new();
    let store = watched(&clock);
    let config = config(&provider, "http://localhost:3000");
    let auth = Auth::with_clock(config, store.clone(), clock.clone()).unwrap();
    let browser = signed_in(&auth, &provider).await;
    clock.advance(HOUR);
    store.hang("extend");
    let read = tokio::time::timeout(Duration::from_secs(1), user(&auth, &browser));
    assert_eq!(read.await.unwrap().as_deref(), Some(SUB));
    for _ in 0..20 {
        user(&auth, &browser).await;
    }
    assert_eq!(store.take("extend"), 1, "the write is asked for once");
}

#[tokio::test]
async fn nothing_printed_holds_a_token_or_anything_personal() {
    let provider = MockProvider::start().await;
    let auth = auth(&provider);
    let mut browser = Browser::default();
    let url = begin(&auth, &mut browser, "/").await;
    let completed = complete(&auth, &mut browser, &provider.authorize(&url))
        .await
        .unwrap();
    let printed = format!("{auth:?} {completed:?} {:?}", browser.cookies());
    for secret in [
        ACCESS_TOKEN,
        REFRESH_TOKEN,
        mock_provider::CLIENT_SECRET,
        "thirty-two characters",
        "alice@example.com",
        &browser.0[SESSION],
        "eyJ",
    ] {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
}

#[tokio::test]
async fn a_sign_in_whose_provider_session_ended_meanwhile_begins_no_session() {
    let provider = MockProvider::start().await;
    let Watched { auth, store, clock } = Watched::new(&provider);
    let browser = signed_in(&auth, &provider).await;
    let mut late = Browser::default();
    let url = begin(&auth, &mut late, "/orders").await;
    let answer = provider.authorize(&url);
    // The provider's `sid` is that of the first sign-in.
    let logout = ProviderLogout::new(
        LogoutTokenIdHash::from_bytes([1; 16]),
        LogoutTarget::ProviderSession(store.begun_in().unwrap()),
        auth_core::Clock::now(&clock) + HOUR,
    );
    let done = store.apply_provider_logout(&logout).await.unwrap();
    assert!(matches!(done, ProviderLogoutOutcome::Ended(ended) if ended.len() == 1));
    assert_eq!(user(&auth, &browser).await, None);
    let failure = complete(&auth, &mut late, &answer).await.unwrap_err();
    assert!(matches!(failure.error, AuthError::LoggedOutDuringSignIn));
    assert_eq!(failure.error.kind(), ErrorKind::Expired);
    assert_eq!(failure.redirect_to.unwrap().as_str(), "/orders");
    assert!(late.0.is_empty(), "no cookie is left");
    assert!(store.list_page(None, 9).await.unwrap().is_empty());
    auth.finish().await;
    let mut parameters = url::form_urlencoded::parse(answer.as_bytes());
    let (_, code) = parameters.find(|(name, _)| name == "code").unwrap();
    let never_used = format!("{REFRESH_TOKEN}.{code}");
    assert_eq!(provider.inner().revoked, [never_used]);
}
