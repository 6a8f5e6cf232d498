//! The stores: [`SqlStore`] for both databases, [`SqliteStore`] and
//! [`PostgresStore`] for one.

mod database;
mod methods;
mod sweep;

use std::sync::Arc;

use self::{
    database::{Database, call},
    methods::session_store,
    sweep::{Revocation, SweepTask},
};
#[cfg(feature = "postgres")]
use crate::PostgresUrl;
use crate::{DatabaseUrl, OpenError};

/// A session store in the database that a URL names: an SQLite file or a
/// PostgreSQL database.
///
/// Clones share the connections. Every operation fails after at most 12
/// seconds, even if the database or the network does not answer at all.
///
/// While a store is open, a task deletes expired rows every ten minutes. It
/// ends with [`close`](Self::close), or when the last clone is dropped.
#[derive(Clone, Debug)]
pub struct SqlStore(Opened);

/// A session store in an SQLite file.
///
/// It is a [`SqlStore`] that can only be of SQLite.
#[cfg(feature = "sqlite")]
#[derive(Clone, Debug)]
pub struct SqliteStore(Opened);

/// A session store in a PostgreSQL database.
///
/// It is a [`SqlStore`] that can only be of PostgreSQL.
#[cfg(feature = "postgres")]
#[derive(Clone, Debug)]
pub struct PostgresStore(Opened);

/// An open database and the task that sweeps it.
#[derive(Clone, Debug)]
struct Opened {
    database: Database,
    revoke_expired: Revocation,
    /// Ends when the last clone is dropped.
    sweep: Arc<SweepTask>,
}

impl Opened {
    async fn open(url: &DatabaseUrl) -> Result<Self, OpenError> {
        let database = Database::open(url).await?;
        let revoke_expired = Revocation::default();
        let sweep = SweepTask::start(database.clone(), revoke_expired.clone());
        Ok(Self {
            sweep: Arc::new(sweep),
            revoke_expired,
            database,
        })
    }

    async fn close(&self) {
        // Until the task has ended, it may hold the only connection that
        // writes.
        self.sweep.end().await;
        self.database.close().await;
    }
}

impl SqlStore {
    /// Opens the database that `DATABASE_URL` names, by default the SQLite file
    /// `data/auth.db`. See [`open`](Self::open).
    ///
    /// # Errors
    ///
    /// Fails if the URL is wrong, or the database cannot be opened or migrated.
    pub async fn from_env() -> Result<Self, OpenError> {
        Self::open(DatabaseUrl::from_env()?).await
    }

    /// Opens a database and applies the migrations that are missing.
    ///
    /// Takes a [`DatabaseUrl`], or text such as `sqlite:data/auth.db` or
    /// `postgres://user:password@host/database`.
    ///
    /// Creates an SQLite file that does not exist, with its directory. A
    /// PostgreSQL database must exist; one that is still starting is waited for
    /// up to 15 seconds.
    ///
    /// Several servers may open one database at once.
    ///
    /// # Errors
    ///
    /// Fails if the URL is wrong, or the database cannot be opened or migrated.
    /// Then nothing in the database has changed.
    pub async fn open<U>(url: U) -> Result<Self, OpenError>
    where
        U: TryInto<DatabaseUrl>,
        OpenError: From<U::Error>,
    {
        Ok(Self(Opened::open(&url.try_into()?).await?))
    }
}

#[cfg(feature = "sqlite")]
impl SqliteStore {
    /// Opens the file at `path` and applies the migrations that are missing.
    /// Creates the file and its directory if they do not exist.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be opened or migrated. Then no row and no table
    /// in it has changed.
    pub async fn open(path: impl Into<std::path::PathBuf>) -> Result<Self, OpenError> {
        let url = DatabaseUrl::Sqlite(path.into());
        Ok(Self(Opened::open(&url).await?))
    }
}

#[cfg(feature = "sqlite")]
impl From<SqliteStore> for SqlStore {
    fn from(store: SqliteStore) -> Self {
        Self(store.0)
    }
}

#[cfg(feature = "postgres")]
impl PostgresStore {
    /// Opens a PostgreSQL database and applies the migrations that are missing.
    /// Waits up to 15 seconds for a database that is still starting.
    ///
    /// Takes a [`PostgresUrl`], or text such as
    /// `postgres://user:password@host/database`.
    ///
    /// # Errors
    ///
    /// Fails if the URL is wrong, or the database cannot be opened or migrated.
    /// Then nothing in the database has changed.
    pub async fn open<U>(url: U) -> Result<Self, OpenError>
    where
        U: TryInto<PostgresUrl>,
        OpenError: From<U::Error>,
    {
        let url = DatabaseUrl::Postgres(url.try_into()?);
        Ok(Self(Opened::open(&url).await?))
    }
}

#[cfg(feature = "postgres")]
impl From<PostgresStore> for SqlStore {
    fn from(store: PostgresStore) -> Self {
        Self(store.0)
    }
}

session_store!(SqlStore);
#[cfg(feature = "sqlite")]
session_store!(SqliteStore);
#[cfg(feature = "postgres")]
session_store!(PostgresStore);
