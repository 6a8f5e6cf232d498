//! The connections to one SQLite file.

use std::{
    ffi::OsString,
    io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use sqlx::{
    ConnectOptions as _, Connection as _, Executor as _, Sqlite, SqliteConnection, SqlitePool,
    Transaction, TransactionManager as _,
    sqlite::{
        SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
        SqliteTransactionManager,
    },
};

use super::{
    file_state::{FileId, FileState},
    session_reads::SessionReads,
};
use crate::{
    error::OpenError,
    migrations::{self, MigrateError},
};

/// How long a statement waits for another writer.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long an operation waits for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// The cache of a reading connection; SQLite takes a negative number as KiB.
/// Holds the inner pages of the B-trees of a million sessions.
const READER_CACHE: &str = "-8000";
/// The pause before opening a file again that another process was opening.
const OPEN_RETRY: Duration = Duration::from_millis(25);

/// The connections to one SQLite file. All of them are opened together and none
/// later: a later one might open another file at the same path.
#[derive(Debug)]
pub(crate) struct SqlitePools {
    pub(crate) readers: SqlitePool,
    /// Reads the sessions of requests.
    pub(super) sessions: SessionReads,
    /// A single connection. SQLite has one writer at a time; writers that wait
    /// for this connection are served in order and do not poll the file's lock.
    pub(crate) writer: SqlitePool,
    /// The file that was at the path when it was opened.
    pub(crate) file: FileId,
    /// The write-ahead log of that file.
    log: Option<FileId>,
}

impl SqlitePools {
    /// Creates the database at `path` if it does not exist, and opens it.
    pub(crate) async fn create(path: &Path) -> Result<Self, OpenError> {
        Self::open(path, true).await
    }

    /// Opens the existing database at `path`. `before` are the connections to
    /// the file that was there until now.
    pub(crate) async fn reopen(path: &Path, before: &Self) -> Result<Self, OpenError> {
        let log = log_path(path);
        let found = FileState::of(path).await;
        let found = found.map_err(|source| file_error(path, source))?;
        if found.id != before.file
            && let Ok(left) = FileState::of(&log).await
            && Some(left.id) == before.log
            && left.length > 0
        {
            return Err(OpenError::LeftBehind { log });
        }
        Self::open(path, false).await
    }

    /// Opens the database and applies the migrations that are missing. Retries
    /// while another process has the file locked, perhaps to create it: SQLite
    /// does not apply its busy timeout to every such lock.
    async fn open(path: &Path, create: bool) -> Result<Self, OpenError> {
        let started = Instant::now();
        loop {
            match Self::open_once(path, create).await {
                Err(OpenError::Locked { .. }) if started.elapsed() < BUSY_TIMEOUT => {
                    tokio::time::sleep(OPEN_RETRY).await;
                }
                result => return result,
            }
        }
    }

    async fn open_once(path: &Path, create: bool) -> Result<Self, OpenError> {
        if create {
            create_file(path)
                .await
                .map_err(|source| open_error(path, source))?;
        }
        let found = FileState::of(path)
            .await
            .map_err(|source| file_error(path, source))?;
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .max_lifetime(None)
            .idle_timeout(None)
            .test_before_acquire(false)
            .after_release(|connection, _| {
                Box::pin(async move { end_transaction(connection).await.map(|()| true) })
            })
            .connect_with(options(path))
            .await
            .map_err(|source| open_error(path, source))?;
        migrate(path, &writer).await?;
        let count = reader_connections();
        let readers = SqlitePoolOptions::new()
            .min_connections(count)
            .max_connections(count)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .max_lifetime(None)
            .idle_timeout(None)
            // A connection to a file does not break. Testing it would double
            // the work of a read.
            .test_before_acquire(false)
            .connect_with(
                options(path)
                    .read_only(true)
                    .pragma("cache_size", READER_CACHE),
            )
            .await
            .map_err(|source| open_error(path, source))?;
        let pools = Self {
            sessions: SessionReads::start(readers.clone()),
            readers,
            writer,
            file: found.id,
            log: FileState::of(&log_path(path)).await.ok().map(|log| log.id),
        };
        match FileState::of(path).await {
            Ok(now) if now.id == found.id => Ok(pools),
            other => {
                // Some of the connections may be to another file.
                pools.leave().await;
                let replaced = || io::Error::other("another file replaced it");
                Err(file_error(path, other.err().unwrap_or_else(replaced)))
            }
        }
    }

    /// Begins a transaction that may write. It locks the file at once: if it
    /// did so at its first write, what it has read could have changed by then.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
        self.writer.begin_with("begin immediate").await
    }

    /// Waits for running operations and closes the connections.
    pub(crate) async fn close(&self) {
        self.sessions.close().await;
        self.readers.close().await;
        let optimized = sqlx::query("pragma optimize").execute(&self.writer).await;
        if let Err(error) = optimized {
            tracing::debug!(%error, "SQLite: `pragma optimize` failed; this does no harm");
        }
        self.writer.close().await;
    }

    /// Closes the connections to a file that is no longer at its path. Writes
    /// its write-ahead log, which may still be at the old path, back into the
    /// file first: the log would corrupt another database at that path.
    pub(crate) async fn leave(&self) {
        self.sessions.close().await;
        self.readers.close().await;
        let checkpoint: Result<(i64,), _> = sqlx::query_as("pragma wal_checkpoint(truncate)")
            .fetch_one(&self.writer)
            .await;
        if !matches!(checkpoint, Ok((0,))) {
            tracing::warn!(
                ?checkpoint,
                "the write-ahead log of the SQLite file that was moved away could not be written \
                 back; keep the file that ends in -wal together with the database it belongs to"
            );
        }
        self.writer.close().await;
    }
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        // With `Normal` a power failure may lose the last transactions. One of
        // them could be a sign-out that was acknowledged already.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        // Otherwise sqlx times and formats every statement for a log.
        .disable_statement_logging()
}

/// Ends a transaction that SQLite has rolled back by itself, which it does when
/// the disk is full. sqlx still counts it as open, and could never begin another
/// one on this connection.
async fn end_transaction(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    // Waits for a rollback that sqlx may have started.
    connection.ping().await?;
    if SqliteTransactionManager::get_transaction_depth(connection) > 0 {
        connection.execute("begin").await?;
        SqliteTransactionManager::rollback(connection).await?;
    }
    Ok(())
}

async fn create_file(path: &Path) -> Result<(), sqlx::Error> {
    let created = options(path).create_if_missing(true).connect().await?;
    created.close().await
}

/// Applies the migrations that are missing, in one transaction. It locks the
/// file at once, as the former release does: other servers that start now wait,
/// and then find all migrations applied.
async fn migrate(path: &Path, writer: &SqlitePool) -> Result<(), OpenError> {
    let mut tx = writer
        .begin_with("begin immediate")
        .await
        .map_err(|source| open_error(path, source))?;
    let database = || path.display().to_string();
    match migrations::sqlite::migrate(&mut tx).await {
        Ok(()) => tx.commit().await.map_err(|source| open_error(path, source)),
        Err(MigrateError::Problem(problem)) => Err(OpenError::new(problem, database())),
        Err(MigrateError::Sql(source)) if is_locked(&source) => Err(open_error(path, source)),
        Err(MigrateError::Sql(source)) => Err(OpenError::Migrate {
            database: database(),
            source: source.into(),
        }),
    }
}

/// Whether another process has the file locked: `SQLITE_BUSY` (5), in the lower
/// byte of the extended result code.
fn is_locked(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .and_then(|error| error.code()?.parse::<u32>().ok())
        .is_some_and(|code| code & 0xff == 5)
}

fn log_path(path: &Path) -> PathBuf {
    let mut log = OsString::from(path);
    log.push("-wal");
    log.into()
}

fn open_error(path: &Path, source: sqlx::Error) -> OpenError {
    if is_locked(&source) {
        return OpenError::Locked {
            database: path.display().to_string(),
            source: source.into(),
        };
    }
    OpenError::Open {
        path: path.to_owned(),
        source: source.into(),
    }
}

fn file_error(path: &Path, source: io::Error) -> OpenError {
    OpenError::File {
        path: path.to_owned(),
        source,
    }
}

/// One connection per core, at least 2 and at most 16, of which one reads the
/// sessions of requests.
fn reader_connections() -> u32 {
    std::thread::available_parallelism()
        .ok()
        .and_then(|cores| u32::try_from(cores.get()).ok())
        .unwrap_or(1)
        .clamp(2, 16)
}
