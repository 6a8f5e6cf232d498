//! Sessions while the store is down or accepts no writes, and a sign-in during
//! which the provider logs the user out.

use std::{sync::Arc, time::Duration};

use auth_core::{
    Auth, AuthError, ErrorKind, LogoutTarget, LogoutTokenIdHash, MemoryStore, ProviderLogout,
    ProviderLogoutOutcome, SessionAdmin as _, SessionStore as _,
};
use auth_testkit::{
    CookieJar, REFRESH_TOKEN, SUB, TestApp, TestClock, TestProvider, TestStore, config,
    steps::{begin, complete, signed_in, user},
};

const HOUR: Duration = Duration::from_secs(60 * 60);

fn store(clock: &TestClock) -> TestStore {
    TestStore::new(MemoryStore::with_clock(Arc::new(clock.clone())))
}

#[tokio::test]
async fn a_store_that_is_down_is_an_error_and_ends_no_session() {
    let provider = TestProvider::start().await;
    let clock = TestClock::new();
    let store = store(&clock);
    let auth = Auth::with_clock(
        config(&provider, "http://localhost:3000"),
        store.clone(),
        clock,
    )
    .unwrap();
    let browser = signed_in(&auth, &provider).await;
    store.set_down(true);
    let error = auth.session(&browser.cookies()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StoreUnavailable);
    store.set_down(false);
    assert_eq!(user(&auth, &browser).await.as_deref(), Some(SUB));
}

#[tokio::test]
async fn reads_do_not_wait_for_a_store_that_blocks_writes() {
    let provider = TestProvider::start().await;
    let clock = TestClock::new();
    let store = store(&clock);
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
    assert_eq!(store.take_calls("extend"), 1, "one write is tried");
}

#[tokio::test]
async fn a_provider_logout_during_a_sign_in_prevents_the_session() {
    let provider = TestProvider::start().await;
    let TestApp {
        auth, store, clock, ..
    } = TestApp::new(&provider);
    let browser = signed_in(&auth, &provider).await;
    let mut late = CookieJar::default();
    let url = begin(&auth, &mut late, "/orders").await;
    let answer = provider.authorize(&url);
    // Both sign-ins belong to this provider session.
    let logout = ProviderLogout::new(
        LogoutTokenIdHash::from_bytes([1; 16]),
        LogoutTarget::ProviderSession(store.last_provider_session().unwrap()),
        auth_core::Clock::now(&clock),
        HOUR,
    );
    let done = store.apply_provider_logout(&logout).await.unwrap();
    assert!(matches!(done, ProviderLogoutOutcome::Ended(ended) if ended.len() == 1));
    assert_eq!(user(&auth, &browser).await, None);
    let failure = complete(&auth, &mut late, &answer).await.unwrap_err();
    assert!(matches!(failure.error, AuthError::LoggedOutDuringSignIn));
    assert_eq!(failure.error.kind(), ErrorKind::Expired);
    assert_eq!(failure.redirect_to.unwrap().as_str(), "/orders");
    assert!(late.values.is_empty(), "no cookie is left");
    assert!(store.list_page(None, 9).await.unwrap().is_empty());
    auth.finish().await;
    let mut parameters = url::form_urlencoded::parse(answer.as_bytes());
    let (_, code) = parameters.find(|(name, _)| name == "code").unwrap();
    let never_used = format!("{REFRESH_TOKEN}.{code}");
    assert_eq!(provider.state().revoked, [never_used]);
}

/// The code is exchanged then, so the provider has issued a refresh token.
#[tokio::test]
async fn a_sign_in_that_the_store_fails_leaves_no_usable_tokens() {
    const TOKEN: &str = "/oidc/token";

    for method in ["now", "create"] {
        let provider = TestProvider::start().await;
        let TestApp { auth, store, .. } = TestApp::new(&provider);
        let mut browser = CookieJar::default();
        let url = begin(&auth, &mut browser, "/").await;
        let answer = provider.authorize(&url);
        let delay = Duration::from_millis(100);
        provider.state().delays.insert(TOKEN, delay);
        let completion = complete(&auth, &mut browser, &answer);
        let failing = async {
            while provider.hits(TOKEN) == 0 {
                tokio::task::yield_now().await;
            }
            store.fail(method);
        };
        let (completed, ()) = tokio::join!(completion, failing);
        let failure = completed.unwrap_err();
        assert_eq!(
            failure.error.kind(),
            ErrorKind::StoreUnavailable,
            "{method}"
        );
        auth.finish().await;
        let usable = provider.state().refresh.usable();
        assert_eq!(usable, [""; 0], "{method}");
    }
}
