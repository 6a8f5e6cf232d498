//! Sign-in: the authorization code flow with PKCE, `state` and `nonce`.

use std::sync::Arc;

use openidconnect::{
    AuthenticationFlow, AuthorizationCode, CsrfToken, Nonce, OAuth2TokenResponse as _,
    PkceCodeChallenge, PkceCodeVerifier, TokenResponse as _, core::CoreResponseType,
};
use time::OffsetDateTime;
use url::Url;

use crate::{
    AuthError, Config, RedirectTo, Scope, Session, SetCookie, SignInOptions,
    client_authentication::assertion,
    id_token::{self, Expected, GrantType, VerifiedIdToken},
    pending::PendingSignIn,
    provider::{Provider, ProviderCache},
    provider_http::ProviderHttp,
    secret::random_token,
    token_endpoint::{client, token_request_failed},
    tokens::TokenSet,
};

/// A sign-in has begun.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignInStarted {
    /// Where to send the browser: the provider's authorization endpoint.
    pub url: Url,
    /// Cookies to set with that answer.
    pub cookies: Vec<SetCookie>,
}

/// A sign-in has been completed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignInCompleted {
    /// The session that has begun.
    pub session: Session,
    /// The page that had asked.
    pub redirect_to: RedirectTo,
    /// Cookies to set with that answer.
    pub cookies: Vec<SetCookie>,
}

/// Builds the authorization request (OpenID Connect Core §3.1.2.1).
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

/// Exchanges the code and verifies the ID token (OpenID Connect Core
/// §3.1.3).
pub(crate) async fn exchange(
    code: String,
    pending: &PendingSignIn,
    provider: Arc<Provider>,
    providers: &ProviderCache,
    http: &ProviderHttp,
    config: &Config,
    now: impl Fn() -> OffsetDateTime,
) -> Result<(VerifiedIdToken, TokenSet), AuthError> {
    let client = client(&provider, config)?;
    let mut request = client
        .exchange_code(AuthorizationCode::new(code))
        .map_err(|error| AuthError::Discovery(error.to_string()))?
        .set_pkce_verifier(PkceCodeVerifier::new(pending.verifier.clone()));
    for (name, value) in assertion(config, now())? {
        request = request.add_extra_param(name, value);
    }
    let response = request
        .request_async(http)
        .await
        .map_err(|error| token_request_failed(error, AuthError::InvalidGrant))?;
    let id_token = response
        .id_token()
        .ok_or_else(|| AuthError::InvalidAnswer("it has no ID token".to_owned()))?;
    let expected = Expected {
        occasion: GrantType::SignIn,
        nonce: &pending.nonce,
        started_at: pending.started_at,
        authenticated_since: pending.authenticated_since,
        access_token: response.access_token(),
        now: now(),
    };
    let verified = id_token::verify(id_token, &provider, providers, config, &expected).await?;
    let tokens = TokenSet::of_sign_in(
        &response,
        verified.sub.clone(),
        pending.nonce.clone(),
        expected.now,
    );
    Ok((verified, tokens))
}
