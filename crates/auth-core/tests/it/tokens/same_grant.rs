//! A second sign-in in the same provider session: the new tokens belong to the
//! grant of the former ones, and end with it.

use std::time::Duration;

use auth_core::{
    AccessToken, AccessTokenRequest, AuthError, ErrorKind, LeaseOutcome, SessionAdmin as _,
    SessionStore as _, SignInOptions,
};
use auth_testkit::{
    CookieJar, REFRESH_TOKEN, SUB, TestApp, TestProvider, object,
    steps::{access_token_for, begin_with, complete, session, signed_in, signed_in_as, user},
};
use serde_json::json;
use tokio::task::JoinHandle;

const API: &str = "https://shopping.example.com/api";
const TOKEN: &str = "/oidc/token";

/// A signed-in browser, at a provider where all sign-ins belong to one grant.
async fn fixture() -> (TestProvider, TestApp, CookieJar) {
    let provider = TestProvider::start().await;
    provider.state().refresh.is_one_grant = true;
    let app = TestApp::with_settings(&provider, |settings| settings.resource(API));
    let browser = signed_in(&app.auth, &provider).await;
    (provider, app, browser)
}

fn step_up() -> SignInOptions {
    SignInOptions::new().max_age(Duration::from_secs(3600))
}

async fn sign_in_again(
    provider: &TestProvider,
    app: &TestApp,
    browser: &mut CookieJar,
    options: &SignInOptions,
) {
    let now = auth_core::Clock::now(&app.clock).unix_timestamp();
    provider.tamper(move |draft| {
        draft.claims.insert("auth_time".to_owned(), json!(now));
    });
    let url = begin_with(&app.auth, browser, options).await;
    let query = provider.authorize(&url);
    complete(&app.auth, browser, &query).await.unwrap();
    // Waits for work in the background.
    tokio::time::sleep(Duration::from_millis(50)).await;
}

#[tokio::test]
async fn a_step_up_does_not_revoke_its_own_grant() {
    let (provider, app, mut browser) = fixture().await;
    let former = browser.clone();
    sign_in_again(&provider, &app, &mut browser, &step_up()).await;
    assert_eq!(
        user(&app.auth, &former).await,
        None,
        "the new session replaces it"
    );
    assert!(provider.state().revoked.is_empty());
    let wanted = AccessTokenRequest::resource(API);
    access_token_for(&app.auth, &browser, &wanted)
        .await
        .unwrap();
    let session = session(&app.auth, &browser).await;
    assert!(session.authenticated_at.is_some());
    app.auth.user_info(&session).await.unwrap();
}

#[tokio::test]
async fn a_silent_sign_in_keeps_the_former_refresh_token() {
    let (provider, app, mut browser) = fixture().await;
    provider.state().token_response = object(json!({"refresh_token": null}));
    sign_in_again(&provider, &app, &mut browser, &SignInOptions::silent()).await;
    let wanted = AccessTokenRequest::resource(API);
    access_token_for(&app.auth, &browser, &wanted)
        .await
        .unwrap();
    assert_eq!(provider.state().refresh.sent, [REFRESH_TOKEN]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_waits_for_a_running_refresh() {
    let (provider, app, mut browser) = fixture().await;
    {
        let mut state = provider.state();
        state.refresh.rotates = true;
        state.token_response = object(json!({"refresh_token": null}));
    }
    let url = begin_with(&app.auth, &mut browser, &SignInOptions::silent()).await;
    let query = provider.authorize(&url);
    provider
        .state()
        .delays
        .insert(TOKEN, Duration::from_millis(300));
    let refresh = {
        let (auth, browser) = (app.other_process(), browser.clone());
        tokio::spawn(async move {
            access_token_for(&auth, &browser, &AccessTokenRequest::resource(API)).await
        })
    };
    while provider.state().refresh.sent.is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    provider.state().delays.clear();
    complete(&app.auth, &mut browser, &query).await.unwrap();
    refresh.await.unwrap().unwrap();
    let other = AccessTokenRequest::organization("acme");
    access_token_for(&app.auth, &browser, &other).await.unwrap();
    let sent = provider.state().refresh.sent.clone();
    assert_eq!(sent[1], format!("{REFRESH_TOKEN}~"), "the rotated one");
    assert!(provider.state().revoked.is_empty());
}

/// Asks for a token of the browser's session, in another process.
fn refresh_elsewhere(
    app: &TestApp,
    browser: &CookieJar,
) -> JoinHandle<Result<AccessToken, AuthError>> {
    let (auth, browser) = (app.other_process(), browser.clone());
    tokio::spawn(async move {
        access_token_for(&auth, &browser, &AccessTokenRequest::resource(API)).await
    })
}

/// Begins a step-up. Returns the query of the callback.
async fn begin_step_up(provider: &TestProvider, app: &TestApp, browser: &mut CookieJar) -> String {
    let now = auth_core::Clock::now(&app.clock).unix_timestamp();
    provider.tamper(move |draft| {
        draft.claims.insert("auth_time".to_owned(), json!(now));
    });
    let url = begin_with(&app.auth, browser, &step_up()).await;
    provider.authorize(&url)
}

/// The refresh renews its lease, because the store does not accept its tokens
/// yet.
#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_waits_for_a_refresh_longer_than_one_lease() {
    let (provider, app, mut browser) = fixture().await;
    provider.state().refresh.rotates = true;
    let query = begin_step_up(&provider, &app, &mut browser).await;
    app.store.fail("save_tokens");
    let refresh = refresh_elsewhere(&app, &browser);
    while provider.state().refresh.sent.is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let repair = async {
        tokio::time::sleep(Duration::from_secs(8)).await;
        app.store.repair("save_tokens");
    };
    let (completed, ()) = tokio::join!(complete(&app.auth, &mut browser, &query), repair);
    completed.unwrap();
    refresh.await.unwrap().unwrap();
    assert!(provider.state().revoked.is_empty(), "the grant lives on");
    let wanted = AccessTokenRequest::resource(API);
    access_token_for(&app.auth, &browser, &wanted)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lease_is_kept_while_the_new_session_is_stored() {
    let (provider, app, mut browser) = fixture().await;
    provider.state().refresh.rotates = true;
    let former = browser.clone();
    let query = begin_step_up(&provider, &app, &mut browser).await;
    app.store.delay("create", Duration::from_secs(8));
    let late_refresh = async {
        tokio::time::sleep(Duration::from_secs(7)).await;
        provider
            .state()
            .delays
            .insert(TOKEN, Duration::from_secs(3));
        refresh_elsewhere(&app, &former).await.unwrap()
    };
    let (completed, refreshed) =
        tokio::join!(complete(&app.auth, &mut browser, &query), late_refresh);
    completed.unwrap();
    assert!(matches!(refreshed, Err(AuthError::NotSignedIn)), "replaced");
    assert!(provider.state().refresh.sent.is_empty());
    assert!(provider.state().revoked.is_empty(), "the grant lives on");
}

/// The store takes the new session so slowly, and renewals fail for so long, that
/// another server gets the lease.
#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_loses_the_lease_keeps_the_former_session() {
    let (provider, app, mut browser) = fixture().await;
    let former = browser.clone();
    let query = begin_step_up(&provider, &app, &mut browser).await;
    let key = app.store.store.list_page(None, 1).await.unwrap()[0].key;
    app.store.delay("create", Duration::from_secs(8));
    let other_server = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        app.store.fail("lease_tokens");
        tokio::time::sleep(Duration::from_millis(6500)).await;
        let store = &app.store.store;
        let lease = Duration::from_secs(60);
        let outcome = store.lease_tokens(&key, 1, 7, lease).await.unwrap();
        app.store.repair("lease_tokens");
        outcome
    };
    let (completed, outcome) =
        tokio::join!(complete(&app.auth, &mut browser, &query), other_server);
    completed.unwrap();
    assert_eq!(outcome, LeaseOutcome::Granted, "the lease has lapsed");
    assert_eq!(user(&app.auth, &former).await.as_deref(), Some(SUB));
    assert_eq!(user(&app.auth, &browser).await.as_deref(), Some(SUB));
    assert!(provider.state().revoked.is_empty(), "the grant lives on");
}

/// A sign-in that cannot know which refresh token is valid must not replace a
/// session.
#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_without_the_lease_fails_and_changes_nothing() {
    let (provider, app, mut browser) = fixture().await;
    let query = begin_step_up(&provider, &app, &mut browser).await;
    let former = browser.clone();
    let key = app.store.store.list_page(None, 1).await.unwrap()[0].key;
    let lease = Duration::from_secs(60);
    app.store
        .store
        .lease_tokens(&key, 1, 7, lease)
        .await
        .unwrap();
    let failure = complete(&app.auth, &mut browser, &query).await.unwrap_err();
    assert!(matches!(failure.error, AuthError::RefreshBusy));
    assert_eq!(failure.error.kind(), ErrorKind::ProviderUnavailable);
    assert_eq!(user(&app.auth, &former).await.as_deref(), Some(SUB));
    assert!(provider.state().revoked.is_empty());
}

#[tokio::test]
async fn a_sign_in_that_cannot_be_stored_keeps_the_former_grant() {
    let (provider, app, mut browser) = fixture().await;
    app.store.fail("create");
    let url = begin_with(&app.auth, &mut browser, &step_up()).await;
    let now = auth_core::Clock::now(&app.clock).unix_timestamp();
    provider.tamper(move |draft| {
        draft.claims.insert("auth_time".to_owned(), json!(now));
    });
    let query = provider.authorize(&url);
    complete(&app.auth, &mut browser, &query).await.unwrap_err();
    let wanted = AccessTokenRequest::resource(API);
    access_token_for(&app.auth, &browser, &wanted)
        .await
        .unwrap();
    assert!(provider.state().revoked.is_empty());
}

#[tokio::test]
async fn the_grant_of_another_user_is_revoked() {
    let (provider, app, mut browser) = fixture().await;
    provider.state().refresh.is_one_grant = false;
    let url = begin_with(&app.auth, &mut browser, &SignInOptions::new()).await;
    let query = provider.authorize_as(&url, "user-2");
    complete(&app.auth, &mut browser, &query).await.unwrap();
    assert_ne!(user(&app.auth, &browser).await.as_deref(), Some(SUB));
    while provider.state().revoked.is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(provider.state().revoked, [REFRESH_TOKEN]);
    // A browser without a session has nothing to revoke.
    signed_in_as(&app.auth, &provider, "user-3").await;
}
