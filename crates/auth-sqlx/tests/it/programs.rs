//! Other programs that migrate the same database: the former release of this
//! crate, and the user's application.

use std::fs;

use sqlx::{
    Connection as _, Sqlite, SqlitePool,
    migrate::{MigrateError, Migrator},
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};
use tower_sessions_sqlx_store::SqliteStore as TowerSessionsStore;

use crate::stores::{Folder, Fresh, Schema};

/// A copy of the migrations of the former release. It never gets a new file.
static FORMER_SQLITE: Migrator = sqlx::migrate!("tests/it/former_release/migrations/sqlite");
static FORMER_POSTGRES: Migrator = sqlx::migrate!("tests/it/former_release/migrations/postgres");

/// Migrations of an application, with version numbers that the former release
/// uses too.
static USERS: Migrator = sqlx::migrate!("tests/it/migrations/users");

/// A row of `_sqlx_migrations`: version, description and checksum.
pub type SqlxRow = (i64, String, Vec<u8>);

const SQLX_ROWS: &str =
    "select version, description, checksum from _sqlx_migrations order by version";

pub trait Programs: Fresh + Sync {
    /// Does what the former release does to the database when it starts.
    async fn start_former(&self) -> Result<(), MigrateError>;

    /// Runs `sqlx::migrate!` of the user's application.
    async fn migrate_users(&self) -> Result<(), MigrateError>;

    /// Returns the rows of `_sqlx_migrations`; none if there is no such table.
    async fn sqlx_rows(&self) -> Vec<SqlxRow>;

    /// Returns the statements that let the former release open a database that
    /// this one made.
    fn rollback(&self) -> &'static str;

    /// Counts the rows of a table. Returns `None` if there is no such table.
    async fn count(&self, table: &str) -> Option<i64>;

    /// Undoes what this release adds to a database of the former one.
    async fn undo_this_release(&self) {
        self.run(
            "drop table auth_migrations;
             drop table auth_user_logouts;
             drop table auth_user_changes;
             alter table auth_sessions drop column issued_at;
             alter table tower_sessions drop column claims_stale_since;",
        )
        .await;
    }

    /// Checks that the user's tables have what the migrations put there.
    async fn check_users_tables(&self) {
        assert_eq!(self.count("notes").await, Some(1));
    }
}

impl Folder {
    async fn pool(&self) -> SqlitePool {
        fs::create_dir_all(self.file().parent().unwrap()).unwrap();
        let options = SqliteConnectOptions::new()
            .filename(self.file())
            .create_if_missing(true);
        SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options)
            .await
            .unwrap()
    }
}

impl Programs for Folder {
    async fn start_former(&self) -> Result<(), MigrateError> {
        let pool = self.pool().await;
        TowerSessionsStore::new(pool.clone()).migrate().await?;
        let mut tx: sqlx::Transaction<'_, Sqlite> = pool.begin_with("begin immediate").await?;
        let done = FORMER_SQLITE.run_direct(&mut *tx).await;
        if done.is_ok() {
            tx.commit().await?;
        } else {
            tx.rollback().await?;
        }
        pool.close().await;
        done
    }

    async fn migrate_users(&self) -> Result<(), MigrateError> {
        let pool = self.pool().await;
        let done = USERS.run(&pool).await;
        pool.close().await;
        done
    }

    async fn sqlx_rows(&self) -> Vec<SqlxRow> {
        let pool = self.pool().await;
        let rows = sqlx::query_as(SQLX_ROWS).fetch_all(&pool).await;
        pool.close().await;
        rows.unwrap_or_default()
    }

    fn rollback(&self) -> &'static str {
        include_str!("../../rollback/sqlite.sql")
    }

    async fn count(&self, table: &str) -> Option<i64> {
        let pool = self.pool().await;
        let count: Result<(i64,), _> = sqlx::query_as(&format!("select count(*) from {table}"))
            .fetch_one(&pool)
            .await;
        pool.close().await;
        count.ok().map(|(count,)| count)
    }
}

impl Programs for Schema {
    async fn start_former(&self) -> Result<(), MigrateError> {
        let mut connection = self.connect().await;
        let done = FORMER_POSTGRES.run_direct(&mut connection).await;
        connection.close().await?;
        done
    }

    async fn migrate_users(&self) -> Result<(), MigrateError> {
        let mut connection = self.connect().await;
        let done = USERS.run_direct(&mut connection).await;
        connection.close().await?;
        done
    }

    async fn sqlx_rows(&self) -> Vec<SqlxRow> {
        let mut connection = self.connect().await;
        let rows = sqlx::query_as(SQLX_ROWS).fetch_all(&mut connection).await;
        connection.close().await.unwrap();
        rows.unwrap_or_default()
    }

    fn rollback(&self) -> &'static str {
        include_str!("../../rollback/postgres.sql")
    }

    async fn count(&self, table: &str) -> Option<i64> {
        let mut connection = self.connect().await;
        let count: Result<(i64,), _> = sqlx::query_as(&format!("select count(*) from {table}"))
            .fetch_one(&mut connection)
            .await;
        connection.close().await.unwrap();
        count.ok().map(|(count,)| count)
    }
}
