//! The sessions of the user: lists and ends them.

use auth_core::{Auth, AuthError, Session, SessionHandle, SessionInfo, SessionsEnded};

use super::RequestSession;

impl RequestSession {
    /// Returns the sessions of the signed-in user, last used first.
    ///
    /// # Errors
    ///
    /// [`AuthError::NotSignedIn`] if nobody is signed in, or
    /// [`AuthError::Store`] if the store cannot be reached.
    pub async fn sessions(&self) -> Result<Vec<SessionInfo>, AuthError> {
        let session = self.get().await?.ok_or(AuthError::NotSignedIn)?;
        self.auth().sessions(&session).await
    }

    /// Ends one session of the user. If it is the session of this request, the
    /// result holds the cookies to set.
    ///
    /// # Errors
    ///
    /// [`AuthError::NotSignedIn`] if nobody is signed in,
    /// [`AuthError::CrossSiteRequest`] if a page of another site sent the
    /// request, or [`AuthError::Store`] if the store cannot be reached.
    pub async fn end_session(&self, handle: SessionHandle) -> Result<SessionsEnded, AuthError> {
        self.end(async |auth, session| auth.end_session(session, handle).await)
            .await
    }

    /// Ends all sessions of the user except this one.
    ///
    /// # Errors
    ///
    /// As [`end_session`](Self::end_session).
    pub async fn end_other_sessions(&self) -> Result<SessionsEnded, AuthError> {
        self.end(async |auth, session| auth.end_other_sessions(session).await)
            .await
    }

    /// Ends all sessions of the user, this one included.
    ///
    /// # Errors
    ///
    /// As [`end_session`](Self::end_session).
    pub async fn end_all_sessions(&self) -> Result<SessionsEnded, AuthError> {
        self.end(async |auth, session| auth.end_all_sessions(session).await)
            .await
    }

    async fn end(
        &self,
        end: impl AsyncFnOnce(&Auth, &Session) -> Result<SessionsEnded, AuthError>,
    ) -> Result<SessionsEnded, AuthError> {
        self.refuse_sender(|_| true)?;
        let session = self.get().await?.ok_or(AuthError::NotSignedIn)?;
        let ended = end(self.auth(), &session).await?;
        if ended.includes_current {
            self.supersede();
        }
        Ok(ended)
    }
}
