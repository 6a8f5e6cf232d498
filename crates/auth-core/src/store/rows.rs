//! What a store reads and writes: rows of sessions and tokens, and the outcomes
//! of conditional writes.

use time::OffsetDateTime;

use super::ids::{ProviderSessionIdHash, SessionIdHash, UserIdHash};

/// A session to insert. Times are whole seconds, in UTC.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NewSession {
    /// The keyed hash of the session's id: the key of its row.
    pub key: SessionIdHash,
    /// The user whose session it is.
    pub user: UserIdHash,
    /// The session of the provider in which the user signed in, if known.
    pub provider_session: Option<ProviderSessionIdHash>,
    /// The sealed session.
    pub sealed: Vec<u8>,
    /// The sealed tokens. They belong into a row of their own, because tokens and
    /// sessions change at different times.
    pub sealed_tokens: Vec<u8>,
    /// The sealed description of the device on which the user signed in.
    pub sealed_device: Vec<u8>,
    /// When the user signed in.
    pub begun_at: OffsetDateTime,
    /// When the session ends.
    pub expires_at: OffsetDateTime,
}

impl NewSession {
    /// Creates a session to insert, for tests of stores.
    /// [`Auth`](crate::Auth) creates the real ones.
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

    /// Sets the session of the provider in which the user signed in.
    #[must_use]
    pub fn of_provider_session(mut self, key: ProviderSessionIdHash) -> Self {
        self.provider_session = Some(key);
        self
    }
}

/// The part of a session that every request reads.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredSession {
    /// The sealed session.
    pub sealed: Vec<u8>,
    /// When the session ends.
    pub expires_at: OffsetDateTime,
}

impl StoredSession {
    /// Creates the value from what a store has read.
    pub fn new(sealed: Vec<u8>, expires_at: OffsetDateTime) -> Self {
        Self { sealed, expires_at }
    }
}

/// The complete rows of a session, for lists of sessions and for sealing again.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionRow {
    /// The keyed hash of the session's id: the key of its row.
    pub key: SessionIdHash,
    /// The sealed session.
    pub sealed: Vec<u8>,
    /// The sealed tokens.
    pub sealed_tokens: Vec<u8>,
    /// The sealed description of the device on which the user signed in.
    pub sealed_device: Vec<u8>,
    /// When the user signed in.
    pub begun_at: OffsetDateTime,
    /// When the session was last extended.
    pub used_at: OffsetDateTime,
    /// When the session ends.
    pub expires_at: OffsetDateTime,
}

impl SessionRow {
    /// Creates the row of a session that was just inserted.
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
/// version that it replaces.
pub type TokensVersion = i64;

/// The tokens of a session, as a store keeps them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredTokens {
    /// The sealed tokens.
    pub sealed: Vec<u8>,
    /// The version of the tokens.
    pub version: TokensVersion,
}

impl StoredTokens {
    /// Creates the value from what a store has read.
    pub fn new(sealed: Vec<u8>, version: TokensVersion) -> Self {
        Self { sealed, version }
    }
}

/// The holder of a lease: a random number, drawn for each refresh.
pub type LeaseHolder = i64;

/// Whether a lease was granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaseOutcome {
    /// No other holder gets the lease until it is released or lapses.
    Granted,
    /// Another holder has the lease, or the tokens are gone or have another version.
    Denied,
}

/// Whether a conditional write was carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteOutcome {
    /// The write was carried out.
    Applied,
    /// Nothing was written: the row to replace is gone or has changed, or the row
    /// to insert must not be inserted.
    NotApplied,
}

/// Which sessions of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserSessions {
    /// Only this one.
    One(SessionIdHash),
    /// All except this one.
    AllExcept(SessionIdHash),
    /// All.
    All,
}

/// A session that was ended, with its sealed tokens, so that they can be revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EndedSession {
    /// The keyed hash of the session's id: the key of its row.
    pub key: SessionIdHash,
    /// The sealed tokens.
    pub sealed_tokens: Vec<u8>,
}

impl EndedSession {
    /// Creates the value from what a store has deleted.
    pub fn new(key: SessionIdHash, sealed_tokens: Vec<u8>) -> Self {
        Self { key, sealed_tokens }
    }
}
