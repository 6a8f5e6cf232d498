//! The sessions in a PostgreSQL database.

mod connect;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use auth_core::{ProviderSessionIdHash, UserIdHash};
use sqlx::{
    ConnectOptions as _, Connection as _, PgConnection, PgPool, Postgres, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use time::OffsetDateTime;
use tokio::time::timeout;
use tower_sessions_core::session::Id;

use self::connect::{connect_error, migrate};
use crate::{
    OpenError, PostgresUrl,
    error::SqlError,
    rows::SessionColumns,
    statements::{
        expired_statements, id_hash_key_statements, list_statements, logout_statements,
        session_statements, token_statements, user_change_statements,
    },
};

/// A request holds a connection for about a millisecond, so a few serve many
/// requests. PostgreSQL accepts 100 connections by default, for all servers.
const READER_CONNECTIONS: u32 = 6;
const WRITER_CONNECTIONS: u32 = 4;
/// How long connections are suspect after a failure. Must be longer than
/// [`IDLE_BEFORE_PING`], after which they are tested anyway.
const SUSPECT: Duration = Duration::from_secs(5);
/// How long a tested connection has to answer.
const PING_TIMEOUT: Duration = Duration::from_secs(1);
/// How long an operation waits for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// A connection that was idle for longer is tested before it is used:
/// PostgreSQL may have been restarted since. Testing every time would nearly
/// double the time of a read.
const IDLE_BEFORE_PING: Duration = Duration::from_millis(100);
/// For operations: a locked table is an error instead of a hang, and a server
/// that froze within a transaction does not keep its rows locked.
const TIMEOUTS: [(&str, &str); 3] = [
    ("statement_timeout", "5s"),
    ("lock_timeout", "5s"),
    ("idle_in_transaction_session_timeout", "10s"),
];
type Tx = Transaction<'static, Postgres>;

/// The tables in a PostgreSQL database, in the default schema of the
/// connection's user. Clones share the connections.
#[derive(Clone, Debug)]
pub(crate) struct PostgresDatabase {
    readers: PgPool,
    /// A pool of its own: writers that wait for a lock leave the readers'
    /// connections free.
    writers: PgPool,
    last_failure: LastFailure,
}

/// When an operation last failed or got no answer. For [`SUSPECT`] after that,
/// connections are tested both when they are taken and when they are returned.
/// Otherwise the pool would keep a connection that the network has dropped
/// silently, and lend it out for many minutes.
#[derive(Clone, Debug, Default)]
struct LastFailure(Arc<Mutex<Option<Instant>>>);

impl LastFailure {
    fn record(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn is_recent(&self) -> bool {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some_and(|failed_at| failed_at.elapsed() < SUSPECT)
    }
}

/// Fails if the connection does not answer; the pool then discards it.
async fn ping(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    timeout(PING_TIMEOUT, connection.ping())
        .await
        .unwrap_or(Err(sqlx::Error::PoolTimedOut))
}

impl PostgresDatabase {
    /// Connects and applies the migrations that are missing.
    pub(crate) async fn open(url: &PostgresUrl) -> Result<Self, OpenError> {
        let options = url
            .connect_options()
            .map_err(|source| connect_error(url, source))?
            // Otherwise sqlx times and formats every statement for a log.
            .disable_statement_logging();
        migrate(url, &options).await?;
        let last_failure = LastFailure::default();
        let options = options.options(TIMEOUTS);
        let readers = pool(READER_CONNECTIONS, options.clone(), &last_failure);
        let writers = pool(WRITER_CONNECTIONS, options, &last_failure);
        Ok(Self {
            readers,
            writers,
            last_failure,
        })
    }

    /// Waits for running operations and closes the connections.
    pub(crate) async fn close(&self) {
        tokio::join!(self.readers.close(), self.writers.close());
    }

    /// Records that an operation failed or got no answer.
    pub(crate) fn record_failure(&self) {
        self.last_failure.record();
    }

    fn reader(&self) -> Result<PgPool, SqlError> {
        Ok(self.readers.clone())
    }

    fn writer(&self) -> Result<PgPool, SqlError> {
        Ok(self.writers.clone())
    }

    async fn read_session(&self, id: Id) -> Result<Option<SessionColumns>, SqlError> {
        let found: Option<(Vec<u8>, OffsetDateTime, Option<i64>, i64)> = sqlx::query_as(
            "select data, expiry_date, claims_stale_since, cast(extract(epoch from clock_timestamp()) * 1000 as bigint)
             from tower_sessions where id = $1 and expiry_date > date_trunc('second', statement_timestamp())",
        )
        .bind(id.to_string())
        .fetch_optional(&self.readers)
        .await?;
        Ok(found.map(
            |(data, expires_at, claims_stale_since, now)| SessionColumns {
                data,
                expires_at,
                claims_stale_since,
                now,
            },
        ))
    }

    /// Begins a transaction that sees, after waiting for a lock, what was
    /// committed under it. The default isolation level of the database may be
    /// another.
    async fn begin(&self) -> Result<Tx, SqlError> {
        let read_committed = "begin isolation level read committed";
        Ok(self.writers.begin_with(read_committed).await?)
    }

    /// Takes advisory locks until the end of the transaction. It is a statement
    /// of its own, so that the next one sees what earlier holders of the locks
    /// have committed.
    ///
    /// A lock's number is the first half of the hash. If two provider sessions or
    /// users share it, their writes only wait for each other.
    async fn lock_sign_ins(
        tx: &mut Tx,
        provider_session: Option<&ProviderSessionIdHash>,
        user: Option<&UserIdHash>,
    ) -> Result<(), SqlError> {
        for hash in [
            provider_session.map(ProviderSessionIdHash::as_bytes),
            user.map(UserIdHash::as_bytes),
        ]
        .into_iter()
        .flatten()
        {
            sqlx::query("select pg_advisory_xact_lock($1)")
                .bind(lock_number(hash))
                .execute(&mut **tx)
                .await?;
        }
        Ok(())
    }

    /// Takes the locks of [`lock_sign_ins`](Self::lock_sign_ins) for users, always in
    /// the same order, so that two transactions do not wait for each other.
    async fn lock_users(tx: &mut Tx, users: &[UserIdHash]) -> Result<(), SqlError> {
        let mut numbers: Vec<_> = users
            .iter()
            .map(|user| lock_number(user.as_bytes()))
            .collect();
        numbers.sort_unstable();
        sqlx::query("select pg_advisory_xact_lock(number) from unnest($1::bigint[]) as number")
            .bind(numbers)
            .execute(&mut **tx)
            .await?;
        Ok(())
    }
}

/// Returns the number of the advisory lock for a hash.
fn lock_number(hash: &[u8; 16]) -> i64 {
    let [bits @ .., _, _, _, _, _, _, _, _] = *hash;
    i64::from_be_bytes(bits)
}

fn pool(connections: u32, options: PgConnectOptions, last_failure: &LastFailure) -> PgPool {
    let (on_acquire, on_release) = (last_failure.clone(), last_failure.clone());
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // `before_acquire` tests only those that need it.
        .test_before_acquire(false)
        .before_acquire(move |connection, metadata| {
            let last_failure = on_acquire.clone();
            Box::pin(async move {
                if metadata.idle_for > IDLE_BEFORE_PING || last_failure.is_recent() {
                    ping(connection).await?;
                }
                Ok(true)
            })
        })
        .after_release(move |connection, _| {
            let last_failure = on_release.clone();
            Box::pin(async move {
                if last_failure.is_recent() {
                    ping(connection).await?;
                }
                Ok(true)
            })
        })
        .connect_lazy_with(options)
}

session_statements!(
    PostgresDatabase,
    " for update",
    "cast(extract(epoch from clock_timestamp()) * 1000 as bigint)",
    "date_trunc('second', statement_timestamp())"
);
expired_statements!(
    PostgresDatabase,
    " for update skip locked",
    " for update of session skip locked",
    "cast(extract(epoch from statement_timestamp()) * 1000 as bigint)",
    "date_trunc('second', statement_timestamp())"
);
token_statements!(
    PostgresDatabase,
    "cast(extract(epoch from clock_timestamp()) * 1000 as bigint)",
    "date_trunc('second', statement_timestamp())"
);
list_statements!(
    PostgresDatabase,
    " for update",
    "date_trunc('second', statement_timestamp())"
);
logout_statements!(
    PostgresDatabase,
    " for update",
    "cast(extract(epoch from clock_timestamp()) * 1000 as bigint)"
);
user_change_statements!(
    PostgresDatabase,
    Postgres,
    " for update",
    "cast(extract(epoch from clock_timestamp()) * 1000 as bigint)"
);
id_hash_key_statements!(PostgresDatabase);
