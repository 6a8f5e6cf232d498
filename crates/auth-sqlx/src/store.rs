//! [`SqlStore`]: one type for both databases, with a deadline on every call.

use std::{pin::pin, time::Duration};

use async_trait::async_trait;
use auth_core::{
    EndedSession, LeaseHolder, LeaseOutcome, NewSession, ProviderLogout, ProviderLogoutOutcome,
    SealingKeyId, SessionAdmin, SessionIdHash, SessionRow, SessionStore, StoreError, StoredSession,
    StoredTokens, TokensVersion, UserIdHash, UserSessions, WriteOutcome,
};
use time::OffsetDateTime;
use tokio::time::timeout;

use crate::{
    DatabaseUrl, OpenError, error::SqlError, postgres::PostgresStore, sqlite::SqliteStore,
};

/// The longest time a call may take. It is longer than the timeouts for a
/// connection and for a lock together.
const DEADLINE: Duration = Duration::from_secs(12);

/// A session store in an SQLite file or a PostgreSQL database.
///
/// Clones share the connections. Every operation fails after at most 12
/// seconds, even if the database or the network does not answer at all.
#[derive(Clone, Debug)]
pub struct SqlStore(Database);

#[derive(Clone, Debug)]
enum Database {
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
}

/// Calls the store of the database that is used, with [`DEADLINE`].
macro_rules! call {
    ($store:ident.$method:ident($($argument:expr),*)) => {
        match &$store.0 {
            Database::Sqlite(store) => {
                with_deadline(store.$method($($argument),*), || ()).await
            }
            Database::Postgres(store) => {
                with_deadline(store.$method($($argument),*), || store.record_failure()).await
            }
        }
    };
}

/// Waits for `operation` until [`DEADLINE`]. Calls `on_failure` if it fails or
/// takes longer.
async fn with_deadline<T>(
    operation: impl Future<Output = Result<T, SqlError>> + Send,
    on_failure: impl FnOnce() + Send,
) -> Result<T, StoreError> {
    let mut operation = pin!(operation);
    match timeout(DEADLINE, &mut operation).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => {
            on_failure();
            Err(StoreError::new(error))
        }
        Err(_) => {
            // Before `operation` is dropped, which returns its connection to
            // the pool.
            on_failure();
            Err(StoreError::new(format!(
                "the database did not answer within {} seconds",
                DEADLINE.as_secs()
            )))
        }
    }
}

impl SqlStore {
    /// Opens the database and applies the migrations that are missing.
    ///
    /// Creates an SQLite file that does not exist, with its directory. A
    /// PostgreSQL database must exist; one that is still starting is waited for
    /// up to 15 seconds.
    ///
    /// Several servers may open one database at once.
    ///
    /// # Errors
    ///
    /// Fails if the database cannot be opened or migrated.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, OpenError> {
        Ok(Self(match url {
            DatabaseUrl::Sqlite(path) => Database::Sqlite(SqliteStore::open(path).await?),
            DatabaseUrl::Postgres(url) => Database::Postgres(PostgresStore::open(url).await?),
        }))
    }

    /// Checks that the database answers, for a health check.
    ///
    /// # Errors
    ///
    /// Fails if the database does not answer.
    pub async fn check(&self) -> Result<(), StoreError> {
        call!(self.check())
    }

    /// Deletes at most `limit` rows that have expired at `now`: sessions first,
    /// then logouts that no longer need to be remembered. Returns how many it
    /// deleted.
    ///
    /// [`sweep`](crate::sweep) calls this until nothing is left.
    ///
    /// # Errors
    ///
    /// Fails if the database fails.
    pub async fn delete_expired(&self, now: OffsetDateTime, limit: u32) -> Result<u64, StoreError> {
        call!(self.delete_expired(now, limit))
    }

    /// Waits for running operations and closes the connections. Every later
    /// operation fails.
    pub async fn close(&self) {
        match &self.0 {
            Database::Sqlite(store) => store.close().await,
            Database::Postgres(store) => store.close().await,
        }
    }
}

#[async_trait]
impl SessionStore for SqlStore {
    async fn create(&self, session: NewSession) -> Result<WriteOutcome, StoreError> {
        call!(self.create(session))
    }

    async fn load(&self, key: &SessionIdHash) -> Result<Option<StoredSession>, StoreError> {
        call!(self.load(key))
    }

    async fn extend(
        &self,
        key: &SessionIdHash,
        from: OffsetDateTime,
        to: OffsetDateTime,
        used_at: OffsetDateTime,
    ) -> Result<(), StoreError> {
        call!(self.extend(key, from, to, used_at))
    }

    async fn compare_and_swap(
        &self,
        key: &SessionIdHash,
        old: &[u8],
        new: &[u8],
    ) -> Result<WriteOutcome, StoreError> {
        call!(self.compare_and_swap(key, old, new))
    }

    async fn delete(&self, key: &SessionIdHash) -> Result<Option<Vec<u8>>, StoreError> {
        call!(self.delete(key))
    }

    async fn delete_if_version(
        &self,
        key: &SessionIdHash,
        version: TokensVersion,
    ) -> Result<WriteOutcome, StoreError> {
        call!(self.delete_if_version(key, version))
    }

    async fn load_tokens(&self, key: &SessionIdHash) -> Result<Option<StoredTokens>, StoreError> {
        call!(self.load_tokens(key))
    }

    async fn lease_tokens(
        &self,
        key: &SessionIdHash,
        version: TokensVersion,
        holder: LeaseHolder,
        length: Duration,
    ) -> Result<LeaseOutcome, StoreError> {
        call!(self.lease_tokens(key, version, holder, length))
    }

    async fn release_tokens(
        &self,
        key: &SessionIdHash,
        holder: LeaseHolder,
    ) -> Result<(), StoreError> {
        call!(self.release_tokens(key, holder))
    }

    async fn save_tokens(
        &self,
        key: &SessionIdHash,
        version: TokensVersion,
        sealed: &[u8],
    ) -> Result<WriteOutcome, StoreError> {
        call!(self.save_tokens(key, version, sealed))
    }

    async fn apply_provider_logout(
        &self,
        logout: &ProviderLogout,
    ) -> Result<ProviderLogoutOutcome, StoreError> {
        call!(self.apply_provider_logout(logout))
    }

    async fn id_hash_keys(&self) -> Result<Vec<(SealingKeyId, Vec<u8>)>, StoreError> {
        call!(self.id_hash_keys())
    }

    async fn insert_id_hash_key(
        &self,
        sealed_with: SealingKeyId,
        sealed: &[u8],
    ) -> Result<(), StoreError> {
        call!(self.insert_id_hash_key(sealed_with, sealed))
    }
}

#[async_trait]
impl SessionAdmin for SqlStore {
    async fn list_for_user(
        &self,
        user: &UserIdHash,
        limit: u32,
    ) -> Result<Vec<SessionRow>, StoreError> {
        call!(self.list_for_user(user, limit))
    }

    async fn delete_for_user(
        &self,
        user: &UserIdHash,
        which: UserSessions,
    ) -> Result<Vec<EndedSession>, StoreError> {
        call!(self.delete_for_user(user, which))
    }

    async fn list_page(
        &self,
        after: Option<SessionIdHash>,
        limit: u32,
    ) -> Result<Vec<SessionRow>, StoreError> {
        call!(self.list_page(after, limit))
    }

    async fn reseal(&self, old: &SessionRow, new: &SessionRow) -> Result<(), StoreError> {
        call!(self.reseal(old, new))
    }

    async fn replace_id_hash_keys(
        &self,
        sealed_with: SealingKeyId,
        sealed: &[u8],
    ) -> Result<(), StoreError> {
        call!(self.replace_id_hash_keys(sealed_with, sealed))
    }
}
