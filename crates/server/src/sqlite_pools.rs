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
    migrate::Migrator,
    sqlite::{
        SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
        SqliteTransactionManager,
    },
};
use tower_sessions_sqlx_store::SqliteStore;

use crate::{
    OpenError,
    file_state::{FileId, FileState},
};

/// How long a statement waits for another writer.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a request waits for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// The cache of a connection that reads, in kilobytes (negative, as SQLite has
/// it): the inner pages of the trees of a million sessions.
const READER_CACHE: &str = "-8000";
/// Between two tries to open a file that another process is just opening.
const RETRY: Duration = Duration::from_millis(25);

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// The connections to one SQLite file. All are made when it is opened and none
/// later: that one might find another file at the path.
#[derive(Debug)]
pub(crate) struct SqlitePools {
    pub(crate) rows: SqliteStore,
    pub(crate) readers: SqlitePool,
    /// One connection: SQLite has one writer at a time, and those who wait for
    /// it here, in order, do not wait by polling the file's lock.
    pub(crate) writer: SqlitePool,
    /// The file at the path when it was opened.
    pub(crate) file: FileId,
    /// Its write-ahead log.
    log: Option<FileId>,
}

impl SqlitePools {
    /// Makes the database at `path` if there is none, and opens it.
    pub(crate) async fn create(path: &Path) -> Result<Self, OpenError> {
        Self::open(path, true).await
    }

    /// Opens the database at `path`, which is there. `before` was there until
    /// now.
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

    /// Opens the database, and brings its tables up to date. Tries again when
    /// another process has it for itself: it may be making it, and SQLite does
    /// not always wait for that.
    async fn open(path: &Path, create: bool) -> Result<Self, OpenError> {
        let began = Instant::now();
        loop {
            match Self::open_once(path, create).await {
                Err(OpenError::Open { source, .. })
                    if is_busy(&source) && began.elapsed() < BUSY_TIMEOUT =>
                {
                    tokio::time::sleep(RETRY).await;
                }
                done => return done,
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
        let most = reader_connections();
        let readers = SqlitePoolOptions::new()
            .min_connections(most)
            .max_connections(most)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .max_lifetime(None)
            .idle_timeout(None)
            // A connection is made and lent in this process: asking whether it
            // is alive would double the work of a read.
            .test_before_acquire(false)
            .connect_with(
                options(path)
                    .read_only(true)
                    .pragma("cache_size", READER_CACHE),
            )
            .await
            .map_err(|source| open_error(path, source))?;
        let pools = Self {
            rows: SqliteStore::new(readers.clone()),
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
                let replaced = || io::Error::other("another file took its place");
                Err(file_error(path, other.err().unwrap_or_else(replaced)))
            }
        }
    }

    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
        // Not when it first writes: what it has read may have changed by then.
        self.writer.begin_with("begin immediate").await
    }

    /// Closes the connections, after what is under way.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        let optimized = sqlx::query("pragma optimize").execute(&self.writer).await;
        if let Err(error) = optimized {
            tracing::debug!(%error, "the database could not be optimized");
        }
        self.writer.close().await;
    }

    /// Closes the connections to a file that is no longer at its path. Its
    /// write-ahead log may still be beside that: it is emptied into the file,
    /// where it belongs, so that it cannot spoil another that is put there.
    pub(crate) async fn leave(&self) {
        self.readers.close().await;
        let emptied: Result<(i64,), _> = sqlx::query_as("pragma wal_checkpoint(truncate)")
            .fetch_one(&self.writer)
            .await;
        if !matches!(emptied, Ok((0,))) {
            tracing::warn!(?emptied, "the write-ahead log could not be emptied");
        }
        self.writer.close().await;
    }
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        // `Normal` may lose the last transactions when the power is cut. A
        // sign-out would be one: it was acknowledged, and the session lived on.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        // Each statement would be timed for a log that nobody reads.
        .disable_statement_logging()
}

/// Brings a connection that comes back out of a transaction that SQLite has
/// rolled back by itself, as it does when the disk is full: sqlx would count it
/// as under way for ever, and begin none on this connection again.
async fn end_transaction(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    // After the rollback that may be on its way.
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

async fn migrate(path: &Path, writer: &SqlitePool) -> Result<(), OpenError> {
    SqliteStore::new(writer.clone())
        .migrate()
        .await
        .map_err(|source| open_error(path, source))?;
    // SQLite has no lock for migrations: another server that starts now waits
    // here, and then finds nothing left to do.
    let mut work = writer
        .begin_with("begin immediate")
        .await
        .map_err(|source| open_error(path, source))?;
    // `run` takes whatever gives a connection, too generally for a task.
    MIGRATIONS
        .run_direct(&mut *work)
        .await
        .map_err(|source| OpenError::Migrate {
            database: path.display().to_string(),
            source,
        })?;
    work.commit()
        .await
        .map_err(|source| open_error(path, source))
}

/// `SQLITE_BUSY`, in the lower byte of what may be an extended code.
fn is_busy(error: &sqlx::Error) -> bool {
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
    OpenError::Open {
        path: path.to_owned(),
        source,
    }
}

fn file_error(path: &Path, source: io::Error) -> OpenError {
    OpenError::File {
        path: path.to_owned(),
        source,
    }
}

fn reader_connections() -> u32 {
    std::thread::available_parallelism()
        .ok()
        .and_then(|cores| u32::try_from(cores.get()).ok())
        .unwrap_or(1)
        .clamp(2, 16)
}
