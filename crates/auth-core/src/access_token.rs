//! Access tokens of a session's user, and what they say.

use crate::{
    AccessToken, AccessTokenRejected, AccessTokenRequest, Auth, AuthError, Session,
    VerifiedAccessToken, tokens::RefreshPurpose,
};

impl Auth {
    /// An access token of the session's user: the one at hand, or a new one if
    /// there is none or it has ended or is about to. The token stays on the
    /// server.
    ///
    /// # Errors
    ///
    /// - [`AuthError::NotSignedIn`] when the session has ended meanwhile;
    /// - [`AuthError::SessionEnded`] when the provider ended the grant (it was
    ///   revoked, the user suspended or deleted): the session has then been
    ///   ended here too;
    /// - [`AuthError::NoRefreshToken`] when a token is needed and no refresh
    ///   token was issued to get it with;
    /// - [`AuthError::UnknownResource`] for an API that Logto does not know or
    ///   that the sign-in did not name;
    /// - [`AuthError::NotAMember`] for an organization that the user is not a
    ///   member of;
    /// - [`AuthError::ScopeMissing`] when the sign-in did not ask for a scope
    ///   that this takes;
    /// - when provider or store cannot be reached, and the token has ended. The
    ///   session stays.
    pub async fn access_token(
        &self,
        session: &Session,
        wanted: &AccessTokenRequest,
    ) -> Result<AccessToken, AuthError> {
        let key = session.key;
        let (tokens, stored) = self.tokens(&key).await?.ok_or(AuthError::NotSignedIn)?;
        let now = self.now();
        let issued = tokens.issued(wanted).filter(|issued| issued.is_valid(now));
        if let Some(issued) = issued.filter(|issued| !issued.is_due(now)) {
            return Ok(issued.to_access_token());
        }
        if tokens.refresh_token.is_none() {
            if let Some(issued) = issued {
                return Ok(issued.to_access_token());
            }
            tracing::warn!(?key, "{}", AuthError::NoRefreshToken);
            return Err(AuthError::NoRefreshToken);
        }
        let refresh = self.renewed(key, stored.version, RefreshPurpose::Token(wanted.clone()));
        if let Some(issued) = issued {
            // It is good for this request, whatever comes of the refresh.
            return Ok(issued.to_access_token());
        }
        refresh.await
    }

    /// What an access token of the session's user says: its scope, its end, the
    /// claims of one's own. Verified as the API does it.
    ///
    /// # Errors
    ///
    /// As [`access_token`](Self::access_token); [`AuthError::OpaqueToken`] for
    /// the token of the userinfo endpoint, which says nothing to anybody else.
    pub async fn access_token_claims(
        &self,
        session: &Session,
        wanted: &AccessTokenRequest,
    ) -> Result<VerifiedAccessToken, AuthError> {
        let audience = wanted.audience().ok_or(AuthError::OpaqueToken)?;
        let token = self.access_token(session, wanted).await?;
        self.access_token_verifier(audience)
            .verify(token.expose())
            .await
            .map_err(|rejected| match rejected {
                AccessTokenRejected::Unavailable(error) => error,
                AccessTokenRejected::Malformed => AuthError::OpaqueToken,
                other => AuthError::InvalidAnswer(other.to_string()),
            })
    }
}
