//! The steps of a sign-in, and what a signed-in browser asks for, without a web
//! server.

use auth_core::{
    AccessToken, AccessTokenRequest, Auth, AuthError, DeviceInfo, Session, SignInCompleted,
    SignInFailure, SignInOptions,
};
use url::Url;

use crate::{CookieJar, SUB, TestProvider};

/// Begins a sign-in that returns to `page`. Returns the provider's address.
pub async fn begin(auth: &Auth, browser: &mut CookieJar, page: &str) -> Url {
    begin_with(auth, browser, &SignInOptions::new().redirect_to(page)).await
}

/// Begins a sign-in with options. Returns the provider's address.
pub async fn begin_with(auth: &Auth, browser: &mut CookieJar, options: &SignInOptions) -> Url {
    let started = auth
        .begin_sign_in(options, &browser.cookies())
        .await
        .unwrap();
    browser.store(&started.cookies);
    started.url
}

/// Completes a sign-in with the query of the callback.
///
/// # Errors
///
/// As [`Auth::complete_sign_in`].
pub async fn complete(
    auth: &Auth,
    browser: &mut CookieJar,
    query: &str,
) -> Result<SignInCompleted, SignInFailure> {
    let device = DeviceInfo::default();
    let result = auth
        .complete_sign_in(query, &browser.cookies(), &device)
        .await;
    browser.store(match &result {
        Ok(completed) => &completed.cookies,
        Err(failure) => &failure.cookies,
    });
    result
}

/// Signs the user [`SUB`] in. Returns the browser.
pub async fn signed_in(auth: &Auth, provider: &TestProvider) -> CookieJar {
    signed_in_as(auth, provider, SUB).await
}

/// Signs a user in. Returns the browser.
pub async fn signed_in_as(
    auth: &Auth,
    provider: &TestProvider,
    user: impl AsRef<str>,
) -> CookieJar {
    let mut browser = CookieJar::default();
    let address = begin(auth, &mut browser, "/").await;
    complete(auth, &mut browser, &provider.authorize_as(&address, user))
        .await
        .unwrap();
    browser
}

/// Returns the session of a signed-in browser.
pub async fn session(auth: &Auth, browser: &CookieJar) -> Session {
    auth.session(&browser.cookies()).await.unwrap().unwrap()
}

/// Returns the id of the user who is signed in.
pub async fn user(auth: &Auth, browser: &CookieJar) -> Option<String> {
    let session = auth.session(&browser.cookies()).await.unwrap();
    session.map(|session| session.user.id)
}

/// Returns the session's access token for the userinfo endpoint.
///
/// # Errors
///
/// As [`access_token_for`].
pub async fn access_token(auth: &Auth, browser: &CookieJar) -> Result<AccessToken, AuthError> {
    access_token_for(auth, browser, &AccessTokenRequest::user_info()).await
}

/// Returns an access token of the session.
///
/// # Errors
///
/// [`AuthError::NotSignedIn`] without a session, otherwise as
/// [`Auth::access_token`].
pub async fn access_token_for(
    auth: &Auth,
    browser: &CookieJar,
    request: &AccessTokenRequest,
) -> Result<AccessToken, AuthError> {
    let session = auth.session(&browser.cookies()).await?;
    auth.access_token(&session.ok_or(AuthError::NotSignedIn)?, request)
        .await
}
