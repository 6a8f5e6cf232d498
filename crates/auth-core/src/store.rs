//! Where sessions are kept, as a port. It is given keys and envelopes; it
//! never sees a cookie, a claim or a token.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::SessionKey;

/// A session to insert.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NewSession {
    /// The session's key.
    pub key: SessionKey,
    /// The sealed session.
    pub sealed: Vec<u8>,
    /// The sealed tokens, for a row of their own: they change when sessions do
    /// not, and the other way round.
    pub sealed_tokens: Vec<u8>,
    /// When the session ends; whole seconds, in UTC.
    pub expires_at: OffsetDateTime,
}

impl NewSession {
    /// A session to insert, for stores' tests: [`crate::Auth`] makes the real
    /// ones.
    pub fn new(
        key: SessionKey,
        sealed: Vec<u8>,
        sealed_tokens: Vec<u8>,
        expires_at: OffsetDateTime,
    ) -> Self {
        Self {
            key,
            sealed,
            sealed_tokens,
            expires_at,
        }
    }
}

/// A session as the store has it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredSession {
    /// What [`NewSession::sealed`] was.
    pub sealed: Vec<u8>,
    /// When the session ends.
    pub expires_at: OffsetDateTime,
}

impl StoredSession {
    /// A session read from a store.
    pub fn new(sealed: Vec<u8>, expires_at: OffsetDateTime) -> Self {
        Self { sealed, expires_at }
    }
}

/// Keeps sessions. All methods may be called at once from many tasks and
/// processes.
#[async_trait]
pub trait SessionStore: fmt::Debug + Send + Sync + 'static {
    /// Inserts a session and its tokens, both or neither.
    async fn create(&self, session: NewSession) -> Result<(), StoreError>;

    /// The session of that key, unless it is gone or past its end.
    async fn load(&self, key: &SessionKey) -> Result<Option<StoredSession>, StoreError>;

    /// Moves a session's end from `from` to `to`. Does nothing when its end is
    /// no longer `from` (another request was quicker) or the session is gone:
    /// it never brings one back.
    async fn extend(
        &self,
        key: &SessionKey,
        from: OffsetDateTime,
        to: OffsetDateTime,
    ) -> Result<(), StoreError>;

    /// Ends a session and gives its sealed tokens, so that they can be
    /// revoked; `None` when there was none.
    async fn delete(&self, key: &SessionKey) -> Result<Option<Vec<u8>>, StoreError>;
}

/// The store failed; try again later.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct StoreError(#[source] Arc<dyn std::error::Error + Send + Sync>);

impl StoreError {
    /// Wraps the store's own error.
    pub fn new(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(Arc::from(error.into()))
    }
}
