//! The refresh token grant (RFC 6749 §6, OpenID Connect Core §12): the request
//! and the validation of its answer.

use super::{
    request::RefreshPurpose,
    revoke,
    set::{IdTokenState, TokenSet},
};
use crate::{
    context::{Context, Shared},
    error::AuthError,
    jwt::id_token::{self, Expected, GrantType, Unverified},
    provider::{
        outage::Attempt,
        queue::RequestKind,
        token_endpoint::{outage_hint, request_tokens, token_request_failed},
    },
    session::{claims_age::AskedAt, renewed_claims::RenewedClaims},
};

/// A valid answer to a refresh.
pub(crate) struct Refreshed {
    pub(crate) tokens: TokenSet,
    pub(crate) claims: RefreshedClaims,
}

/// What an answer to a refresh says about the user.
pub(crate) enum RefreshedClaims {
    /// All of the user's claims, verified.
    Renewed(RenewedClaims),
    /// Nothing, or only some claims: the answer has no ID token, or was for some
    /// scopes.
    Missing,
    /// The ID token could not be verified, because the provider's keys cannot be
    /// fetched.
    NoKeys(AuthError),
    /// The ID token is out of time, and is right otherwise: perhaps this server's
    /// clock is wrong.
    OutOfTime(AuthError),
}

/// Sends the refresh token and validates the answer.
pub(crate) async fn refresh(
    context: &Context,
    old: &TokenSet,
    purpose: &RefreshPurpose,
    attempt: &mut Attempt,
) -> Result<Refreshed, AuthError> {
    let Shared {
        config,
        provider: providers,
        ..
    } = &**context;
    let provider = providers.get().await?;
    let (started_at, asked_at) = (context.now(), context.store_now());
    let wanted = purpose.request();
    let refresh_token = old
        .refresh_token
        .as_ref()
        .ok_or(AuthError::NoRefreshToken)?;
    let wanted_parameters = wanted.parameters();
    let parameters: Vec<_> = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token.as_str()),
    ]
    .into_iter()
    .chain(
        wanted_parameters
            .iter()
            .map(|(name, value)| (*name, value.as_str())),
    )
    .collect();
    let http = context.http.sending(RequestKind::Refresh);
    attempt.sent();
    let credentials = &config.credentials;
    let response = request_tokens(&http, &provider, credentials, &parameters, started_at)
        .await
        .map_err(|error| {
            attempt.note(outage_hint(&error));
            wanted.interpret(token_request_failed(error, AuthError::SessionEnded))
        })?;
    let now = context.now();
    let refreshed = |id_token, claims| Refreshed {
        tokens: old.refreshed(&response, purpose, id_token, asked_at),
        claims,
    };
    let Some(id_token) = response.id_token.as_deref() else {
        return Ok(refreshed(
            IdTokenState::Unverified,
            RefreshedClaims::Missing,
        ));
    };
    let expected = Expected {
        grant_type: GrantType::Refresh { sub: &old.sub },
        nonce: &old.nonce,
        started_at: started_at.unix_timestamp(),
        authenticated_since: None,
        acr_values: &[],
        access_token: &response.access_token,
        now,
    };
    match id_token::verify(id_token, &provider, providers, config, &expected).await {
        Ok(id_token) => {
            // A request for some scopes only yields an ID token with some
            // claims only.
            let claims = if wanted.scopes().next().is_none() {
                RefreshedClaims::Renewed(RenewedClaims {
                    id_token,
                    asked_at: AskedAt::new(asked_at),
                })
            } else {
                RefreshedClaims::Missing
            };
            Ok(refreshed(IdTokenState::Verified, claims))
        }
        // The tokens still came from the provider, over TLS, and would be lost; and
        // with them the session on the servers whose clocks are right.
        Err(Unverified::NoKeys(error)) => Ok(refreshed(
            IdTokenState::Unverified,
            RefreshedClaims::NoKeys(kept(error)),
        )),
        Err(Unverified::OutOfTime(error)) => Ok(refreshed(
            IdTokenState::Unverified,
            RefreshedClaims::OutOfTime(kept(error)),
        )),
        Err(Unverified::Invalid(error)) => {
            let new = refreshed(IdTokenState::Unverified, RefreshedClaims::Missing).tokens;
            // If the refresh token is the same, the session continues with it.
            if new.refresh_token != old.refresh_token {
                revoke::revoke(context, &new).await;
            }
            Err(error)
        }
    }
}

/// Logs why tokens are kept without their ID token.
fn kept(error: AuthError) -> AuthError {
    tracing::warn!(
        %error,
        "cannot verify the ID token of a refresh; keeping the new access token without it"
    );
    error
}
