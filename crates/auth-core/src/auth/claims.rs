//! Current claims of the session's user, and what they allow.

use std::{borrow::Cow, time::Duration};

use super::Auth;
use crate::{
    AccessToken, AccessTokenRequest, AuthError, Session,
    user::{fresh_claims, refresh_claims},
};

/// How old claims and permissions may be where they decide who gets in: ten
/// minutes, unless a guard sets another age.
pub const GUARD_MAX_AGE: Duration = Duration::from_secs(10 * 60);

/// The user's current claims and permissions.
impl Auth {
    /// Fetches the claims of the session's user again, for example after their
    /// roles or organizations changed. Returns the session with the new claims;
    /// later requests see them too. Drops the stored tokens for APIs, and new ones
    /// are fetched when needed. Every refresh of an access token updates the
    /// claims as well, and so does a request to a page if they are older than
    /// [`claims_max_age`](crate::ConfigBuilder::claims_max_age).
    ///
    /// # Errors
    ///
    /// As [`access_token`](Self::access_token).
    pub async fn refresh_claims(&self, session: &Session) -> Result<Session, AuthError> {
        refresh_claims::refresh_claims(self.context(), &self.0.refreshes, session).await
    }

    /// Returns the session with claims that are at most `max_age` old, for
    /// decisions about who gets in: [`GUARD_MAX_AGE`] is what guards use. Costs
    /// nothing if they are. Otherwise fetches them, once for all requests and
    /// servers, and waits for three seconds at most.
    ///
    /// If the provider is down, the claims may be as old as
    /// [`claims_max_stale`](crate::ConfigBuilder::claims_max_stale).
    ///
    /// # Errors
    ///
    /// Whatever fails, let nobody in:
    ///
    /// - [`AuthError::NotSignedIn`] or [`AuthError::SessionEnded`] if the session
    ///   has ended: the provider ended the grant, for example because the user
    ///   was suspended;
    /// - [`AuthError::ClaimsOutdated`] if the session has no refresh token. The
    ///   user has to sign in again;
    /// - [`AuthError::ClaimsUnconfirmed`] if the provider is down, and
    ///   [`AuthError::RefreshBusy`] if this application is too busy. Try again
    ///   later;
    /// - otherwise as [`access_token`](Self::access_token).
    pub async fn fresh_claims<'a>(
        &self,
        session: &'a Session,
        max_age: Duration,
    ) -> Result<Cow<'a, Session>, AuthError> {
        fresh_claims::fresh(self.context(), &self.0.refreshes, session, max_age).await
    }

    /// Returns an access token that was issued at most `max_age` ago, for
    /// decisions that its scopes make. Otherwise like
    /// [`access_token`](Self::access_token), and waits like
    /// [`fresh_claims`](Self::fresh_claims).
    ///
    /// # Errors
    ///
    /// As [`fresh_claims`](Self::fresh_claims) and
    /// [`access_token`](Self::access_token).
    pub async fn fresh_access_token(
        &self,
        session: &Session,
        request: &AccessTokenRequest,
        max_age: Duration,
    ) -> Result<AccessToken, AuthError> {
        let (context, refreshes) = (self.context(), &self.0.refreshes);
        fresh_claims::fresh_access_token(context, refreshes, session, request, max_age).await
    }
}
