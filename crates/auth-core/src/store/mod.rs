//! The store of sessions, as a port. A store gets keyed hashes and sealed envelopes.
//! It never sees a cookie, a claim or a token.

pub(crate) mod error;
pub(crate) mod ids;
pub(crate) mod memory;
pub(crate) mod provider_logout;
pub(crate) mod rows;

use std::{fmt, time::Duration};

use async_trait::async_trait;
use time::OffsetDateTime;

use self::{
    error::StoreError,
    ids::{SealingKeyId, SessionIdHash, UserIdHash},
    provider_logout::{ProviderLogout, ProviderLogoutOutcome},
    rows::{
        EndedSession, LeaseHolder, LeaseOutcome, NewSession, SessionRow, StoredSession,
        StoredTokens, TokensVersion, UserSessions, WriteOutcome,
    },
};

/// Keeps sessions: what a server needs to answer requests. What it needs to list
/// and end the sessions of a user, and to replace `AUTH_SECRET`, is in
/// [`SessionAdmin`].
///
/// Many tasks and processes may call all methods at the same time.
///
/// Only [`create`](Self::create) inserts a session. No other write may bring back
/// a session that has ended.
///
/// # Errors
///
/// Every method fails with [`StoreError`] if the database cannot be reached or
/// does not answer in time. A write that fails has been done completely or not
/// at all. "Not found" is never an error.
///
/// The macro `store_conformance!` of the crate `auth-testkit` tests an
/// implementation against this contract.
#[async_trait]
pub trait SessionStore: SessionAdmin {
    /// Inserts a session and its tokens (version 1) in one transaction.
    ///
    /// Inserts nothing and returns [`WriteOutcome::NotApplied`] while a logout of
    /// its provider session is remembered: the provider ended that session during
    /// the sign-in. Must be serializable with
    /// [`apply_provider_logout`](Self::apply_provider_logout).
    async fn create(&self, session: NewSession) -> Result<WriteOutcome, StoreError>;

    /// Returns the session with this key, unless it is gone or has expired.
    async fn load(&self, key: &SessionIdHash) -> Result<Option<StoredSession>, StoreError>;

    /// Moves a session's expiry from `from` to `to`, and sets its *last used* time
    /// to `used_at`. Does nothing if its expiry is no longer `from` (another
    /// request has moved it) or the session is gone.
    async fn extend(
        &self,
        key: &SessionIdHash,
        from: OffsetDateTime,
        to: OffsetDateTime,
        used_at: OffsetDateTime,
    ) -> Result<(), StoreError>;

    /// Replaces a session's envelope if it is still `old`. Expiry, tokens and lease
    /// do not change.
    async fn compare_and_swap(
        &self,
        key: &SessionIdHash,
        old: &[u8],
        new: &[u8],
    ) -> Result<WriteOutcome, StoreError>;

    /// Ends a session and returns its sealed tokens; `None` if it does not exist.
    async fn delete(&self, key: &SessionIdHash) -> Result<Option<Vec<u8>>, StoreError>;

    /// Ends a session if its tokens still have this version.
    async fn delete_if_version(
        &self,
        key: &SessionIdHash,
        version: TokensVersion,
    ) -> Result<WriteOutcome, StoreError>;

    /// Returns the tokens of a session, unless it is gone or has expired.
    async fn load_tokens(&self, key: &SessionIdHash) -> Result<Option<StoredTokens>, StoreError>;

    /// Grants `holder` the exclusive right to refresh tokens of this version, for
    /// `length`. The store's own clock counts, because the clocks of servers
    /// differ. A holder renews its lease with another call.
    async fn lease_tokens(
        &self,
        key: &SessionIdHash,
        version: TokensVersion,
        holder: LeaseHolder,
        length: Duration,
    ) -> Result<LeaseOutcome, StoreError>;

    /// Releases a lease before it lapses. Does nothing if `holder` does not hold
    /// it.
    ///
    /// Called if a refresh failed. A store that cannot do this returns `Ok(())`:
    /// the lease then lapses by itself, and until then nobody retries the refresh.
    async fn release_tokens(
        &self,
        key: &SessionIdHash,
        holder: LeaseHolder,
    ) -> Result<(), StoreError>;

    /// Replaces tokens of `version` by new ones with the next version, and releases
    /// the lease on them.
    async fn save_tokens(
        &self,
        key: &SessionIdHash,
        version: TokensVersion,
        sealed: &[u8],
    ) -> Result<WriteOutcome, StoreError>;

    /// Ends the sessions that the provider logged out, and remembers the logout
    /// token, in one transaction. Does nothing if the token is remembered already.
    /// Must be serializable with [`create`](Self::create).
    async fn apply_provider_logout(
        &self,
        logout: &ProviderLogout,
    ) -> Result<ProviderLogoutOutcome, StoreError>;

    /// Returns the key of the keyed hashes, sealed with each of one or more
    /// secrets, in the order of insertion.
    async fn id_hash_keys(&self) -> Result<Vec<(SealingKeyId, Vec<u8>)>, StoreError>;

    /// Inserts the key of the keyed hashes, unless there is one that is sealed with
    /// the same secret.
    async fn insert_id_hash_key(
        &self,
        sealed_with: SealingKeyId,
        sealed: &[u8],
    ) -> Result<(), StoreError>;
}

/// Keeps sessions: what lists and administration need.
///
/// Each method has a default that fails with [`StoreError::unsupported`], and
/// nothing else depends on it:
///
/// | method | without it |
/// |---|---|
/// | [`list_for_user`](Self::list_for_user) | users and operators cannot list a user's sessions |
/// | [`delete_for_user`](Self::delete_for_user) | users and operators cannot end other sessions |
/// | [`list_page`](Self::list_page) | operators cannot list or end the sessions of all users |
/// | [`list_page`](Self::list_page), [`reseal`](Self::reseal), [`replace_id_hash_keys`](Self::replace_id_hash_keys) | an old `AUTH_SECRET` cannot be removed before all its sessions have expired |
///
/// The smallest implementation is `impl SessionAdmin for MyStore {}`.
#[async_trait]
pub trait SessionAdmin: fmt::Debug + Send + Sync + 'static {
    /// Returns at most `limit` sessions of a user that have not expired, last used
    /// first.
    async fn list_for_user(
        &self,
        user: &UserIdHash,
        limit: u32,
    ) -> Result<Vec<SessionRow>, StoreError> {
        let _ = (user, limit);
        Err(StoreError::unsupported("list_for_user"))
    }

    /// Ends sessions of this user.
    async fn delete_for_user(
        &self,
        user: &UserIdHash,
        which: UserSessions,
    ) -> Result<Vec<EndedSession>, StoreError> {
        let _ = (user, which);
        Err(StoreError::unsupported("delete_for_user"))
    }

    /// Returns a page of all sessions that have not expired: at most `limit`
    /// sessions with keys greater than `after`, in the order of their keys.
    async fn list_page(
        &self,
        after: Option<SessionIdHash>,
        limit: u32,
    ) -> Result<Vec<SessionRow>, StoreError> {
        let _ = (after, limit);
        Err(StoreError::unsupported("list_page"))
    }

    /// Replaces the envelopes of `old` by those of `new`, each only if it is still
    /// the old one. Versions and leases do not change, because the content is the
    /// same.
    async fn reseal(&self, old: &SessionRow, new: &SessionRow) -> Result<(), StoreError> {
        let _ = (old, new);
        Err(StoreError::unsupported("reseal"))
    }

    /// Inserts this sealed key and deletes all others, in one transaction.
    async fn replace_id_hash_keys(
        &self,
        sealed_with: SealingKeyId,
        sealed: &[u8],
    ) -> Result<(), StoreError> {
        let _ = (sealed_with, sealed);
        Err(StoreError::unsupported("replace_id_hash_keys"))
    }
}
