//! A browser, as far as it keeps cookies, and the steps of a sign-in in it.

use std::collections::HashMap;

use auth_core::{
    AccessToken, Auth, AuthError, RequestCookies, SetCookie, SignInCompleted, SignInFailure,
    SignInOptions, Visitor,
};
use url::Url;

use super::MockProvider;

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
    let started = auth
        .begin_sign_in(&SignInOptions::returning_to(page), &browser.cookies())
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
    let visitor = Visitor::default();
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
    let mut browser = Browser::default();
    let url = begin(auth, &mut browser, "/").await;
    complete(auth, &mut browser, &provider.authorize(&url))
        .await
        .unwrap();
    browser
}

pub async fn user(auth: &Auth, browser: &Browser) -> Option<String> {
    let session = auth.session(&browser.cookies()).await.unwrap();
    session.map(|session| session.user.id)
}

/// The access token of the browser's session.
pub async fn access_token(auth: &Auth, browser: &Browser) -> Result<AccessToken, AuthError> {
    let session = auth.session(&browser.cookies()).await?;
    auth.access_token(&session.ok_or(AuthError::NotSignedIn)?)
        .await
}
