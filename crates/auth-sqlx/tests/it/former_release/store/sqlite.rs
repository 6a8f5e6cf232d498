//! The former release's store in an SQLite file.

use std::{path::Path, time::Duration};

use auth_core::{
    EndedSession, LeaseHolder, LeaseOutcome, LogoutTokenIdHash, NewSession, ProviderLogout,
    ProviderLogoutOutcome, ProviderSessionIdHash, RememberedToken, SealingKeyId, SessionIdHash,
    SessionRow, StoreError, StoredSession, StoredTokens, TokensVersion, UserChange, UserIdHash,
    UserSessions, WriteOutcome,
};
use sqlx::{
    Sqlite, SqlitePool, Transaction,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use time::OffsetDateTime;
use tower_sessions_core::{SessionStore as _, session::Id, session_store};
use tower_sessions_sqlx_store::SqliteStore;

use super::{
    FormerStore,
    hash_keys::sql_hash_keys,
    lists::{select_ids, select_sessions, sql_lists},
    logouts::sql_logouts,
    methods::implement_store,
    rows::{Columns, SqlError, key_of, now, packed, row_id, sealed_in, session_row, unpacked},
    sessions::sql_sessions,
    tokens::sql_tokens,
    unknown::unknown_operations,
};

type Work = Transaction<'static, Sqlite>;

/// The former release's store in an SQLite file. Clones share the connections.
#[derive(Clone, Debug)]
pub struct FormerSqlite {
    rows: SqliteStore,
    readers: SqlitePool,
    writer: SqlitePool,
}

impl FormerSqlite {
    pub(super) async fn connect(file: &Path) -> Self {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5));
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options.clone())
            .await
            .unwrap();
        let readers = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_with(options.read_only(true))
            .await
            .unwrap();
        let store = Self {
            rows: SqliteStore::new(readers.clone()),
            readers,
            writer,
        };
        store.check().await.unwrap();
        store
    }

    fn rows(&self) -> Result<SqliteStore, SqlError> {
        Ok(self.rows.clone())
    }

    fn reader(&self) -> Result<SqlitePool, SqlError> {
        Ok(self.readers.clone())
    }

    fn writer(&self) -> Result<SqlitePool, SqlError> {
        Ok(self.writer.clone())
    }

    async fn begin(&self) -> Result<Work, SqlError> {
        Ok(self.writer.begin_with("begin immediate").await?)
    }

    async fn lock_provider_session(
        _work: &mut Work,
        _key: &ProviderSessionIdHash,
    ) -> Result<(), SqlError> {
        Ok(())
    }
}

impl FormerStore for FormerSqlite {
    async fn delete_expired(&self, now: OffsetDateTime, limit: u32) -> Result<u64, StoreError> {
        Self::delete_expired(self, now, limit)
            .await
            .map_err(StoreError::new)
    }

    async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

sql_sessions!(FormerSqlite, "", "");
sql_tokens!(FormerSqlite, "cast(unixepoch('subsec') * 1000 as integer)");
sql_lists!(FormerSqlite, "");
sql_logouts!(FormerSqlite, "", "");
sql_hash_keys!(FormerSqlite);
unknown_operations!(FormerSqlite);
implement_store!(FormerSqlite, |this, _| this);
