//! The store of sessions, as a port. A store gets keyed hashes and sealed envelopes.
//! It never sees a cookie, a claim or a token.

pub(crate) mod clock;
pub(crate) mod error;
pub(crate) mod expired;
pub(crate) mod handle;
pub(crate) mod ids;
pub(crate) mod memory;
pub(crate) mod provider_logout;
pub(crate) mod rows;

use std::{fmt, time::Duration};

use async_trait::async_trait;
use time::OffsetDateTime;

use self::{
    error::StoreError,
    expired::RevokeExpired,
    ids::{LogoutTokenIdHash, SealingKeyId, SessionIdHash, UserIdHash},
    provider_logout::{ProviderLogout, ProviderLogoutOutcome, UserChange},
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
/// The store's own clock decides when a session begins and ends, and how long
/// anything is remembered: that of the database, because the clocks of servers
/// differ. Callers give it durations.
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
    /// Gives the store what revokes the refresh tokens of sessions that it deletes
    /// because they have expired; replaces a former one. By default those tokens
    /// stay valid until they end by themselves.
    ///
    /// Give it all sessions that are deleted, because the application is told of them
    /// too. A session that shares its provider session with one that has not expired
    /// is [`GrantUse::MayBeShared`](crate::GrantUse::MayBeShared).
    /// Delete few sessions at a time, because the provider may be slow; and none while
    /// it is down, which [`RevokeExpired::revoke`] says.
    fn revoke_expired_with(&self, revoke: RevokeExpired) {
        drop(revoke);
    }

    /// Returns the time of the store's clock.
    async fn now(&self) -> Result<OffsetDateTime, StoreError>;

    /// Inserts a session and its tokens (version 1) in one transaction. It begins
    /// now, by the store's clock in whole seconds, and ends after its lifetime.
    ///
    /// Inserts nothing and returns [`WriteOutcome::NotApplied`] while a logout is
    /// remembered that ended it before it began: of its provider session, or of
    /// its user at the time when its ID token was issued or later.
    ///
    /// Sets `claims_stale_since` to now while a change of the claims of its user is
    /// remembered that was carried out at
    /// [`claims_asked_at`](NewSession::claims_asked_at) or later.
    ///
    /// Must be serializable with [`apply_provider_logout`](Self::apply_provider_logout)
    /// and [`apply_user_change`](Self::apply_user_change).
    async fn create(&self, session: NewSession) -> Result<WriteOutcome, StoreError>;

    /// Returns the session with this key, unless it is gone or has expired.
    async fn load(&self, key: &SessionIdHash) -> Result<Option<StoredSession>, StoreError>;

    /// Moves a session's expiry to `lifetime` after now, in whole seconds, and sets
    /// its *last used* time to now. Returns the new expiry.
    ///
    /// Does nothing and returns `None` if its expiry is no longer `from` (another
    /// request has moved it), or the session is gone or has expired.
    async fn extend(
        &self,
        key: &SessionIdHash,
        from: OffsetDateTime,
        lifetime: Duration,
    ) -> Result<Option<OffsetDateTime>, StoreError>;

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

    /// Ends the sessions that the provider logged out, and remembers the report and
    /// that no such session may begin, in one transaction. Does nothing if the
    /// report is remembered already. Must be serializable with
    /// [`create`](Self::create).
    ///
    /// A logout of a user also ends sessions for which the store does not know when
    /// their ID token was issued.
    async fn apply_provider_logout(
        &self,
        logout: &ProviderLogout,
    ) -> Result<ProviderLogoutOutcome, StoreError>;

    /// Carries out a change of users and remembers the report, in one transaction.
    /// Does nothing and returns [`WriteOutcome::NotApplied`] if the report is
    /// remembered already.
    ///
    /// [`UserChangeKind::Claims`](crate::UserChangeKind::Claims) sets
    /// `claims_stale_since` of all sessions of the users: to now or, if it is set
    /// already, to a later time than before. So nobody takes a new value for the
    /// one that they have read. It is remembered, as long as the report, for
    /// sessions that [`create`](Self::create) inserts; must be serializable with it.
    async fn apply_user_change(&self, change: &UserChange) -> Result<WriteOutcome, StoreError>;

    /// Forgets a remembered report, so that it can be carried out again. Logouts
    /// still refuse the sessions that they refused.
    async fn forget_report(&self, key: &LogoutTokenIdHash) -> Result<(), StoreError>;

    /// Clears `claims_stale_since` of a session if it is still `since`: the claims
    /// were fetched by a request that began after it was read.
    async fn clear_claims_stale_since(
        &self,
        key: &SessionIdHash,
        since: OffsetDateTime,
    ) -> Result<(), StoreError>;

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
