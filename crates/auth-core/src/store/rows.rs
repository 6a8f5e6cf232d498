//! What a store reads and writes: rows of sessions and tokens, and the outcomes
//! of conditional writes.

use time::OffsetDateTime;

use super::ids::{ProviderSessionIdHash, SessionIdHash, UserIdHash};

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
}
