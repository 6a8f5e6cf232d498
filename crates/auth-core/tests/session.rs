//! The session after the sign-in: whose it is, how long it lives, what the
//! store sees.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

mod mock_provider;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use auth_core::{
    Auth, ErrorKind, MemoryStore, NewSession, SessionKey, SessionStore, StoreError, StoredSession,
};
use mock_provider::{
    ACCESS_TOKEN, MockProvider, REFRESH_TOKEN, SUB, TestClock, auth,
    browser::{Browser, begin, complete, signed_in, user},
    config, settings,
};
use time::OffsetDateTime;

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

/// Counts what reaches the store.
#[derive(Clone, Debug)]
struct Counting {
    store: MemoryStore,
    extended: Arc<AtomicUsize>,
    is_down: Arc<std::sync::atomic::AtomicBool>,
}

#[async_trait]
impl SessionStore for Counting {
    async fn create(&self, session: NewSession) -> Result<(), StoreError> {
        self.store.create(session).await
    }

    async fn load(&self, key: &SessionKey) -> Result<Option<StoredSession>, StoreError> {
        if self.is_down.load(Ordering::SeqCst) {
            return Err(StoreError::new("down"));
        }
        self.store.load(key).await
    }

    async fn extend(
        &self,
        key: &SessionKey,
        from: OffsetDateTime,
        to: OffsetDateTime,
    ) -> Result<(), StoreError> {
        self.extended.fetch_add(1, Ordering::SeqCst);
        self.store.extend(key, from, to).await
    }

    async fn delete(&self, key: &SessionKey) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.delete(key).await
    }
}

fn counting(clock: &TestClock) -> Counting {
    Counting {
        store: MemoryStore::with_clock(Arc::new(clock.clone())),
        extended: Arc::default(),
        is_down: Arc::default(),
    }
}

#[tokio::test]
async fn a_session_slides_with_one_write_a_day() {
    let provider = MockProvider::start().await;
    let clock = TestClock::new();
    let store = counting(&clock);
    let auth = Auth::with_clock(
        config(&provider, "http://localhost:3000"),
        store.clone(),
        clock.clone(),
    )
    .unwrap();
    let browser = signed_in(&auth, &provider).await;
    for day in 1..=60 {
        clock.advance(HOUR);
        for _ in 0..23 {
            clock.advance(HOUR);
            assert!(user(&auth, &browser).await.is_some(), "day {day}");
        }
        assert_eq!(store.extended.load(Ordering::SeqCst), day);
    }
    clock.advance(30 * DAY);
    assert_eq!(user(&auth, &browser).await, None, "30 idle days end it");
}

#[tokio::test]
async fn a_short_session_slides_too() {
    let provider = MockProvider::start().await;
    let clock = TestClock::new();
    let config = settings(&provider, "http://localhost:3000")
        .idle_lifetime(HOUR / 2)
        .build()
        .unwrap();
    let auth = Auth::with_clock(config, counting(&clock), clock.clone()).unwrap();
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
        ["idle_lifetime"]
    );
    assert_eq!(build(|b| b.idle_lifetime(Duration::MAX)), ["idle_lifetime"]);
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
    let store = counting(&clock);
    let auth = Auth::with_clock(
        config(&provider, "http://localhost:3000"),
        store.clone(),
        clock,
    )
    .unwrap();
    let browser = signed_in(&auth, &provider).await;
    store.is_down.store(true, Ordering::SeqCst);
    let error = auth.session(&browser.cookies()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StoreUnavailable);
    store.is_down.store(false, Ordering::SeqCst);
    assert_eq!(user(&auth, &browser).await.as_deref(), Some(SUB));
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
