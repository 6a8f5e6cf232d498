//! The refresh token grant (RFC 6749 §6, OpenID Connect Core §12): the request
//! and the validation of its answer.

use openidconnect::{OAuth2TokenResponse as _, RefreshToken, TokenResponse as _};

use super::{
    request::RefreshPurpose,
    revoke,
    set::{IdTokenState, TokenSet},
};
use crate::{
    context::{Context, Shared},
    error::AuthError,
    jwt::id_token::{self, Expected, GrantType, VerifiedIdToken},
    provider::{
        client_authentication::assertion,
        token_endpoint::{client, token_request_failed},
    },
};

/// Sends the refresh token and validates the answer. Returns the new tokens
/// and, if the answer has an ID token with all of the user's claims and it is
/// valid, that ID token.
pub(crate) async fn refresh(
    context: &Context,
    old: &TokenSet,
    purpose: &RefreshPurpose,
) -> Result<(TokenSet, Option<VerifiedIdToken>), AuthError> {
    let Shared {
        config,
        http,
        provider: providers,
        ..
    } = &**context;
    let provider = providers.get().await?;
    let started_at = context.now();
    let wanted = purpose.request();
    let refresh_token = old
        .refresh_token
        .as_ref()
        .ok_or(AuthError::NoRefreshToken)?;
    let refresh_token = RefreshToken::new(refresh_token.to_string());
    let client = client(&provider, config)?;
    let mut request = client
        .exchange_refresh_token(&refresh_token)
        .map_err(|error| AuthError::Discovery(error.to_string()))?;
    for (name, value) in wanted
        .parameters()
        .into_iter()
        .chain(assertion(&config.credentials, started_at)?)
    {
        request = request.add_extra_param(name, value);
    }
    let response = request
        .request_async(http)
        .await
        .map_err(|error| wanted.interpret(token_request_failed(error, AuthError::SessionEnded)))?;
    let now = context.now();
    let refreshed = |id_token| old.refreshed(&response, purpose, id_token, now);
    let Some(id_token) = response.id_token() else {
        return Ok((refreshed(IdTokenState::Unverified), None));
    };
    let expected = Expected {
        grant_type: GrantType::Refresh { sub: &old.sub },
        nonce: &old.nonce,
        started_at: started_at.unix_timestamp(),
        authenticated_since: None,
        acr_values: &[],
        access_token: response.access_token(),
        now,
    };
    match id_token::verify(id_token, &provider, providers, config, &expected).await {
        Ok(verified) => {
            // A request for some scopes only yields an ID token with some
            // claims only.
            let has_all_claims = wanted.scopes().next().is_none();
            Ok((
                refreshed(IdTokenState::Verified),
                has_all_claims.then_some(verified),
            ))
        }
        // Its key cannot be fetched now. The tokens still came from the
        // provider, over TLS, and would be lost.
        Err(error @ (AuthError::Unreachable { .. } | AuthError::Discovery(_))) => {
            tracing::warn!(
                %error,
                "cannot verify the ID token of a refresh; keeping the new access token without it"
            );
            Ok((refreshed(IdTokenState::Unverified), None))
        }
        Err(error) => {
            let new = refreshed(IdTokenState::Unverified);
            // If the refresh token is the same, the session continues with it.
            if new.refresh_token != old.refresh_token {
                revoke::revoke(context, &new).await;
            }
            Err(error)
        }
    }
}
