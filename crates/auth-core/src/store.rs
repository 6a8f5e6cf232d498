//! Where sessions are kept, as a port. It is given keys and envelopes; it
//! never sees a cookie, a claim or a token.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::{
    ProviderLogout, ProviderLogoutOutcome, ProviderSessionIdHash, SealingKeyId, SessionIdHash,
    UserIdHash,
};

/// A session to insert. Times are whole seconds, in UTC.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NewSession {
    /// The session's key.
    pub key: SessionIdHash,
    /// Whose session it is.
    pub user: UserIdHash,
    /// In which of the provider's own sessions the user signed in, where it
    /// said so.
    pub provider_session: Option<ProviderSessionIdHash>,
    /// The sealed session.
    pub sealed: Vec<u8>,
    /// The sealed tokens, for a row of their own: they change when sessions do
    /// not, and the other way round.
    pub sealed_tokens: Vec<u8>,
    /// The sealed description of the browser that signed in.
    pub sealed_device: Vec<u8>,
    /// When the user signed in.
    pub begun_at: OffsetDateTime,
    /// When the session ends.
    pub expires_at: OffsetDateTime,
}

impl NewSession {
    /// A session to insert, for stores' tests: [`crate::Auth`] makes the real
    /// ones.
    pub fn new(
        key: SessionIdHash,
        user: UserIdHash,
        sealed: Vec<u8>,
        sealed_tokens: Vec<u8>,
        begun_at: OffsetDateTime,
        expires_at: OffsetDateTime,
    ) -> Self {
        Self {
            key,
            user,
            provider_session: None,
            sealed,
            sealed_tokens,
            sealed_device: Vec::new(),
            begun_at,
            expires_at,
        }
    }

    /// The session, begun in this session of the provider's.
    #[must_use]
    pub fn of_provider_session(mut self, key: ProviderSessionIdHash) -> Self {
        self.provider_session = Some(key);
        self
    }
}

/// A session as the store has it: what every request reads.
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

/// All that the store has of a session, for lists of devices and for sealing
/// anew.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionRow {
    /// The session's key.
    pub key: SessionIdHash,
    /// The sealed session.
    pub sealed: Vec<u8>,
    /// The sealed tokens.
    pub sealed_tokens: Vec<u8>,
    /// The sealed description of the browser.
    pub sealed_device: Vec<u8>,
    /// When the user signed in.
    pub begun_at: OffsetDateTime,
    /// When the session was last extended.
    pub used_at: OffsetDateTime,
    /// When the session ends.
    pub expires_at: OffsetDateTime,
}

impl SessionRow {
    /// The row of a session just inserted.
    pub fn of(session: NewSession) -> Self {
        Self {
            key: session.key,
            sealed: session.sealed,
            sealed_tokens: session.sealed_tokens,
            sealed_device: session.sealed_device,
            begun_at: session.begun_at,
            used_at: session.begun_at,
            expires_at: session.expires_at,
        }
    }
}

/// How often the tokens of a session have been written. Every write names the
/// version it replaces.
pub type TokensVersion = i64;

/// The tokens of a session, as the store has them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredTokens {
    /// The sealed tokens.
    pub sealed: Vec<u8>,
    /// Which version of them.
    pub version: TokensVersion,
}

impl StoredTokens {
    /// Tokens read from a store.
    pub fn new(sealed: Vec<u8>, version: TokensVersion) -> Self {
        Self { sealed, version }
    }
}

/// Who holds a lease: a random number, drawn for each.
pub type LeaseHolder = i64;

/// Whether a lease was granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaseOutcome {
    /// Nobody else will be granted it until it is released or has lapsed.
    Granted,
    /// Another holds it, or the tokens are gone or of another version.
    Denied,
}

/// Whether a conditional write was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteOutcome {
    /// It was.
    Applied,
    /// What it would have replaced is gone or has changed, or what it would have
    /// inserted is not wanted any more.
    NotApplied,
}

/// Which of a user's sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserSessions {
    /// This one.
    One(SessionIdHash),
    /// All but this one.
    AllExcept(SessionIdHash),
    /// All.
    All,
}

/// A session that was ended, with its sealed tokens, so that they can be
/// revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EndedSession {
    /// The session's key.
    pub key: SessionIdHash,
    /// Its sealed tokens.
    pub sealed_tokens: Vec<u8>,
}

impl EndedSession {
    /// A session that a store has deleted.
    pub fn new(key: SessionIdHash, sealed_tokens: Vec<u8>) -> Self {
        Self { key, sealed_tokens }
    }

    pub(crate) fn into_parts(self) -> (SessionIdHash, Vec<u8>) {
        (self.key, self.sealed_tokens)
    }
}

/// Keeps sessions. All methods may be called at once from many tasks and
/// processes.
///
/// No write but [`create`](Self::create) inserts a session: one that is gone
/// stays gone.
#[async_trait]
pub trait SessionStore: fmt::Debug + Send + Sync + 'static {
    /// Inserts a session and its tokens (version 1), all or nothing.
    ///
    /// [`WriteOutcome::NotApplied`], and nothing is inserted, while a logout of its provider
    /// session is remembered: the provider ended it while the code was being
    /// exchanged. Of this and [`apply_provider_logout`](Self::apply_provider_logout) at
    /// once, one sees what the other did.
    async fn create(&self, session: NewSession) -> Result<WriteOutcome, StoreError>;

    /// The session of that key, unless it is gone or past its end.
    async fn load(&self, key: &SessionIdHash) -> Result<Option<StoredSession>, StoreError>;

    /// Moves a session's end from `from` to `to`, and notes that it was used at
    /// `used_at`. Does nothing when its end is no longer `from` (another
    /// request was quicker) or the session is gone.
    async fn extend(
        &self,
        key: &SessionIdHash,
        from: OffsetDateTime,
        to: OffsetDateTime,
        used_at: OffsetDateTime,
    ) -> Result<(), StoreError>;

    /// Replaces a session's envelope where it still is `old`. Its end, its
    /// tokens and the lease on them stay as they are.
    async fn compare_and_swap(
        &self,
        key: &SessionIdHash,
        old: &[u8],
        new: &[u8],
    ) -> Result<WriteOutcome, StoreError>;

    /// Ends a session and gives its sealed tokens; `None` when there was none.
    async fn delete(&self, key: &SessionIdHash) -> Result<Option<Vec<u8>>, StoreError>;

    /// Ends a session if its tokens are still of that version.
    async fn delete_if_version(
        &self,
        key: &SessionIdHash,
        version: TokensVersion,
    ) -> Result<WriteOutcome, StoreError>;

    /// The tokens of a session, unless it is gone or past its end.
    async fn load_tokens(&self, key: &SessionIdHash) -> Result<Option<StoredTokens>, StoreError>;

    /// Grants `holder` the sole right to renew tokens of that version, for
    /// `length` by the store's own clock: those of several servers differ. Who
    /// holds it may lengthen it by asking again.
    async fn lease_tokens(
        &self,
        key: &SessionIdHash,
        version: TokensVersion,
        holder: LeaseHolder,
        length: Duration,
    ) -> Result<LeaseOutcome, StoreError>;

    /// Gives a lease back before it lapses; does nothing when `holder` has
    /// none.
    async fn release_tokens(
        &self,
        key: &SessionIdHash,
        holder: LeaseHolder,
    ) -> Result<(), StoreError>;

    /// Replaces tokens of `version` by new ones of the next version, and ends
    /// the lease on them.
    async fn save_tokens(
        &self,
        key: &SessionIdHash,
        version: TokensVersion,
        sealed: &[u8],
    ) -> Result<WriteOutcome, StoreError>;

    /// At most `most` sessions of a user, last used first, without those past
    /// their end.
    async fn list_for_user(
        &self,
        user: &UserIdHash,
        most: u32,
    ) -> Result<Vec<SessionRow>, StoreError>;

    /// Ends sessions of a user, and of nobody else.
    async fn delete_for_user(
        &self,
        user: &UserIdHash,
        which: UserSessions,
    ) -> Result<Vec<EndedSession>, StoreError>;

    /// Ends the sessions that the provider logged out and remembers the logout
    /// token, all or nothing. Does nothing when the token is remembered already.
    async fn apply_provider_logout(
        &self,
        logout: &ProviderLogout,
    ) -> Result<ProviderLogoutOutcome, StoreError>;

    /// At most `most` sessions with keys greater than `after`, in the order of
    /// their keys, without those past their end: a page of all there are.
    async fn list_page(
        &self,
        after: Option<SessionIdHash>,
        most: u32,
    ) -> Result<Vec<SessionRow>, StoreError>;

    /// Replaces the envelopes of `old` by those of `new`, each only where it
    /// still is the old one. Versions and leases stay as they are: the content
    /// is the same.
    async fn reseal(&self, old: &SessionRow, new: &SessionRow) -> Result<(), StoreError>;

    /// The key of the keyed hashes, once for each secret it is sealed with, in
    /// the order in which they were kept.
    async fn id_hash_keys(&self) -> Result<Vec<(SealingKeyId, Vec<u8>)>, StoreError>;

    /// Keeps the key of the keyed hashes, unless one sealed with the same
    /// secret is kept already.
    async fn insert_id_hash_key(
        &self,
        sealed_with: SealingKeyId,
        sealed: &[u8],
    ) -> Result<(), StoreError>;

    /// Keeps this one and forgets all that [`insert_id_hash_key`](Self::insert_id_hash_key)
    /// kept, at once.
    async fn replace_id_hash_keys(
        &self,
        sealed_with: SealingKeyId,
        sealed: &[u8],
    ) -> Result<(), StoreError>;
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
