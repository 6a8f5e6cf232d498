//! Claims that follow what changes at the provider: roles, memberships, names.

use crate::{
    Auth, AuthError, Session, SessionIdHash, StoreError, WriteOutcome, id_token::VerifiedIdToken,
    session, tokens::RefreshPurpose,
};

/// How often a session's envelope is tried to be replaced: it changes seldom.
const TRIES: usize = 5;

impl Auth {
    /// Has the provider tell anew who the user is, and which roles and
    /// organizations they have: after a membership changed, say. Gives the
    /// session with the new claims; every later request sees them too. Tokens
    /// for APIs and organizations are fetched anew when they are next asked
    /// for.
    ///
    /// Claims are renewed with every access token as well, which is about once
    /// an hour while tokens are asked for.
    ///
    /// # Errors
    ///
    /// As [`access_token`](Self::access_token).
    pub async fn refresh_claims(&self, session: &Session) -> Result<Session, AuthError> {
        let key = session.key;
        self.renew_for_userinfo(&key).await?;
        self.stored_session(key)
            .await?
            .map(|(session, _)| session)
            .ok_or(AuthError::NotSignedIn)
    }

    /// Writes what a refresh's ID token says into the session. Where claims
    /// were not what it was for, a failure is no failure of the refresh.
    pub(crate) async fn renew_claims(
        &self,
        key: SessionIdHash,
        token: VerifiedIdToken,
        goal: &RefreshPurpose,
    ) -> Result<(), AuthError> {
        match (self.write_claims(key, &token).await, goal) {
            (Err(error), RefreshPurpose::Token(_)) => {
                tracing::warn!(?key, %error, "new claims could not be stored");
                Ok(())
            }
            (done, _) => done,
        }
    }

    async fn write_claims(
        &self,
        key: SessionIdHash,
        token: &VerifiedIdToken,
    ) -> Result<(), AuthError> {
        let inner = self.inner();
        for _ in 0..TRIES {
            let Some((session, stored)) = self.stored_session(key).await? else {
                return Err(AuthError::NotSignedIn);
            };
            let new = session::renewed(&session, token, &inner.config, &inner.keyring)?;
            let Some(new) = new else {
                return Ok(());
            };
            if inner
                .store
                .compare_and_swap(&key, &stored.sealed, &new)
                .await?
                == WriteOutcome::Applied
            {
                return Ok(());
            }
        }
        Err(StoreError::new("the session changes too often to take new claims").into())
    }
}
