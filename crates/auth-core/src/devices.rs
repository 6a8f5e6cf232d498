//! The user's own sessions: on which devices they are signed in, and signing
//! out of them.

use std::{fmt, str::FromStr};

use time::OffsetDateTime;

use crate::{
    Auth, AuthError, EndedSession, Session, SessionIdHash, SessionRow, SetCookie, StoreError,
    UserSessions, device::Device, seal::Purpose, session::absolute_end,
};

/// The most sessions listed: a page of them.
const MOST: u32 = 100;

/// By what name a session stands in a list, hexadecimal. It is no secret of
/// the session's: nobody can make a cookie from it, and a user can end by it
/// only what is their own.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionHandle(pub(crate) SessionIdHash);

impl fmt::Display for SessionHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(*self.0.as_bytes()))
    }
}

impl fmt::Debug for SessionHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is no [`SessionHandle`]: 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no session's id: 32 hexadecimal digits")]
#[non_exhaustive]
pub struct InvalidSessionHandle;

impl FromStr for SessionHandle {
    type Err = InvalidSessionHandle;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // `from_str_radix` would take a sign.
        if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(InvalidSessionHandle);
        }
        u128::from_str_radix(text, 16)
            .map(|number| Self(SessionIdHash::from_bytes(number.to_be_bytes())))
            .map_err(|_| InvalidSessionHandle)
    }
}

/// A session of the user's: where and when they are signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionInfo {
    /// To sign out of it.
    pub id: SessionHandle,
    /// Whether it is the session of this request.
    pub is_current: bool,
    /// The browser, coarsely, as in *Firefox on Linux*.
    pub name: String,
    /// From which address the user signed in, where it is known.
    pub address: Option<String>,
    /// When the user signed in.
    pub signed_in_at: OffsetDateTime,
    /// When it was last used, as exactly as
    /// [`extend_after`](crate::ConfigBuilder::extend_after) writes it.
    pub last_used_at: OffsetDateTime,
    /// When it ends if it is not used again.
    pub expires_at: OffsetDateTime,
}

/// Sessions were ended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SessionsEnded {
    /// How many.
    pub ended: usize,
    /// Whether the session of this request is among them.
    pub includes_current: bool,
    /// Cookies to set with the answer.
    pub cookies: Vec<SetCookie>,
}

impl Auth {
    /// The sessions of the user of this one, last used first; a hundred at
    /// most.
    ///
    /// # Errors
    ///
    /// When the store cannot be reached.
    pub async fn sessions(&self, session: &Session) -> Result<Vec<SessionInfo>, AuthError> {
        let user = self.user_id_hash(session).await?;
        let rows = self.inner().store.list_for_user(&user, MOST).await?;
        let now = self.now();
        Ok(rows
            .iter()
            .filter(|row| absolute_end(row.begun_at, &self.inner().config) > now)
            .map(|row| self.device(row, Some(session.key)))
            .collect())
    }

    /// Ends one session of the user, on every server at once. Its refresh
    /// token is revoked in the background. A handle of another user's session
    /// ends nothing.
    ///
    /// # Errors
    ///
    /// [`AuthError::Store`] if the store cannot be reached. Nothing has been
    /// ended then.
    pub async fn end_session(
        &self,
        session: &Session,
        handle: SessionHandle,
    ) -> Result<SessionsEnded, AuthError> {
        self.end_own(session, UserSessions::One(handle.0)).await
    }

    /// Ends all sessions of the user except this one.
    ///
    /// # Errors
    ///
    /// As [`end_session`](Self::end_session).
    pub async fn end_other_sessions(&self, session: &Session) -> Result<SessionsEnded, AuthError> {
        self.end_own(session, UserSessions::AllExcept(session.key))
            .await
    }

    /// Ends all sessions of the user, this one included.
    ///
    /// # Errors
    ///
    /// As [`end_session`](Self::end_session).
    pub async fn end_all_sessions(&self, session: &Session) -> Result<SessionsEnded, AuthError> {
        self.end_own(session, UserSessions::All).await
    }

    async fn end_own(
        &self,
        session: &Session,
        which: UserSessions,
    ) -> Result<SessionsEnded, AuthError> {
        let user = self.user_id_hash(session).await?;
        let auth = self.clone();
        // On a task of its own: a browser that closes the connection must not
        // leave refresh tokens alive that nobody knows any more.
        let ended = self.inner().tasks.spawn(async move {
            let ended = auth.inner().store.delete_for_user(&user, which).await?;
            let keys: Vec<SessionIdHash> = ended.iter().map(|ended| ended.key).collect();
            auth.revoke_in_background(ended.into_iter().map(EndedSession::into_parts).collect());
            Ok::<_, StoreError>(keys)
        });
        let ended = ended
            .await
            .map_err(|_| StoreError::new("ending sessions broke off"))??;
        let names = &self.inner().names;
        let includes_current = ended.contains(&session.key);
        Ok(SessionsEnded {
            ended: ended.len(),
            includes_current,
            cookies: includes_current
                .then(|| names.remove(&names.session))
                .into_iter()
                .collect(),
        })
    }

    /// What a row tells of a device.
    pub(crate) fn device(&self, row: &SessionRow, current: Option<SessionIdHash>) -> SessionInfo {
        let key = row.key;
        let device = self
            .inner()
            .keyring
            .open(Purpose::Device, key.as_bytes(), &row.sealed_device)
            .unwrap_or_else(|reason| {
                tracing::warn!(?key, %reason, "a device's envelope does not open");
                Device::unknown()
            });
        SessionInfo {
            id: SessionHandle(key),
            is_current: current == Some(key),
            name: device.to_string(),
            address: device.address.map(|address| address.to_string()),
            signed_in_at: row.begun_at,
            last_used_at: row.used_at,
            expires_at: row.expires_at,
        }
    }

    async fn user_id_hash(&self, session: &Session) -> Result<crate::UserIdHash, AuthError> {
        let sub = session.sub();
        Ok(self.id_hasher().await?.user(sub))
    }
}
