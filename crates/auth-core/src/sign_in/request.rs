//! The authorization request (OpenID Connect Core §3.1.2.1).

use openidconnect::{
    AuthenticationFlow, CsrfToken, Nonce, PkceCodeChallenge, core::CoreResponseType,
};
use time::OffsetDateTime;
use url::Url;

use super::{options::SignInOptions, pending::PendingSignIn};
use crate::{
    config::Config,
    error::AuthError,
    oauth::scope::Scope,
    provider::{metadata::Provider, token_endpoint::client},
    redirect::RedirectTo,
    sealing::secret::random_token,
};

/// Builds the authorization request, and what has to be remembered until its
/// answer.
pub(crate) fn authorization_request(
    provider: &Provider,
    config: &Config,
    options: &SignInOptions,
    redirect_to: &RedirectTo,
    now: OffsetDateTime,
) -> Result<(Url, PendingSignIn), AuthError> {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let client = client(provider, config)?;
    let mut request = client
        .authorize_url(
            AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
            || CsrfToken::new(random_token::<32>()),
            || Nonce::new(random_token::<32>()),
        )
        .set_pkce_challenge(challenge);
    // `openid` is added by the library.
    for scope in config
        .scopes()
        .iter()
        .filter(|scope| **scope != Scope::OpenId)
    {
        request = request.add_scope(openidconnect::Scope::new(scope.to_string()));
    }
    // RFC 8707 §2: several resources are the parameter repeated.
    for resource in config.resources() {
        request = request.add_extra_param("resource", resource.as_str());
    }
    for (name, value) in options.parameters(&config.prompt)? {
        request = request.add_extra_param(name, value);
    }
    let (url, state, nonce) = request.url();
    let mut pending = PendingSignIn::new(
        state.into_secret(),
        nonce.secret().clone(),
        verifier.into_secret(),
        redirect_to,
        now,
    );
    pending.authenticated_since = options.authenticated_since(pending.started_at, &config.prompt);
    Ok((url, pending))
}
