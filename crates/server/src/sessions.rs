//! The store of sessions, in whichever database.

use std::{pin::pin, time::Duration};

use async_trait::async_trait;
use auth_core::{
    EndedSession, LeaseHolder, LeaseOutcome, NewSession, ProviderLogout, ProviderLogoutOutcome,
    SealingKeyId, SessionIdHash, SessionRow, SessionStore, StoreError, StoredSession, StoredTokens,
    TokensVersion, UserIdHash, UserSessions, WriteOutcome,
};
use time::OffsetDateTime;
use tokio::time::timeout;

use crate::{
    DatabaseUrl, OpenError, postgres_sessions::PostgresSessions, sql_rows::SqlError,
    sqlite_sessions::SqliteSessions,
};

/// More than waiting for a connection and then for a lock takes: what is not
/// answered by then, never is.
const DEADLINE: Duration = Duration::from_secs(12);

/// Sessions in the database that `DATABASE_URL` names. Cloned, it is the same
/// store.
#[derive(Clone, Debug)]
pub struct Sessions(Database);

#[derive(Clone, Debug)]
enum Database {
    Sqlite(SqliteSessions),
    Postgres(PostgresSessions),
}

/// Asks the database. One that stands still, or a network that swallows
/// everything, fails once it took too long, like one that is down.
macro_rules! ask {
    ($sessions:ident.$method:ident($($argument:expr),*)) => {
        match &$sessions.0 {
            Database::Sqlite(sessions) => {
                in_time(sessions.$method($($argument),*), || ()).await
            }
            Database::Postgres(sessions) => {
                in_time(sessions.$method($($argument),*), || sessions.failed()).await
            }
        }
    };
}

async fn in_time<T>(
    work: impl Future<Output = Result<T, SqlError>> + Send,
    failed: impl FnOnce() + Send,
) -> Result<T, StoreError> {
    let mut work = pin!(work);
    match timeout(DEADLINE, &mut work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => {
            failed();
            Err(StoreError::new(error))
        }
        Err(_) => {
            // Before the connection goes back to its pool, with `work`.
            failed();
            Err(StoreError::new("the database did not answer in time"))
        }
    }
}

impl Sessions {
    /// Opens the database, and brings its tables up to date. An SQLite file
    /// that is missing is made; a PostgreSQL database has to be there.
    ///
    /// # Errors
    ///
    /// When the database cannot be used.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, OpenError> {
        Ok(Self(match url {
            DatabaseUrl::Sqlite(path) => Database::Sqlite(SqliteSessions::open(path).await?),
            DatabaseUrl::Postgres(url) => Database::Postgres(PostgresSessions::open(url).await?),
        }))
    }

    /// Whether the database answers.
    ///
    /// # Errors
    ///
    /// When it does not.
    pub async fn check(&self) -> Result<(), StoreError> {
        ask!(self.check())
    }

    /// Deletes what has expired by `now`, sessions first and then logouts that
    /// need not be remembered any longer: at most `most` of both together. Gives
    /// how many it deleted.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn delete_expired(&self, now: OffsetDateTime, most: u32) -> Result<u64, StoreError> {
        ask!(self.delete_expired(now, most))
    }

    /// Closes the connections, after what is under way. All that is asked of
    /// the store from then on fails.
    pub async fn close(&self) {
        match &self.0 {
            Database::Sqlite(sessions) => sessions.close().await,
            Database::Postgres(sessions) => sessions.close().await,
        }
    }
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, session: NewSession) -> Result<WriteOutcome, StoreError> {
        ask!(self.create(session))
    }

    async fn load(&self, key: &SessionIdHash) -> Result<Option<StoredSession>, StoreError> {
        ask!(self.load(key))
    }

    async fn extend(
        &self,
        key: &SessionIdHash,
        from: OffsetDateTime,
        to: OffsetDateTime,
        used_at: OffsetDateTime,
    ) -> Result<(), StoreError> {
        ask!(self.extend(key, from, to, used_at))
    }

    async fn compare_and_swap(
        &self,
        key: &SessionIdHash,
        old: &[u8],
        new: &[u8],
    ) -> Result<WriteOutcome, StoreError> {
        ask!(self.compare_and_swap(key, old, new))
    }

    async fn delete(&self, key: &SessionIdHash) -> Result<Option<Vec<u8>>, StoreError> {
        ask!(self.delete(key))
    }

    async fn delete_if_version(
        &self,
        key: &SessionIdHash,
        version: TokensVersion,
    ) -> Result<WriteOutcome, StoreError> {
        ask!(self.delete_if_version(key, version))
    }

    async fn load_tokens(&self, key: &SessionIdHash) -> Result<Option<StoredTokens>, StoreError> {
        ask!(self.load_tokens(key))
    }

    async fn lease_tokens(
        &self,
        key: &SessionIdHash,
        version: TokensVersion,
        holder: LeaseHolder,
        length: Duration,
    ) -> Result<LeaseOutcome, StoreError> {
        ask!(self.lease_tokens(key, version, holder, length))
    }

    async fn release_tokens(
        &self,
        key: &SessionIdHash,
        holder: LeaseHolder,
    ) -> Result<(), StoreError> {
        ask!(self.release_tokens(key, holder))
    }

    async fn save_tokens(
        &self,
        key: &SessionIdHash,
        version: TokensVersion,
        sealed: &[u8],
    ) -> Result<WriteOutcome, StoreError> {
        ask!(self.save_tokens(key, version, sealed))
    }

    async fn list_for_user(
        &self,
        user: &UserIdHash,
        most: u32,
    ) -> Result<Vec<SessionRow>, StoreError> {
        ask!(self.list_for_user(user, most))
    }

    async fn delete_for_user(
        &self,
        user: &UserIdHash,
        which: UserSessions,
    ) -> Result<Vec<EndedSession>, StoreError> {
        ask!(self.delete_for_user(user, which))
    }

    async fn apply_provider_logout(
        &self,
        logout: &ProviderLogout,
    ) -> Result<ProviderLogoutOutcome, StoreError> {
        ask!(self.apply_provider_logout(logout))
    }

    async fn list_page(
        &self,
        after: Option<SessionIdHash>,
        most: u32,
    ) -> Result<Vec<SessionRow>, StoreError> {
        ask!(self.list_page(after, most))
    }

    async fn reseal(&self, old: &SessionRow, new: &SessionRow) -> Result<(), StoreError> {
        ask!(self.reseal(old, new))
    }

    async fn id_hash_keys(&self) -> Result<Vec<(SealingKeyId, Vec<u8>)>, StoreError> {
        ask!(self.id_hash_keys())
    }

    async fn insert_id_hash_key(
        &self,
        sealed_with: SealingKeyId,
        sealed: &[u8],
    ) -> Result<(), StoreError> {
        ask!(self.insert_id_hash_key(sealed_with, sealed))
    }

    async fn replace_id_hash_keys(
        &self,
        sealed_with: SealingKeyId,
        sealed: &[u8],
    ) -> Result<(), StoreError> {
        ask!(self.replace_id_hash_keys(sealed_with, sealed))
    }
}
