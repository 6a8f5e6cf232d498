//! Where sessions are kept, as a port. It is given keys and envelopes; it
//! never sees a cookie, a claim or a token.

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
