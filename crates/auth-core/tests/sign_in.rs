//! Sign-in, its callback, and the session it begins.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

mod mock_provider;

use std::time::Duration;

use auth_core::{Auth, AuthError, DeviceInfo, ErrorKind, MemoryStore, SignInOptions, User};
use mock_provider::{
    MockProvider, SUB, TestClock, auth,
    browser::{Browser, begin, complete, signed_in, user},
    config, param, settings,
};

const SESSION: &str = "authjs.session-token";
const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn the_request_carries_pkce_state_and_nonce() {
    let provider = MockProvider::start().await;
    let url = begin(&auth(&provider), &mut Browser::default(), "/").await;
    let param = |name| param(&url, name);
    assert_eq!(param("response_type").as_deref(), Some("code"));
    assert_eq!(param("code_challenge_method").as_deref(), Some("S256"));
    assert_eq!(param("code_challenge").map(|c| c.len()), Some(43));
    assert_eq!(param("state").map(|s| s.len()), Some(43));
    assert_eq!(param("nonce").map(|n| n.len()), Some(43));
    assert_eq!(param("prompt").as_deref(), Some("consent"));
    assert_eq!(
        param("scope").as_deref(),
        Some("openid offline_access profile email")
    );
    assert_eq!(
        param("redirect_uri").as_deref(),
        Some("http://localhost:3000/api/auth/callback/logto")
    );
}

#[tokio::test]
async fn a_sign_in_begins_a_session_and_returns_to_the_page_that_asked() {
    let provider = MockProvider::start().await;
    let auth = auth(&provider);
    let mut browser = Browser::default();
    let url = begin(&auth, &mut browser, "/orders?page=2#top").await;
    let completed = complete(&auth, &mut browser, &provider.authorize(&url))
        .await
        .unwrap();
    assert_eq!(completed.redirect_to.as_str(), "/orders?page=2#top");
    assert_eq!(
        browser.0.keys().collect::<Vec<_>>(),
        [SESSION],
        "the attempt's cookie is gone"
    );
    let session = auth.session(&browser.cookies()).await.unwrap().unwrap();
    assert_eq!(
        session.user,
        User::new(SUB)
            .with_name(Some("alice"))
            .with_email(Some("alice@example.com")),
        "name ?? username; a null picture is none"
    );
    assert_eq!(session.sid.as_deref(), Some("sid-1"));
    let claims: Vec<_> = session.claims.iter().map(|(name, _)| name).collect();
    assert_eq!(
        claims,
        [
            "sub",
            "name",
            "username",
            "picture",
            "email",
            "created_at",
            "updated_at",
            "roles"
        ],
        "what is about the user, in the provider's order"
    );
    assert!(
        session.claims.get("name").unwrap().is_null(),
        "null is kept"
    );
}

#[tokio::test]
async fn a_caller_can_replace_the_profile_mapping() {
    let provider = MockProvider::start().await;
    let config = settings(&provider, "http://localhost:3000")
        .profile(|claims| User::new(claims.str("username").unwrap_or_default()))
        .build()
        .unwrap();
    let auth = Auth::new(config, MemoryStore::new()).unwrap();
    let browser = signed_in(&auth, &provider).await;
    assert_eq!(user(&auth, &browser).await.as_deref(), Some("alice"));
}

#[tokio::test]
async fn pages_of_others_are_never_returned_to() {
    let provider = MockProvider::start().await;
    let auth = auth(&provider);
    for page in [
        "https://evil.test/",
        "//evil.test",
        "/\\evil.test",
        "javascript:alert(1)",
        "",
    ] {
        let mut browser = Browser::default();
        let url = begin(&auth, &mut browser, page).await;
        let completed = complete(&auth, &mut browser, &provider.authorize(&url))
            .await
            .unwrap();
        assert_eq!(completed.redirect_to.as_str(), "/", "{page:?}");
    }
}

#[tokio::test]
async fn over_https_cookies_are_secure_and_host_only() {
    let provider = MockProvider::start().await;
    let auth = Auth::new(config(&provider, "https://app.test"), MemoryStore::new()).unwrap();
    let started = auth
        .begin_sign_in(&SignInOptions::new(), &Browser::default().cookies())
        .await
        .unwrap();
    let mut browser = Browser::default();
    browser.take(&started.cookies);
    let completed = auth
        .complete_sign_in(
            &provider.authorize(&started.url),
            &browser.cookies(),
            &DeviceInfo::default(),
        )
        .await
        .unwrap();
    for cookie in started.cookies.iter().chain(&completed.cookies) {
        assert!(cookie.name.starts_with("__Host-authjs."), "{}", cookie.name);
        // A removal without `Secure` is refused by browsers, and the cookie
        // would stay.
        assert!(cookie.secure, "{}", cookie.name);
    }
}

#[tokio::test]
async fn a_callback_is_used_once() {
    let provider = MockProvider::start().await;
    let auth = auth(&provider);
    let mut browser = Browser::default();
    let url = begin(&auth, &mut browser, "/orders").await;
    let query = provider.authorize(&url);
    complete(&auth, &mut browser, &query).await.unwrap();

    let again = complete(&auth, &mut browser, &query).await.unwrap_err();
    assert_eq!(again.error.kind(), ErrorKind::Expired);
    assert_eq!(
        user(&auth, &browser).await.as_deref(),
        Some(SUB),
        "the session stays"
    );

    let elsewhere = complete(&auth, &mut Browser::default(), &query)
        .await
        .unwrap_err();
    assert_eq!(elsewhere.error.kind(), ErrorKind::Expired);
    assert_eq!(provider.hits("/oidc/token"), 1, "no code is sent twice");
}

#[tokio::test]
async fn a_callback_sent_many_times_at_once_has_one_answer() {
    let provider = MockProvider::start().await;
    let auth = auth(&provider);
    let mut browser = Browser::default();
    let url = begin(&auth, &mut browser, "/orders").await;
    let query = provider.authorize(&url);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (auth, mut browser, query) = (auth.clone(), browser.clone(), query.clone());
        tasks.spawn(async move {
            complete(&auth, &mut browser, &query).await.unwrap();
            browser.0.remove(SESSION).unwrap()
        });
    }
    let mut ids = tasks.join_all().await;
    ids.dedup();
    assert_eq!(ids.len(), 1, "all have the one session");
    assert_eq!(provider.hits("/oidc/token"), 1, "no code is sent twice");
}

#[tokio::test]
async fn a_browser_that_goes_away_does_not_break_a_sign_in_off() {
    let provider = MockProvider::start().await;
    let auth = auth(&provider);
    let mut browser = Browser::default();
    let url = begin(&auth, &mut browser, "/").await;
    let query = provider.authorize(&url);
    let cookies = browser.cookies();
    let visitor = DeviceInfo::default();
    let gone = auth.complete_sign_in(&query, &cookies, &visitor);
    tokio::select! {
        biased;
        _ = gone => panic!("it had not begun to wait"),
        // Asked once, and then dropped.
        () = std::future::ready(()) => {}
    }
    complete(&auth, &mut browser, &query).await.unwrap();
    assert_eq!(provider.hits("/oidc/token"), 1, "no code is sent twice");
}

#[tokio::test]
async fn a_state_of_another_browser_is_refused() {
    let provider = MockProvider::start().await;
    let auth = auth(&provider);
    let (mut alice, mut mallory) = (Browser::default(), Browser::default());
    begin(&auth, &mut alice, "/").await;
    let url = begin(&auth, &mut mallory, "/").await;
    // Login CSRF: Mallory has Alice's browser open Mallory's callback.
    let failure = complete(&auth, &mut alice, &provider.authorize(&url))
        .await
        .unwrap_err();
    assert!(matches!(failure.error, AuthError::StateMismatch));
    assert_eq!(provider.hits("/oidc/token"), 0);
}

#[tokio::test]
async fn no_malformed_callback_ends_a_session_or_an_attempt() {
    let provider = MockProvider::start().await;
    let auth = auth(&provider);
    let mut browser = signed_in(&auth, &provider).await;
    let url = begin(&auth, &mut browser, "/").await;
    let state = param(&url, "state").unwrap();
    let issuer = provider.issuer();
    for query in [
        "code=x".to_owned(),
        "state=".to_owned(),
        "state=%00%ff&code=x".to_owned(),
        "&&&=&==".to_owned(),
        "state=invented&code=x".to_owned(),
        format!("state={state}&state={state}&code=x"),
        format!("code=a&code=b&state={state}&iss={issuer}"),
        "x".repeat(100_000),
    ] {
        drop(complete(&auth, &mut browser, &query).await);
        assert_eq!(
            user(&auth, &browser).await.as_deref(),
            Some(SUB),
            "after {query:.40}"
        );
    }
    complete(&auth, &mut browser, &provider.authorize(&url))
        .await
        .unwrap();
}

#[tokio::test]
async fn an_answer_with_the_right_state_and_a_wrong_rest_ends_the_attempt_only() {
    for (rest, kind) in [
        ("&code=x", ErrorKind::ProviderError),
        (
            "&code=x&iss=https://evil.test/oidc",
            ErrorKind::ProviderError,
        ),
        ("&iss={iss}", ErrorKind::InvalidCallback),
        ("&code=&iss={iss}", ErrorKind::InvalidCallback),
        (
            "&code=x&error=access_denied&iss={iss}",
            ErrorKind::InvalidCallback,
        ),
        ("&error=access_denied&iss={iss}", ErrorKind::Cancelled),
        ("&error=invalid_request&iss={iss}", ErrorKind::ProviderError),
        ("&error=login_required&iss={iss}", ErrorKind::LoginRequired),
        (
            "&error=consent_required&iss={iss}",
            ErrorKind::ConsentRequired,
        ),
        (
            "&error=interaction_required&iss={iss}",
            ErrorKind::InteractionRequired,
        ),
        (
            "&error=account_selection_required&iss={iss}",
            ErrorKind::InteractionRequired,
        ),
        (
            "&error=invalid_target&iss={iss}",
            ErrorKind::UnknownResource,
        ),
        (
            "&error=temporarily_unavailable&iss={iss}",
            ErrorKind::ProviderUnavailable,
        ),
        ("&code=never-issued&iss={iss}", ErrorKind::Expired),
    ] {
        let provider = MockProvider::start().await;
        let auth = auth(&provider);
        let mut browser = signed_in(&auth, &provider).await;
        let url = begin(&auth, &mut browser, "/orders").await;
        let query = format!(
            "state={}{}",
            param(&url, "state").unwrap(),
            rest.replace("{iss}", &provider.issuer())
        );
        let failure = complete(&auth, &mut browser, &query).await.unwrap_err();
        assert_eq!(failure.error.kind(), kind, "{rest}");
        assert_eq!(failure.redirect_to.unwrap().as_str(), "/orders", "{rest}");
        assert_eq!(user(&auth, &browser).await.as_deref(), Some(SUB), "{rest}");
        assert_eq!(browser.0.len(), 1, "the attempt is over: {rest}");
    }
}

#[tokio::test]
async fn a_bare_callback_is_a_cancellation() {
    let provider = MockProvider::start().await;
    let auth = auth(&provider);
    let mut browser = Browser::default();
    begin(&auth, &mut browser, "/orders").await;
    let failure = complete(&auth, &mut browser, "").await.unwrap_err();
    assert!(matches!(failure.error, AuthError::Cancelled));
    assert_eq!(failure.redirect_to.unwrap().as_str(), "/orders");
    let unasked = complete(&auth, &mut browser, "").await.unwrap_err();
    assert!(matches!(unasked.error, AuthError::Cancelled));
}

#[tokio::test]
async fn several_tabs_sign_in_at_once() {
    let provider = MockProvider::start().await;
    let auth = auth(&provider);
    let mut browser = Browser::default();
    let first = begin(&auth, &mut browser, "/first").await;
    let second = begin(&auth, &mut browser, "/second").await;
    for (url, page) in [(first, "/first"), (second, "/second")] {
        let completed = complete(&auth, &mut browser, &provider.authorize(&url))
            .await
            .unwrap();
        assert_eq!(completed.redirect_to.as_str(), page);
    }
}

#[tokio::test]
async fn attempts_are_bounded_and_the_oldest_go_first() {
    let provider = MockProvider::start().await;
    let clock = TestClock::new();
    let auth = Auth::with_clock(
        config(&provider, "http://localhost:3000"),
        MemoryStore::new(),
        clock.clone(),
    )
    .unwrap();
    let mut browser = Browser::default();
    browser
        .0
        .insert("authjs.state.rubbish".to_owned(), "%%%".to_owned());
    let mut urls = Vec::new();
    for _ in 0..8 {
        urls.push(begin(&auth, &mut browser, "/").await);
        clock.advance(Duration::from_secs(1));
    }
    assert_eq!(browser.0.len(), 5, "{:?}", browser.0.keys());
    let oldest = complete(&auth, &mut browser, &provider.authorize(&urls[0])).await;
    assert!(matches!(
        oldest.unwrap_err().error,
        AuthError::StateMismatch
    ));
    complete(&auth, &mut browser, &provider.authorize(&urls[7]))
        .await
        .unwrap();
}

#[tokio::test]
async fn an_attempt_expires_after_ten_minutes() {
    let provider = MockProvider::start().await;
    let clock = TestClock::new();
    let auth = Auth::with_clock(
        config(&provider, "http://localhost:3000"),
        MemoryStore::new(),
        clock.clone(),
    )
    .unwrap();
    let mut browser = Browser::default();
    let url = begin(&auth, &mut browser, "/").await;
    clock.advance(11 * MINUTE);
    let failure = complete(&auth, &mut browser, &provider.authorize(&url))
        .await
        .unwrap_err();
    assert!(matches!(failure.error, AuthError::Expired));
}

#[tokio::test]
async fn an_attempt_cannot_be_moved_to_another_state() {
    let provider = MockProvider::start().await;
    let auth = auth(&provider);
    let mut browser = Browser::default();
    let first = begin(&auth, &mut browser, "/").await;
    let name = browser.0.keys().next().unwrap().clone();
    begin(&auth, &mut browser, "/").await;
    let other = browser
        .0
        .iter()
        .find(|(n, _)| **n != name)
        .unwrap()
        .1
        .clone();
    browser.0.insert(name, other);
    assert!(
        complete(&auth, &mut browser, &provider.authorize(&first))
            .await
            .is_err()
    );
}
