//! Callbacks that are repeated, forged, malformed, or report an error.

use auth_core::{AuthError, DeviceInfo, ErrorKind};
use auth_testkit::{
    CookieJar, SUB, TestProvider, auth, param,
    steps::{begin, complete, signed_in, user},
};

const SESSION: &str = "authjs.3000.session-token";

#[tokio::test]
async fn a_callback_works_once() {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    let mut browser = CookieJar::default();
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

    let elsewhere = complete(&auth, &mut CookieJar::default(), &query)
        .await
        .unwrap_err();
    assert_eq!(elsewhere.error.kind(), ErrorKind::Expired);
    assert_eq!(provider.hits("/oidc/token"), 1, "no code is sent twice");
}

#[tokio::test]
async fn concurrent_copies_of_a_callback_get_the_same_session() {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    let mut browser = CookieJar::default();
    let url = begin(&auth, &mut browser, "/orders").await;
    let query = provider.authorize(&url);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (auth, mut browser, query) = (auth.clone(), browser.clone(), query.clone());
        tasks.spawn(async move {
            complete(&auth, &mut browser, &query).await.unwrap();
            browser.values.remove(SESSION).unwrap()
        });
    }
    let mut ids = tasks.join_all().await;
    ids.dedup();
    assert_eq!(ids.len(), 1, "all get the same session");
    assert_eq!(provider.hits("/oidc/token"), 1, "no code is sent twice");
}

#[tokio::test]
async fn a_sign_in_continues_if_the_browser_disconnects() {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    let mut browser = CookieJar::default();
    let url = begin(&auth, &mut browser, "/").await;
    let query = provider.authorize(&url);
    let cookies = browser.cookies();
    let device = DeviceInfo::default();
    let gone = auth.complete_sign_in(&query, &cookies, &device);
    tokio::select! {
        biased;
        _ = gone => panic!("it completed at the first poll"),
        // Polled once, then dropped.
        () = std::future::ready(()) => {}
    }
    complete(&auth, &mut browser, &query).await.unwrap();
    assert_eq!(provider.hits("/oidc/token"), 1, "no code is sent twice");
}

#[tokio::test]
async fn a_state_of_another_browser_is_refused() {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    let (mut alice, mut mallory) = (CookieJar::default(), CookieJar::default());
    begin(&auth, &mut alice, "/").await;
    let url = begin(&auth, &mut mallory, "/").await;
    // Login CSRF: Mallory makes Alice's browser open Mallory's callback.
    let failure = complete(&auth, &mut alice, &provider.authorize(&url))
        .await
        .unwrap_err();
    assert!(matches!(failure.error, AuthError::StateMismatch));
    assert_eq!(provider.hits("/oidc/token"), 0);
}

#[tokio::test]
async fn a_malformed_callback_ends_neither_session_nor_pending_sign_in() {
    let provider = TestProvider::start().await;
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
async fn an_invalid_answer_ends_only_the_pending_sign_in() {
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
        let provider = TestProvider::start().await;
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
        assert_eq!(browser.values.len(), 1, "no sign-in is pending: {rest}");
    }
}

#[tokio::test]
async fn a_callback_without_parameters_is_a_cancellation() {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    let mut browser = CookieJar::default();
    begin(&auth, &mut browser, "/orders").await;
    let failure = complete(&auth, &mut browser, "").await.unwrap_err();
    assert!(matches!(failure.error, AuthError::Cancelled));
    assert_eq!(failure.redirect_to.unwrap().as_str(), "/orders");
    let unasked = complete(&auth, &mut browser, "").await.unwrap_err();
    assert!(matches!(unasked.error, AuthError::Cancelled));
    // Nobody knows which of two was cancelled.
    begin(&auth, &mut browser, "/other").await;
    let either = complete(&auth, &mut browser, "").await.unwrap_err();
    assert_eq!(either.redirect_to, None);
}
