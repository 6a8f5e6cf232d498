//! Sessions in SQLite: rows of `tower-sessions`, written so that none comes
//! back to life.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use async_trait::async_trait;
use auth_core::{NewSession, SessionKey, SessionStore, StoreError, StoredSession};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use sqlx::{
    ConnectOptions as _, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use time::OffsetDateTime;
use tower_sessions_core::{
    SessionStore as _,
    session::{Id, Record},
};
use tower_sessions_sqlx_store::SqliteStore;

/// The member of a record under which the sealed session stands.
const SEALED: &str = "sealed";
/// How long a statement waits for another writer.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a request waits for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// Sessions in an SQLite file.
///
/// `tower-sessions-sqlx-store` makes the table and reads the rows. Its `save`
/// is not used: it inserts what is gone, and so brings back a session that
/// another request ended.
#[derive(Clone, Debug)]
pub struct SqliteSessions {
    readers: SqliteStore,
    reader_pool: SqlitePool,
    /// One connection: SQLite has one writer at a time, and those who wait for
    /// it here, in order, do not wait by polling the file's lock.
    writer_pool: SqlitePool,
}

/// The database cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The directory is missing and cannot be made: check the path in
    /// `DATABASE_URL` and who may write there.
    #[error("the directory of {path} cannot be made: {source}")]
    Directory {
        /// The database's file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file cannot be opened, is no database, or cannot be written: check
    /// the path in `DATABASE_URL` and who may write there.
    #[error("{path} cannot be opened as an SQLite database: {source}")]
    Open {
        /// The database's file.
        path: PathBuf,
        /// Why.
        source: sqlx::Error,
    },
    /// The tables cannot be made, or were made by a later version of this
    /// program.
    #[error("the tables in {path} cannot be brought up to date: {source}")]
    Migrate {
        /// The database's file.
        path: PathBuf,
        /// Why.
        source: sqlx::migrate::MigrateError,
    },
}

impl SqliteSessions {
    /// Opens the database at `path`, makes it if there is none, and brings its
    /// tables up to date.
    ///
    /// # Errors
    ///
    /// When the file cannot be used.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        let open_error = |source| OpenError::Open {
            path: path.to_owned(),
            source,
        };
        if let Some(directory) = path.parent().filter(|path| !path.as_os_str().is_empty()) {
            fs::create_dir_all(directory).map_err(|source| OpenError::Directory {
                path: path.to_owned(),
                source,
            })?;
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(BUSY_TIMEOUT)
            // Each statement would be timed for a log that nobody reads.
            .disable_statement_logging();
        let writer_pool = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_with(options.clone().optimize_on_close(true, None))
            .await
            .map_err(open_error)?;
        SqliteStore::new(writer_pool.clone())
            .migrate()
            .await
            .map_err(open_error)?;
        sqlx::migrate!("migrations/sqlite")
            .run(&writer_pool)
            .await
            .map_err(|source| OpenError::Migrate {
                path: path.to_owned(),
                source,
            })?;
        let reader_pool = SqlitePoolOptions::new()
            .max_connections(reader_connections())
            .acquire_timeout(ACQUIRE_TIMEOUT)
            // A connection is made and lent in this process: asking whether it
            // is alive would double the work of a read.
            .test_before_acquire(false)
            .connect_with(options.read_only(true))
            .await
            .map_err(open_error)?;
        Ok(Self {
            readers: SqliteStore::new(reader_pool.clone()),
            reader_pool,
            writer_pool,
        })
    }

    /// Whether the database answers.
    ///
    /// # Errors
    ///
    /// When it does not.
    pub async fn check(&self) -> Result<(), StoreError> {
        sqlx::query("select 1 from tower_sessions limit 1")
            .fetch_optional(&self.reader_pool)
            .await
            .map(drop)
            .map_err(StoreError::new)
    }

    /// Deletes at most `most` sessions that ended before `now`; gives how many
    /// it deleted.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub async fn delete_expired(&self, now: OffsetDateTime, most: u32) -> Result<u64, StoreError> {
        let now = now.replace_nanosecond(0).map_err(StoreError::new)?;
        sqlx::query(
            "delete from tower_sessions where id in
             (select id from tower_sessions where expiry_date <= ? limit ?)",
        )
        .bind(now)
        .bind(most)
        .execute(&self.writer_pool)
        .await
        .map(|done| done.rows_affected())
        .map_err(StoreError::new)
    }

    /// Closes the connections, after what is under way.
    pub async fn close(&self) {
        self.reader_pool.close().await;
        self.writer_pool.close().await;
    }
}

fn reader_connections() -> u32 {
    std::thread::available_parallelism()
        .ok()
        .and_then(|cores| u32::try_from(cores.get()).ok())
        .unwrap_or(1)
        .clamp(2, 16)
}

#[async_trait]
impl SessionStore for SqliteSessions {
    async fn create(&self, session: NewSession) -> Result<(), StoreError> {
        let id = id(&session.key);
        let record = record(id, &session.sealed, session.expires_at);
        let data = rmp_serde::to_vec(&record).map_err(StoreError::new)?;
        // Not by `SqliteStore::create`: it has a transaction of its own, and
        // gives a session whose key is taken another key.
        let mut transaction = self
            .writer_pool
            .begin_with("begin immediate")
            .await
            .map_err(StoreError::new)?;
        sqlx::query("insert into tower_sessions (id, data, expiry_date) values (?, ?, ?)")
            .bind(id.to_string())
            .bind(data)
            .bind(session.expires_at)
            .execute(&mut *transaction)
            .await
            .map_err(StoreError::new)?;
        sqlx::query("insert into auth_tokens (session_id, sealed) values (?, ?)")
            .bind(id.to_string())
            .bind(&session.sealed_tokens)
            .execute(&mut *transaction)
            .await
            .map_err(StoreError::new)?;
        transaction.commit().await.map_err(StoreError::new)
    }

    async fn load(&self, key: &SessionKey) -> Result<Option<StoredSession>, StoreError> {
        let record = self.readers.load(&id(key)).await.map_err(StoreError::new)?;
        Ok(record.and_then(|record| {
            let sealed = STANDARD_NO_PAD
                .decode(record.data.get(SEALED)?.as_str()?)
                .ok()?;
            Some(StoredSession::new(sealed, record.expiry_date))
        }))
    }

    async fn extend(
        &self,
        key: &SessionKey,
        from: OffsetDateTime,
        to: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let id = id(key);
        let Some(mut record) = self.readers.load(&id).await.map_err(StoreError::new)? else {
            return Ok(());
        };
        // The end stands in the record too: the whole of it is written.
        record.expiry_date = to;
        let data = rmp_serde::to_vec(&record).map_err(StoreError::new)?;
        sqlx::query(
            "update tower_sessions set data = ?, expiry_date = ?
             where id = ? and expiry_date = ?",
        )
        .bind(data)
        .bind(to)
        .bind(id.to_string())
        .bind(from)
        .execute(&self.writer_pool)
        .await
        .map(drop)
        .map_err(StoreError::new)
    }

    async fn delete(&self, key: &SessionKey) -> Result<Option<Vec<u8>>, StoreError> {
        let id = id(key);
        let mut transaction = self
            .writer_pool
            .begin_with("begin immediate")
            .await
            .map_err(StoreError::new)?;
        let tokens: Option<(Vec<u8>,)> =
            sqlx::query_as("select sealed from auth_tokens where session_id = ?")
                .bind(id.to_string())
                .fetch_optional(&mut *transaction)
                .await
                .map_err(StoreError::new)?;
        // The tokens go with it: `on delete cascade`.
        sqlx::query("delete from tower_sessions where id = ?")
            .bind(id.to_string())
            .execute(&mut *transaction)
            .await
            .map_err(StoreError::new)?;
        transaction.commit().await.map_err(StoreError::new)?;
        Ok(tokens.map(|(sealed,)| sealed))
    }
}

fn id(key: &SessionKey) -> Id {
    Id(i128::from_be_bytes(*key.as_bytes()))
}

fn record(id: Id, sealed: &[u8], expiry_date: OffsetDateTime) -> Record {
    let sealed = serde_json::Value::String(STANDARD_NO_PAD.encode(sealed));
    Record {
        id,
        data: [(SEALED.to_owned(), sealed)].into(),
        expiry_date,
    }
}
