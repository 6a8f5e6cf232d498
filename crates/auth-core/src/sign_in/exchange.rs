//! The exchange of the code for tokens, at the token endpoint.

use std::sync::Arc;

use time::OffsetDateTime;

use super::pending::PendingSignIn;
use crate::{
    context::Context,
    error::AuthError,
    jwt::id_token::{self, Expected, GrantType, VerifiedIdToken},
    provider::{
        metadata::Provider,
        queue::RequestKind,
        token_endpoint::{request_tokens, token_request_failed},
    },
    tokens::set::TokenSet,
};

/// Exchanges the code for tokens and verifies the ID token (OpenID Connect Core
/// §3.1.3). `asked_at` is now, by the store's clock.
pub(crate) async fn exchange(
    context: &Context,
    provider: &Arc<Provider>,
    code: String,
    pending: &PendingSignIn,
    asked_at: OffsetDateTime,
) -> Result<(VerifiedIdToken, TokenSet), AuthError> {
    let config = &context.config;
    let redirect_uri = config.redirect_uri();
    let parameters = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", &redirect_uri),
        ("code_verifier", &pending.verifier),
    ];
    let credentials = &config.credentials;
    let response = request_tokens(
        &context.http.sending(RequestKind::Code),
        provider,
        credentials,
        &parameters,
        context.now(),
    )
    .await
    .map_err(|error| token_request_failed(error, AuthError::InvalidGrant))?;
    let id_token = response.id_token.as_deref().ok_or_else(|| {
        AuthError::InvalidAnswer("the token response: it has no id_token".to_owned())
    })?;
    let expected = Expected {
        grant_type: GrantType::SignIn,
        nonce: &pending.nonce,
        started_at: pending.started_at,
        authenticated_since: pending.authenticated_since,
        acr_values: &pending.acr_values,
        access_token: &response.access_token,
        now: context.now(),
    };
    let providers = &context.provider;
    let verified = id_token::verify(id_token, provider, providers, config, &expected).await?;
    let tokens = TokenSet::of_sign_in(
        &response,
        verified.sub.clone(),
        pending.nonce.clone(),
        asked_at,
    );
    Ok((verified, tokens))
}
