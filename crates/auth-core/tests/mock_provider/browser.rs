//! A browser, as far as it keeps cookies, and the steps of a sign-in in it.

use std::collections::HashMap;

use auth_core::{
    AccessToken, AccessTokenRequest, Auth, AuthError, DeviceInfo, RequestCookies, Session,
    SetCookie, SignInCompleted, SignInFailure, SignInOptions,
};
use url::Url;

use super::{MockProvider, SUB};

/// A browser's cookies.
#[derive(Clone, Debug, Default)]
pub struct Browser(pub HashMap<String, String>);

impl Browser {
    pub fn take(&mut self, cookies: &[SetCookie]) {
        for cookie in cookies {
            if cookie.max_age.is_zero() {
                self.0.remove(&cookie.name);
            } else {
                self.0.insert(cookie.name.clone(), cookie.value.clone());
            }
        }
    }

    pub fn cookies(&self) -> RequestCookies {
        let pairs: Vec<_> = self.0.iter().map(|(n, v)| format!("{n}={v}")).collect();
        RequestCookies::parse([pairs.join("; ").as_bytes()])
    }
}

pub async fn begin(auth: &Auth, browser: &mut Browser, page: &str) -> Url {
    begin_with(auth, browser, &SignInOptions::new().redirect_to(page)).await
}

pub async fn begin_with(auth: &Auth, browser: &mut Browser, options: &SignInOptions) -> Url {
    let started = auth
        .begin_sign_in(options, &browser.cookies())
        .await
        .unwrap();
    browser.take(&started.cookies);
    started.url
}

pub async fn complete(
    auth: &Auth,
    browser: &mut Browser,
    query: &str,
) -> Result<SignInCompleted, SignInFailure> {
    let visitor = DeviceInfo::default();
    let result = auth
        .complete_sign_in(query, &browser.cookies(), &visitor)
        .await;
    browser.take(match &result {
        Ok(completed) => &completed.cookies,
        Err(failure) => &failure.cookies,
    });
    result
}

pub async fn signed_in(auth: &Auth, provider: &MockProvider) -> Browser {
    signed_in_as(auth, provider, SUB).await
}

pub async fn signed_in_as(auth: &Auth, provider: &MockProvider, sub: &str) -> Browser {
    let mut browser = Browser::default();
    let url = begin(auth, &mut browser, "/").await;
    complete(auth, &mut browser, &provider.authorize_as(&url, sub))
        .await
        .unwrap();
    browser
}

/// The browser's session.
pub async fn session(auth: &Auth, browser: &Browser) -> Session {
    auth.session(&browser.cookies()).await.unwrap().unwrap()
}

pub async fn user(auth: &Auth, browser: &Browser) -> Option<String> {
    let session = auth.session(&browser.cookies()).await.unwrap();
    session.map(|session| session.user.id)
}

/// The access token of the browser's session.
pub async fn access_token(auth: &Auth, browser: &Browser) -> Result<AccessToken, AuthError> {
    access_token_for(auth, browser, &AccessTokenRequest::user_info()).await
}

pub async fn access_token_for(
    auth: &Auth,
    browser: &Browser,
    wanted: &AccessTokenRequest,
) -> Result<AccessToken, AuthError> {
    let session = auth.session(&browser.cookies()).await?;
    auth.access_token(&session.ok_or(AuthError::NotSignedIn)?, wanted)
        .await
}
