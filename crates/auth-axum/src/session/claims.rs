//! Current claims of the user of a request.

use std::{borrow::Cow, sync::Arc, time::Duration};

use auth_core::{AccessToken, AccessTokenRequest, AuthError, Session};

use super::RequestSession;

/// The user's current claims and permissions.
impl RequestSession {
    /// Fetches the user's claims from the provider again. This request and all
    /// later ones see the new claims.
    ///
    /// # Errors
    ///
    /// Those of [`Auth::refresh_claims`](auth_core::Auth::refresh_claims);
    /// otherwise like [`access_token`](Self::access_token).
    pub async fn refresh_claims(&self) -> Result<Arc<Session>, AuthError> {
        let session = self
            .with_session(async |auth, session| auth.refresh_claims(session).await)
            .await
            .map(Arc::new)?;
        self.set_renewed(Arc::clone(&session));
        Ok(session)
    }

    /// Returns the session with claims that are at most `max_age` old, for
    /// decisions about who gets in. Waits if they have to be fetched; this request
    /// and all later ones see them.
    ///
    /// # Errors
    ///
    /// Those of [`Auth::fresh_claims`](auth_core::Auth::fresh_claims). Whatever
    /// fails, let nobody in.
    pub async fn fresh_claims(&self, max_age: Duration) -> Result<Arc<Session>, AuthError> {
        let fresh = self
            .with_session(async |auth, session| {
                let fresh = auth.fresh_claims(session, max_age).await?;
                Ok(match fresh {
                    Cow::Borrowed(_) => None,
                    Cow::Owned(session) => Some(Arc::new(session)),
                })
            })
            .await?;
        if let Some(fresh) = fresh {
            self.set_renewed(Arc::clone(&fresh));
            return Ok(fresh);
        }
        self.get().await?.ok_or(AuthError::NotSignedIn)
    }

    /// Returns an access token that was issued at most `max_age` ago, for
    /// decisions that its scopes make.
    ///
    /// # Errors
    ///
    /// Those of [`Auth::fresh_access_token`](auth_core::Auth::fresh_access_token).
    pub async fn fresh_access_token(
        &self,
        wanted: &AccessTokenRequest,
        max_age: Duration,
    ) -> Result<AccessToken, AuthError> {
        self.with_session(async |auth, session| {
            auth.fresh_access_token(session, wanted, max_age).await
        })
        .await
    }
}
