//! What a store reads and writes: rows of sessions and tokens, and the outcomes
//! of conditional writes.

use std::time::Duration;

use time::OffsetDateTime;

use super::ids::{ProviderSessionIdHash, SessionIdHash, UserIdHash};

/// A session to insert. The store decides when it begins and ends, by its own
/// clock: see [`SessionStore::now`](crate::SessionStore::now).
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
    /// When the provider issued the ID token, by the provider's clock. A logout of
    /// the user at that time or later refuses the session.
    pub issued_at: OffsetDateTime,
    /// When the provider was asked for the claims, by the store's clock. If a change
    /// of the user's claims was reported at that time or later, the session begins
    /// with claims that are known to be old.
    pub claims_asked_at: OffsetDateTime,
    /// How long the session lives if it is not used again, in whole seconds.
    pub lifetime: Duration,
}

impl NewSession {
    /// Creates a session to insert, for tests of stores.
    /// [`Auth`](crate::Auth) creates the real ones. Its ID token counts as issued
    /// in 1970, and its claims as asked for then.
    pub fn new(
        key: SessionIdHash,
        user: UserIdHash,
        sealed: Vec<u8>,
        sealed_tokens: Vec<u8>,
        lifetime: Duration,
    ) -> Self {
        Self {
            key,
            user,
            provider_session: None,
            sealed,
            sealed_tokens,
            sealed_device: Vec::new(),
            issued_at: OffsetDateTime::UNIX_EPOCH,
            claims_asked_at: OffsetDateTime::UNIX_EPOCH,
            lifetime,
        }
    }

    /// Sets when the provider issued the ID token.
    #[must_use]
    pub fn issued_at(mut self, issued_at: OffsetDateTime) -> Self {
        self.issued_at = issued_at;
        self
    }

    /// Sets when the provider was asked for the claims.
    #[must_use]
    pub fn claims_asked_at(mut self, asked_at: OffsetDateTime) -> Self {
        self.claims_asked_at = asked_at;
        self
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
    /// When the store read it, by the store's own clock.
    pub read_at: OffsetDateTime,
    /// Since when its claims are known to be old:
    /// [`SessionStore::apply_user_change`](crate::SessionStore::apply_user_change).
    pub claims_stale_since: Option<OffsetDateTime>,
}

impl StoredSession {
    /// Creates the value from what a store has read.
    pub fn new(sealed: Vec<u8>, expires_at: OffsetDateTime, read_at: OffsetDateTime) -> Self {
        Self {
            sealed,
            expires_at,
            read_at,
            claims_stale_since: None,
        }
    }

    /// Sets since when the claims are known to be old.
    #[must_use]
    pub fn claims_stale_since(mut self, since: Option<OffsetDateTime>) -> Self {
        self.claims_stale_since = since;
        self
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
    /// Creates the row of a session that was inserted at `begun_at`, a time in
    /// whole seconds.
    pub fn of(session: NewSession, begun_at: OffsetDateTime) -> Self {
        Self {
            key: session.key,
            sealed: session.sealed,
            sealed_tokens: session.sealed_tokens,
            sealed_device: session.sealed_device,
            begun_at,
            used_at: begun_at,
            expires_at: begun_at + session.lifetime,
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
    /// As in [`StoredSession`].
    pub claims_stale_since: Option<OffsetDateTime>,
}

impl StoredTokens {
    /// Creates the value from what a store has read.
    pub fn new(sealed: Vec<u8>, version: TokensVersion) -> Self {
        Self {
            sealed,
            version,
            claims_stale_since: None,
        }
    }

    /// Sets since when the session's claims are known to be old.
    #[must_use]
    pub fn claims_stale_since(mut self, since: Option<OffsetDateTime>) -> Self {
        self.claims_stale_since = since;
        self
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
    /// Whether another session may have tokens of the same grant.
    pub grant: GrantUse,
}

/// Whether the tokens of a session that has ended may be revoked: Logto revokes
/// the whole grant with any of its refresh tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GrantUse {
    /// No session that has not ended has tokens of this grant.
    #[default]
    Own,
    /// A session that has not ended may have tokens of this grant.
    MayBeShared,
}

impl EndedSession {
    /// Creates the value from what a store has deleted. Its tokens may be revoked.
    pub fn new(key: SessionIdHash, sealed_tokens: Vec<u8>) -> Self {
        Self {
            key,
            sealed_tokens,
            grant: GrantUse::Own,
        }
    }

    /// Says whether its tokens may be revoked.
    #[must_use]
    pub fn with_grant(mut self, grant: GrantUse) -> Self {
        self.grant = grant;
        self
    }
}
