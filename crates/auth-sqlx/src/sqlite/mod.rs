//! The sessions in an SQLite file.

mod file_state;
mod pools;
mod session_reads;
mod watched_file;

use std::{path::Path, sync::Arc};

use auth_core::{ProviderSessionIdHash, UserIdHash};
use sqlx::{Sqlite, SqlitePool, Transaction};
use tower_sessions_core::session::Id;

use self::watched_file::WatchedFile;
use crate::{
    OpenError,
    error::SqlError,
    rows::SessionColumns,
    statements::{
        expired_statements, id_hash_key_statements, list_statements, logout_statements,
        session_statements, token_statements, user_change_statements,
    },
};

type Tx = Transaction<'static, Sqlite>;

/// The tables in an SQLite file. Clones share the connections.
#[derive(Clone, Debug)]
pub(crate) struct SqliteDatabase(Arc<WatchedFile>);

impl SqliteDatabase {
    /// Opens the database at `path`, creates it if it does not exist, and
    /// applies the migrations that are missing.
    pub(crate) async fn open(path: &Path) -> Result<Self, OpenError> {
        Ok(Self(WatchedFile::open(path).await?))
    }

    /// Waits for running operations and closes the connections.
    pub(crate) async fn close(&self) {
        self.0.close().await;
    }

    fn reader(&self) -> Result<SqlitePool, SqlError> {
        Ok(self.0.pools()?.readers.clone())
    }

    fn writer(&self) -> Result<SqlitePool, SqlError> {
        Ok(self.0.pools()?.writer.clone())
    }

    async fn read_session(&self, id: Id) -> Result<Option<SessionColumns>, SqlError> {
        self.0.pools()?.sessions.read(id).await
    }

    async fn begin(&self) -> Result<Tx, SqlError> {
        Ok(self.0.pools()?.begin().await?)
    }

    /// Does nothing: a transaction that writes has locked the whole file when
    /// it began.
    async fn lock_sign_ins(
        _tx: &mut Tx,
        _provider_session: Option<&ProviderSessionIdHash>,
        _user: Option<&UserIdHash>,
    ) -> Result<(), SqlError> {
        Ok(())
    }

    /// Does nothing, for the same reason.
    async fn lock_users(_tx: &mut Tx, _users: &[UserIdHash]) -> Result<(), SqlError> {
        Ok(())
    }
}

session_statements!(
    SqliteDatabase,
    "",
    "cast(unixepoch('subsec') * 1000 as integer)",
    "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')"
);
expired_statements!(
    SqliteDatabase,
    "",
    "",
    "cast(unixepoch('subsec') * 1000 as integer)",
    "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')"
);
token_statements!(
    SqliteDatabase,
    "cast(unixepoch('subsec') * 1000 as integer)",
    "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')"
);
list_statements!(SqliteDatabase, "", "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')");
logout_statements!(
    SqliteDatabase,
    "",
    "cast(unixepoch('subsec') * 1000 as integer)"
);
user_change_statements!(
    SqliteDatabase,
    Sqlite,
    "",
    "cast(unixepoch('subsec') * 1000 as integer)"
);
id_hash_key_statements!(SqliteDatabase);

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Returns SQLite's query plan for a statement, one line per step.
    async fn plan(store: &SqliteDatabase, statement: &str) -> String {
        let explain = format!("explain query plan {statement}");
        let steps: Vec<(i64, i64, i64, String)> = sqlx::query_as(&explain)
            .fetch_all(&store.writer().unwrap())
            .await
            .unwrap();
        steps
            .into_iter()
            .map(|(.., step)| step + "\n")
            .collect::<String>()
    }

    #[tokio::test]
    async fn sessions_and_what_has_expired_are_found_by_an_index() {
        let name = format!("auth-plan-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let store = SqliteDatabase::open(&folder.join("auth.db")).await.unwrap();
        let expired = plan(&store, SqliteDatabase::DELETE_EXPIRED).await;
        let past = plan(&store, SqliteDatabase::DELETE_EXPIRED_LOGOUTS).await;
        let users = plan(&store, SqliteDatabase::DELETE_EXPIRED_USER_LOGOUTS).await;
        let changes = plan(&store, SqliteDatabase::DELETE_OLD_USER_CHANGES).await;
        let taken = plan(&store, SqliteDatabase::SELECT_EXPIRED).await;
        let read = plan(&store, session_reads::SELECT).await;
        store.close().await;
        fs::remove_dir_all(folder).unwrap();
        for (plan, index) in [
            (expired, "tower_sessions_expiry"),
            (taken.clone(), "tower_sessions_expiry"),
            (taken.clone(), "auth_sessions_provider"),
            (taken, "auth_sessions_user"),
            (read, "sqlite_autoindex_tower_sessions"),
            (past, "auth_logouts_forget"),
            (users, "auth_user_logouts_forget"),
            (changes, "auth_user_changes_forget"),
        ] {
            assert!(plan.contains(index), "{plan}");
            for step in plan.lines() {
                // A scan of the rows that the batch deletes is short.
                let is_few = ["SCAN ended", "SCAN past"].contains(&step)
                    || step.starts_with("SCAN wanted VIRTUAL TABLE");
                assert!(is_few || !step.contains("SCAN"), "{plan}");
                assert!(!step.contains("TEMP B-TREE FOR ORDER"), "{plan}");
            }
        }
    }
}
