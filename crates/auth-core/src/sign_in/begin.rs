//! Begins a sign-in.

use url::Url;

use super::{options::SignInOptions, pushed, request::authorization_request};
use crate::{
    context::{Context, Shared},
    cookies::{RequestCookies, SetCookie},
    error::AuthError,
};

/// A sign-in that has begun.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignInStarted {
    /// Where to send the browser: the provider's authorization endpoint.
    pub url: Url,
    /// The cookies to set with that answer.
    pub cookies: Vec<SetCookie>,
}

/// Builds the authorization request, and the cookies that remember it.
pub(crate) async fn begin(
    context: &Context,
    options: &SignInOptions,
    cookies: &RequestCookies,
) -> Result<SignInStarted, AuthError> {
    let Shared {
        config,
        keyring,
        http,
        ..
    } = &**context;
    let provider = context.provider.get().await?;
    let now = context.now();
    let redirect_to = context.redirect_target(options.redirect_target());
    let (url, pending) = authorization_request(&provider, config, options, &redirect_to, now)?;
    let url = pushed::push(url, &provider, config, http, now).await?;
    Ok(SignInStarted {
        url,
        cookies: pending.remember(cookies, &config.cookie_names, keyring, now)?,
    })
}
