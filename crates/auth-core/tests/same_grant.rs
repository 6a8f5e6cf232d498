//! Signing in again within one session of the provider's: the new tokens come
//! from the grant of the former ones, and live and die with it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

mod mock_provider;

use std::time::Duration;

use auth_core::{AccessTokenRequest, SignInOptions};
use mock_provider::{
    MockProvider, REFRESH_TOKEN, SUB, Watched,
    browser::{
        Browser, access_token_for, begin_with, complete, session, signed_in, signed_in_as, user,
    },
    object,
};
use serde_json::json;

const API: &str = "https://shopping.example.com/api";
const TOKEN: &str = "/oidc/token";

/// Who is signed in, at a provider where all sign-ins are of one grant.
async fn fixture() -> (MockProvider, Watched, Browser) {
    let provider = MockProvider::start().await;
    provider.inner().refresh.is_one_grant = true;
    let watched = Watched::with(&provider, |settings| settings.resource(API));
    let browser = signed_in(&watched.auth, &provider).await;
    (provider, watched, browser)
}

fn step_up() -> SignInOptions {
    let options = SignInOptions::new().max_age(Duration::from_secs(3600));
    options
}

async fn sign_in_again(
    provider: &MockProvider,
    watched: &Watched,
    browser: &mut Browser,
    options: &SignInOptions,
) {
    let now = auth_core::Clock::now(&watched.clock).unix_timestamp();
    provider.tamper(move |draft| {
        draft.claims.insert("auth_time".to_owned(), json!(now));
    });
    let url = begin_with(&watched.auth, browser, options).await;
    let query = provider.authorize(&url);
    complete(&watched.auth, browser, &query).await.unwrap();
    // What is done in the background is done by then.
    tokio::time::sleep(Duration::from_millis(50)).await;
}

#[tokio::test]
async fn a_step_up_does_not_revoke_the_grant_it_lives_by() {
    let (provider, watched, mut browser) = fixture().await;
    let former = browser.clone();
    sign_in_again(&provider, &watched, &mut browser, &step_up()).await;
    assert_eq!(user(&watched.auth, &former).await, None, "it gave way");
    assert!(provider.inner().revoked.is_empty());
    let wanted = AccessTokenRequest::resource(API);
    access_token_for(&watched.auth, &browser, &wanted)
        .await
        .unwrap();
    let session = session(&watched.auth, &browser).await;
    assert!(session.authenticated_at.is_some());
    watched.auth.user_info(&session).await.unwrap();
}

#[tokio::test]
async fn a_silent_sign_in_goes_on_with_the_former_refresh_token() {
    let (provider, watched, mut browser) = fixture().await;
    provider.inner().token = object(json!({"refresh_token": null}));
    sign_in_again(&provider, &watched, &mut browser, &SignInOptions::silent()).await;
    let wanted = AccessTokenRequest::resource(API);
    access_token_for(&watched.auth, &browser, &wanted)
        .await
        .unwrap();
    assert_eq!(provider.inner().refresh.sent, [REFRESH_TOKEN]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_under_way_is_waited_for() {
    let (provider, watched, mut browser) = fixture().await;
    {
        let mut inner = provider.inner();
        inner.refresh.rotates = true;
        inner.token = object(json!({"refresh_token": null}));
    }
    let url = begin_with(&watched.auth, &mut browser, &SignInOptions::silent()).await;
    let query = provider.authorize(&url);
    provider
        .inner()
        .delays
        .insert(TOKEN, Duration::from_millis(300));
    let refresh = {
        let (auth, browser) = (watched.other(), browser.clone());
        tokio::spawn(async move {
            access_token_for(&auth, &browser, &AccessTokenRequest::resource(API)).await
        })
    };
    while provider.inner().refresh.sent.is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    provider.inner().delays.clear();
    complete(&watched.auth, &mut browser, &query).await.unwrap();
    refresh.await.unwrap().unwrap();
    let other = AccessTokenRequest::organization("acme");
    access_token_for(&watched.auth, &browser, &other)
        .await
        .unwrap();
    let sent = provider.inner().refresh.sent.clone();
    assert_eq!(sent[1], format!("{REFRESH_TOKEN}~"), "the rotated one");
    assert!(provider.inner().revoked.is_empty());
}

#[tokio::test]
async fn a_session_that_cannot_be_stored_leaves_the_former_ones_grant() {
    let (provider, watched, mut browser) = fixture().await;
    watched.store.fail("create");
    let url = begin_with(&watched.auth, &mut browser, &step_up()).await;
    let now = auth_core::Clock::now(&watched.clock).unix_timestamp();
    provider.tamper(move |draft| {
        draft.claims.insert("auth_time".to_owned(), json!(now));
    });
    let query = provider.authorize(&url);
    complete(&watched.auth, &mut browser, &query)
        .await
        .unwrap_err();
    let wanted = AccessTokenRequest::resource(API);
    access_token_for(&watched.auth, &browser, &wanted)
        .await
        .unwrap();
    assert!(provider.inner().revoked.is_empty());
}

#[tokio::test]
async fn the_grant_of_another_user_is_revoked() {
    let (provider, watched, mut browser) = fixture().await;
    provider.inner().refresh.is_one_grant = false;
    let url = begin_with(&watched.auth, &mut browser, &SignInOptions::new()).await;
    let query = provider.authorize_as(&url, "user-2");
    complete(&watched.auth, &mut browser, &query).await.unwrap();
    assert_ne!(user(&watched.auth, &browser).await.as_deref(), Some(SUB));
    while provider.inner().revoked.is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(provider.inner().revoked, [REFRESH_TOKEN]);
    // And a browser without a session has nothing to give way.
    signed_in_as(&watched.auth, &provider, "user-3").await;
}
