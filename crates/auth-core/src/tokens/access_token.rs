//! Access tokens of a session's user, and their claims.

use super::{
    refresh::{self, Refreshes},
    request::{AccessTokenRequest, RefreshPurpose},
    set::IssuedToken,
    stored,
};
use crate::{
    context::Context,
    error::AuthError,
    jwt::{
        access_token,
        verified_access_token::{AccessTokenRejected, VerifiedAccessToken},
    },
    oauth::access_token::AccessToken,
    session::{Renewal, Session},
    store::{ids::SessionIdHash, rows::TokensVersion},
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
    let Stored {
        issued,
        version,
        renewal,
    } = stored(context, id_hash, request).await?;
    if let Some(issued) = &issued
        && !issued.is_due(context.store_now())
    {
        return Ok(issued.to_access_token());
    }
    if renewal == Renewal::Impossible {
        if let Some(issued) = issued {
            return Ok(issued.to_access_token());
        }
        tracing::warn!(session = ?id_hash, "{}", AuthError::NoRefreshToken);
        return Err(AuthError::NoRefreshToken);
    }
    let purpose = RefreshPurpose::Token(request.clone());
    let refresh = refresh::start(context, refreshes, id_hash, version, purpose);
    if let Some(issued) = issued {
        // Still valid for this request, whatever the refresh results in.
        return Ok(issued.to_access_token());
    }
    refresh.await
}

/// What the store has for a request.
pub(crate) struct Stored {
    /// The token, if it has not expired.
    pub(crate) issued: Option<IssuedToken>,
    /// The version of the session's tokens.
    pub(crate) version: TokensVersion,
    /// Whether a new token can be issued.
    pub(crate) renewal: Renewal,
}

/// Reads what the store has for a request.
pub(crate) async fn stored(
    context: &Context,
    id_hash: SessionIdHash,
    request: &AccessTokenRequest,
) -> Result<Stored, AuthError> {
    let (tokens, stored) = stored::load(context, id_hash)
        .await?
        .ok_or(AuthError::NotSignedIn)?;
    let now = context.store_now();
    Ok(Stored {
        issued: tokens
            .issued(request)
            .filter(|issued| issued.is_valid(now))
            .cloned(),
        version: stored.version,
        renewal: tokens.renewal(),
    })
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
        .of_answers()
        .verify(token.expose())
        .await
        .map_err(|rejected| match rejected {
            AccessTokenRejected::Unavailable(error) => error,
            AccessTokenRejected::Malformed => AuthError::OpaqueToken,
            other => AuthError::InvalidAnswer(other.to_string()),
        })
}
