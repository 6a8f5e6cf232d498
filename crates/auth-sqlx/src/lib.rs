//! A session store for [`auth_core`] on SQLite and PostgreSQL.
//!
//! [`SqlStore`] implements [`auth_core::SessionStore`]. It keeps sessions in
//! an SQLite file, for servers on one machine, or in PostgreSQL, for servers on
//! any number of machines. The [`DatabaseUrl`] selects the database.
//!
//! ```
//! use auth_core::SessionAdmin as _;
//! use auth_sqlx::{DatabaseUrl, SqlStore, sweep_expired};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = std::env::temp_dir().join(format!("auth-sqlx-doc-{}", std::process::id()));
//! // Or `DatabaseUrl::parse("postgres://user:password@host/database")`.
//! let url = DatabaseUrl::Sqlite(folder.join("auth.db"));
//!
//! // Creates the file and the tables, or applies the migrations that are missing.
//! let store = SqlStore::open(&url).await?;
//!
//! // Deletes expired sessions every ten minutes, in small batches.
//! let sweep = tokio::spawn(sweep_expired(store.clone()));
//!
//! // Give a clone to `auth_core::Auth::new`, and keep one for health checks
//! // and for closing.
//! store.check().await?;
//! assert!(store.list_page(None, 10).await?.is_empty());
//!
//! // At shutdown: stop the sweep, then close the connections.
//! sweep.abort();
//! drop(sweep.await);
//! store.close().await;
//! # std::fs::remove_dir_all(folder)?;
//! # Ok(())
//! # }
//! ```
//!
//! The store needs a Tokio runtime.
//!
//! # Tables
//!
//! [`SqlStore::open`] creates these tables and records its migrations in
//! sqlx's `_sqlx_migrations`. PostgreSQL has them in the first schema of the
//! connection's `search_path`.
//!
//! | table | a row is |
//! |---|---|
//! | `tower_sessions` | a sealed session and when it expires |
//! | `auth_tokens` | the sealed tokens of a session, their version, and the lease of the server that refreshes them |
//! | `auth_sessions` | the keyed hashes of a session's user and provider session, when it began and was last used, the sealed device |
//! | `auth_logouts` | a logout token that the provider sent and that must not be applied twice |
//! | `auth_hash_keys` | the sealed key of the keyed hashes |
//!
//! Everything that identifies a user is sealed or a keyed hash. What unseals
//! it, the application's secret, is never in the database.
//!
//! # SQLite
//!
//! The file is opened in WAL mode with `synchronous = full`: a sign-out that
//! was acknowledged survives a power failure. A file that is moved, deleted or
//! replaced while the server runs is noticed within about a second. Until a
//! database is back at the path, every operation fails.
//!
//! # PostgreSQL
//!
//! The database must exist; the tables are created in it. Its user needs the
//! right to create tables in its schema when a migration is applied. The store
//! opens at most ten connections.

mod error;
mod postgres;
mod rows;
mod sqlite;
mod statements;
mod store;
mod sweep;
mod url;

pub use self::{
    error::OpenError,
    store::SqlStore,
    sweep::{sweep, sweep_expired},
    url::{DatabaseUrl, PostgresUrl},
};
