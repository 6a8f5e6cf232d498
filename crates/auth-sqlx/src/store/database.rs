//! One of the two databases, with a deadline on every call.

use std::{pin::pin, time::Duration};

use auth_core::{EndedSession, StoreError};
use tokio::time::timeout;

#[cfg(feature = "postgres")]
use crate::postgres::PostgresDatabase;
#[cfg(feature = "sqlite")]
use crate::sqlite::SqliteDatabase;
use crate::{DatabaseUrl, OpenError, error::SqlError};

/// The longest time a call may take. It is longer than the timeouts for a
/// connection and for a lock together.
const DEADLINE: Duration = Duration::from_secs(12);

/// The database that is used. Clones share the connections.
#[derive(Clone, Debug)]
pub(crate) enum Database {
    #[cfg(feature = "sqlite")]
    Sqlite(SqliteDatabase),
    #[cfg(feature = "postgres")]
    Postgres(PostgresDatabase),
}

/// Calls a method of the database that is used, with [`DEADLINE`].
macro_rules! call {
    ($database:expr, $method:ident($($argument:expr),*)) => {
        match $database {
            #[cfg(feature = "sqlite")]
            $crate::store::database::Database::Sqlite(database) => {
                $crate::store::database::with_deadline(
                    database.$method($($argument),*),
                    || (),
                )
                .await
            }
            #[cfg(feature = "postgres")]
            $crate::store::database::Database::Postgres(database) => {
                $crate::store::database::with_deadline(
                    database.$method($($argument),*),
                    || database.record_failure(),
                )
                .await
            }
        }
    };
}

pub(crate) use call;

impl Database {
    pub(crate) async fn open(url: &DatabaseUrl) -> Result<Self, OpenError> {
        match url {
            #[cfg(feature = "sqlite")]
            DatabaseUrl::Sqlite(path) => Ok(Self::Sqlite(SqliteDatabase::open(path).await?)),
            #[cfg(feature = "postgres")]
            DatabaseUrl::Postgres(url) => Ok(Self::Postgres(PostgresDatabase::open(url).await?)),
        }
    }

    pub(crate) async fn delete_expired(&self, limit: u32) -> Result<u64, StoreError> {
        call!(self, delete_expired(limit))
    }

    pub(crate) async fn delete_old_reports(&self, limit: u32) -> Result<u64, StoreError> {
        call!(self, delete_old_reports(limit))
    }

    pub(crate) async fn take_expired(
        &self,
        limit: u32,
    ) -> Result<(u64, Vec<EndedSession>), StoreError> {
        call!(self, take_expired(limit))
    }

    /// Waits for running operations and closes the connections.
    pub(crate) async fn close(&self) {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(database) => database.close().await,
            #[cfg(feature = "postgres")]
            Self::Postgres(database) => database.close().await,
        }
    }
}

/// Waits for `operation` until [`DEADLINE`]. Calls `on_failure` if it fails or
/// takes longer.
pub(crate) async fn with_deadline<T>(
    operation: impl Future<Output = Result<T, SqlError>> + Send,
    on_failure: impl FnOnce() + Send,
) -> Result<T, StoreError> {
    let mut operation = pin!(operation);
    match timeout(DEADLINE, &mut operation).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => {
            on_failure();
            Err(StoreError::new(error))
        }
        Err(_) => {
            // Before `operation` is dropped, which returns its connection to
            // the pool.
            on_failure();
            Err(StoreError::new(format!(
                "the database did not answer within {} seconds",
                DEADLINE.as_secs()
            )))
        }
    }
}
