//! Access tokens of a session's user, and their claims.

use super::{
    refresh::{self, Refreshes},
    request::{AccessTokenRequest, RefreshPurpose},
    set::AccessToken,
    stored,
};
use crate::{
    context::Context,
    error::AuthError,
    jwt::{
        access_token::{self, AccessTokenRejected},
        verified_access_token::VerifiedAccessToken,
    },
    session::Session,
};

/// Returns a valid access token: the stored one, or a new one if there is none
/// or it ends soon.
pub(crate) async fn get(
    context: &Context,
    refreshes: &Refreshes,
    session: &Session,
    request: &AccessTokenRequest,
) -> Result<AccessToken, AuthError> {
    let id_hash = session.id_hash;
    let (tokens, stored) = stored::load(context, id_hash)
        .await?
        .ok_or(AuthError::NotSignedIn)?;
    let now = context.now();
    let issued = tokens.issued(request).filter(|issued| issued.is_valid(now));
    if let Some(issued) = issued.filter(|issued| !issued.is_due(now)) {
        return Ok(issued.to_access_token());
    }
    if tokens.refresh_token.is_none() {
        if let Some(issued) = issued {
            return Ok(issued.to_access_token());
        }
        tracing::warn!(session = ?id_hash, "{}", AuthError::NoRefreshToken);
        return Err(AuthError::NoRefreshToken);
    }
    let purpose = RefreshPurpose::Token(request.clone());
    let refresh = refresh::start(context, refreshes, id_hash, stored.version, purpose);
    if let Some(issued) = issued {
        // Still valid for this request, whatever the refresh results in.
        return Ok(issued.to_access_token());
    }
    refresh.await
}

/// Returns the claims of an access token, verified as the API verifies them.
pub(crate) async fn claims(
    context: &Context,
    refreshes: &Refreshes,
    session: &Session,
    request: &AccessTokenRequest,
) -> Result<VerifiedAccessToken, AuthError> {
    let audience = request.audience().ok_or(AuthError::OpaqueToken)?;
    let token = get(context, refreshes, session, request).await?;
    access_token::verifier(context, audience)
        .within_organizations()
        .verify(token.expose())
        .await
        .map_err(|rejected| match rejected {
            AccessTokenRejected::Unavailable(error) => error,
            AccessTokenRejected::Malformed => AuthError::OpaqueToken,
            other => AuthError::InvalidAnswer(other.to_string()),
        })
}
