//! The first connection to PostgreSQL, which applies the migrations.

use std::{
    io,
    time::{Duration, Instant},
};

use sqlx::{
    ConnectOptions as _, Connection as _, PgConnection, migrate::Migrate as _,
    postgres::PgConnectOptions,
};
use tokio::time::timeout;

use crate::{
    OpenError, PostgresUrl,
    migrations::{self, MigrateError},
};

/// How long the first connection is retried: PostgreSQL may be starting too.
const START_TIMEOUT: Duration = Duration::from_secs(15);
const START_RETRY: Duration = Duration::from_millis(300);
/// For migrations, which may take long, and which wait for those of another
/// server.
const MIGRATION_TIMEOUTS: [(&str, &str); 2] = [("statement_timeout", "0"), ("lock_timeout", "60s")];

/// PostgreSQL's error codes.
const LOCK_NOT_AVAILABLE: &str = "55P03";
const INSUFFICIENT_PRIVILEGE: &str = "42501";
const CANNOT_CONNECT_NOW: &str = "57P03";

/// Applies the migrations that are missing.
pub(super) async fn migrate(
    url: &PostgresUrl,
    options: &PgConnectOptions,
) -> Result<(), OpenError> {
    let mut connection = first_connection(&options.clone().options(MIGRATION_TIMEOUTS))
        .await
        .map_err(|source| connect_error(url, source))?;
    let schema = default_schema(&mut connection, url).await?;
    refuse_empty_beside_existing(&mut connection, url, &schema).await?;
    apply_migrations(&mut connection)
        .await
        .map_err(|error| migrate_error(url, error))?;
    connection
        .close()
        .await
        .map_err(|source| connect_error(url, source))?;
    Ok(())
}

/// Applies all migrations or none. Holds sqlx's advisory lock meanwhile, which
/// the former release and a user's own `sqlx::migrate!` take too: several
/// servers may start at once. Closing the connection frees the lock.
async fn apply_migrations(connection: &mut PgConnection) -> Result<(), MigrateError> {
    connection.lock().await.map_err(|error| match error {
        sqlx::migrate::MigrateError::Execute(error) => error,
        other => other.into(),
    })?;
    // What the holder of the lock before this one has committed is seen,
    // whatever the default isolation level is.
    let mut tx = connection
        .begin_with("begin isolation level read committed")
        .await?;
    migrations::postgres::migrate(&mut tx).await?;
    tx.commit().await?;
    Ok(())
}

fn migrate_error(url: &PostgresUrl, error: MigrateError) -> OpenError {
    let database = url.to_string();
    let source = match error {
        MigrateError::Problem(problem) => return OpenError::new(problem, database),
        MigrateError::Sql(source) => source,
    };
    let code = source
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    match code.as_deref() {
        Some(LOCK_NOT_AVAILABLE) => OpenError::Locked {
            database,
            source: source.into(),
        },
        Some(INSUFFICIENT_PRIVILEGE) => OpenError::Permission {
            database,
            source: source.into(),
        },
        _ => OpenError::Migrate {
            database,
            source: source.into(),
        },
    }
}

pub(super) fn connect_error(url: &PostgresUrl, source: sqlx::Error) -> OpenError {
    OpenError::Connect {
        database: url.to_string(),
        source: source.into(),
    }
}

async fn first_connection(options: &PgConnectOptions) -> Result<PgConnection, sqlx::Error> {
    let started = Instant::now();
    loop {
        let left = START_TIMEOUT.saturating_sub(started.elapsed());
        let connected = timeout(left, options.connect())
            .await
            .unwrap_or(Err(sqlx::Error::PoolTimedOut));
        match connected {
            Err(error) if is_starting(&error) && left > START_RETRY => {
                tracing::info!(
                    %error,
                    "PostgreSQL does not accept connections yet; trying for up to {} seconds",
                    START_TIMEOUT.as_secs()
                );
                tokio::time::sleep(START_RETRY).await;
            }
            connected => return connected,
        }
    }
}

/// Whether PostgreSQL may be starting: nothing listens at its port yet, or it
/// answers with `cannot_connect_now`.
fn is_starting(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => error.kind() == io::ErrorKind::ConnectionRefused,
        sqlx::Error::Database(error) => error.code().as_deref() == Some(CANNOT_CONNECT_NOW),
        _ => false,
    }
}

/// Returns the schema in which tables are created and found by their bare names.
async fn default_schema(
    connection: &mut PgConnection,
    url: &PostgresUrl,
) -> Result<String, OpenError> {
    let (schema,): (Option<String>,) = sqlx::query_as("select cast(current_schema() as text)")
        .fetch_one(connection)
        .await
        .map_err(|source| connect_error(url, source))?;
    schema.ok_or_else(|| OpenError::Schema {
        database: url.to_string(),
        reason: "no schema in the user's search_path exists".to_owned(),
    })
}

/// Fails if the tables do not exist in `schema`, but in another schema that the
/// user can read, unless the connection itself sets `search_path`: then the schema
/// was chosen, and did not change by `alter role`, `alter database` or a new user
/// with a schema of its own.
async fn refuse_empty_beside_existing(
    connection: &mut PgConnection,
    url: &PostgresUrl,
    schema: &str,
) -> Result<(), OpenError> {
    let found: Option<(String,)> = sqlx::query_as(
        "with stores as (
             select schemas.nspname, tables.oid as table_oid, schemas.oid as schema_oid
             from pg_class as tables
             join pg_namespace as schemas on schemas.oid = tables.relnamespace
             where tables.relname = 'auth_hash_keys' and tables.relkind in ('r', 'p')
         )
         select cast(nspname as text) from stores
         where not exists (select 1 from stores where nspname = $1)
         and has_schema_privilege(schema_oid, 'usage')
         and has_table_privilege(table_oid, 'select')
         and not exists (
             select 1 from pg_settings where name = 'search_path' and source = 'client'
         )
         order by nspname limit 1",
    )
    .bind(schema)
    .fetch_optional(connection)
    .await
    .map_err(|source| connect_error(url, source))?;
    match found {
        None => Ok(()),
        Some((found,)) => Err(OpenError::OtherSchema {
            database: url.to_string(),
            schema: schema.to_owned(),
            found,
        }),
    }
}
