//! Sessions in PostgreSQL.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use auth_core::{
    EndedSession, LeaseHolder, LeaseOutcome, LogoutTarget, NewSession, ProviderLogout,
    ProviderLogoutOutcome, ProviderSessionIdHash, RememberedToken, SealingKeyId, SessionIdHash,
    SessionRow, StoredSession, StoredTokens, TokensVersion, UserIdHash, UserSessions, WriteOutcome,
};
use sqlx::{
    ConnectOptions as _, Connection as _, PgConnection, PgPool, Postgres, Transaction,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use time::OffsetDateTime;
use tokio::time::timeout;
use tower_sessions_core::{SessionStore as _, session::Id, session_store};
use tower_sessions_sqlx_store::PostgresStore;

use crate::{
    OpenError,
    database_url::PostgresUrl,
    sql_hash_keys::sql_hash_keys,
    sql_lists::sql_lists,
    sql_logouts::sql_logouts,
    sql_rows::{Columns, SqlError, key_of, now, packed, row_id, sealed_in, session_row, unpacked},
    sql_sessions::sql_sessions,
    sql_tokens::sql_tokens,
};

/// Enough for many requests, which have one for a millisecond at a time; few
/// enough for several servers at one PostgreSQL, which takes a hundred.
const READERS: u32 = 6;
const WRITERS: u32 = 4;
/// How long connections are in doubt after a failure: longer than those in use
/// may rest unasked.
const DOUBT: Duration = Duration::from_secs(5);
/// How long a connection in doubt has to answer.
const ALIVE: Duration = Duration::from_secs(1);
/// How long a request waits for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the first connection is tried: the server may be starting too.
const START_TIMEOUT: Duration = Duration::from_secs(15);
/// Between two tries.
const START_PAUSE: Duration = Duration::from_millis(300);
/// A connection that has rested for longer is asked whether it is alive before
/// it is lent: the server may have been restarted since. Asking always would
/// nearly double what a read takes.
const RESTED: Duration = Duration::from_millis(100);
/// For the requests: a table that somebody has locked is an error, not a hang;
/// nor does a server that froze within a transaction keep its rows locked.
const TIMEOUTS: [(&str, &str); 3] = [
    ("statement_timeout", "5s"),
    ("lock_timeout", "5s"),
    ("idle_in_transaction_session_timeout", "10s"),
];
/// For the migrations, which may take their time, and wait for those of
/// another server.
const MIGRATION_TIMEOUTS: [(&str, &str); 2] = [("statement_timeout", "0"), ("lock_timeout", "60s")];

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

type Work = Transaction<'static, Postgres>;

/// Sessions in a PostgreSQL database, in the schema where the connection's user
/// makes tables.
#[derive(Clone, Debug)]
pub(crate) struct PostgresSessions {
    rows: PostgresStore,
    readers: PgPool,
    /// Apart, so that writers who wait for a lock do not keep connections from
    /// readers who need not.
    writers: PgPool,
    doubt: Doubt,
}

/// When a request last failed or was left without an answer: for a while
/// connections are asked whether they are alive whenever they change hands. One
/// that a network swallows would otherwise be kept, and lent, for many minutes.
#[derive(Clone, Debug, Default)]
struct Doubt(Arc<Mutex<Option<Instant>>>);

impl Doubt {
    fn raise(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn is_raised(&self) -> bool {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some_and(|raised| raised.elapsed() < DOUBT)
    }
}

/// An error, on which the pool throws the connection away, unless the server
/// answers on it.
async fn answers(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    timeout(ALIVE, connection.ping())
        .await
        .unwrap_or(Err(sqlx::Error::PoolTimedOut))
}

impl PostgresSessions {
    /// Connects, and brings the tables up to date.
    pub(crate) async fn open(url: &PostgresUrl) -> Result<Self, OpenError> {
        let connect_error = |source| OpenError::Connect {
            database: url.to_string(),
            source,
        };
        let options = url
            .options()
            .map_err(connect_error)?
            // Each statement would be timed for a log that nobody reads.
            .disable_statement_logging();
        let mut connection = first_connection(&options.clone().options(MIGRATION_TIMEOUTS))
            .await
            .map_err(connect_error)?;
        let schema = default_schema(&mut connection, url).await?;
        // Under an advisory lock: several servers may start at once. Not by
        // `run`, which takes whatever gives a connection, too generally for a
        // task.
        MIGRATIONS
            .run_direct(&mut connection)
            .await
            .map_err(|source| OpenError::Migrate {
                database: url.to_string(),
                source,
            })?;
        connection.close().await.map_err(connect_error)?;
        let doubt = Doubt::default();
        let options = options.options(TIMEOUTS);
        let readers = pool(READERS, options.clone(), &doubt);
        let writers = pool(WRITERS, options, &doubt);
        let rows = PostgresStore::new(readers.clone())
            .with_schema_name(&schema)
            .and_then(|rows| rows.with_table_name("tower_sessions"))
            .map_err(|reason| OpenError::Schema {
                database: url.to_string(),
                reason,
            })?;
        Ok(Self {
            rows,
            readers,
            writers,
            doubt,
        })
    }

    /// Closes the connections, after what is under way.
    pub(crate) async fn close(&self) {
        tokio::join!(self.readers.close(), self.writers.close());
    }

    /// A request failed, or was left without an answer.
    pub(crate) fn failed(&self) {
        self.doubt.raise();
    }

    fn rows(&self) -> Result<&PostgresStore, SqlError> {
        Ok(&self.rows)
    }

    fn reader(&self) -> Result<PgPool, SqlError> {
        Ok(self.readers.clone())
    }

    fn writer(&self) -> Result<PgPool, SqlError> {
        Ok(self.writers.clone())
    }

    /// Whatever the database's default is: who has waited for a lock sees what
    /// was written under it.
    async fn begin(&self) -> Result<Work, SqlError> {
        let read_committed = "begin isolation level read committed";
        Ok(self.writers.begin_with(read_committed).await?)
    }

    /// An advisory lock, until the end of the transaction, in a statement of its
    /// own: the next one sees what others had committed when they let go of it.
    /// Half of the key's bits are enough: at worst two provider sessions wait
    /// for each other's writes.
    async fn lock_provider_session(
        work: &mut Work,
        key: &ProviderSessionIdHash,
    ) -> Result<(), SqlError> {
        let [bits @ .., _, _, _, _, _, _, _, _] = *key.as_bytes();
        sqlx::query("select pg_advisory_xact_lock($1)")
            .bind(i64::from_be_bytes(bits))
            .execute(&mut **work)
            .await?;
        Ok(())
    }
}

async fn first_connection(options: &PgConnectOptions) -> Result<PgConnection, sqlx::Error> {
    let began = Instant::now();
    loop {
        let left = START_TIMEOUT.saturating_sub(began.elapsed());
        let connected = timeout(left, options.connect())
            .await
            .unwrap_or(Err(sqlx::Error::PoolTimedOut));
        match connected {
            Err(error) if is_starting(&error) && left > START_PAUSE => {
                tracing::info!(%error, "PostgreSQL does not answer yet");
                tokio::time::sleep(START_PAUSE).await;
            }
            connected => return connected,
        }
    }
}

/// Whether nobody listens yet, or PostgreSQL says "the database system is
/// starting up" (`cannot_connect_now`).
fn is_starting(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => error.kind() == io::ErrorKind::ConnectionRefused,
        sqlx::Error::Database(error) => error.code().as_deref() == Some("57P03"),
        _ => false,
    }
}

fn pool(connections: u32, options: PgConnectOptions, doubt: &Doubt) -> PgPool {
    let (lending, returning) = (doubt.clone(), doubt.clone());
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // Only those that have rested, see below.
        .test_before_acquire(false)
        .before_acquire(move |connection, seen| {
            let doubt = lending.clone();
            Box::pin(async move {
                if seen.idle_for > RESTED || doubt.is_raised() {
                    answers(connection).await?;
                }
                Ok(true)
            })
        })
        .after_release(move |connection, _| {
            let doubt = returning.clone();
            Box::pin(async move {
                if doubt.is_raised() {
                    answers(connection).await?;
                }
                Ok(true)
            })
        })
        .connect_lazy_with(options)
}

/// The schema in which tables are made and found by their bare names. That of
/// tower-sessions writes it out.
async fn default_schema(
    connection: &mut PgConnection,
    url: &PostgresUrl,
) -> Result<String, OpenError> {
    let (schema,): (Option<String>,) = sqlx::query_as("select cast(current_schema() as text)")
        .fetch_one(connection)
        .await
        .map_err(|source| OpenError::Connect {
            database: url.to_string(),
            source,
        })?;
    schema.ok_or_else(|| OpenError::Schema {
        database: url.to_string(),
        reason: "search_path names none that is there".to_owned(),
    })
}

sql_sessions!(PostgresSessions, " for update", " for update skip locked");
sql_tokens!(
    PostgresSessions,
    "cast(extract(epoch from clock_timestamp()) * 1000 as bigint)"
);
sql_lists!(PostgresSessions, " for update");
sql_logouts!(PostgresSessions, " for update", " for update skip locked");
sql_hash_keys!(PostgresSessions);
