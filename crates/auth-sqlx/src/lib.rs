//! A session store for [`auth_core`] on SQLite and PostgreSQL.
//!
//! [`SqlStore`] implements [`auth_core::SessionStore`]. It keeps sessions in
//! an SQLite file, for servers on one machine, or in PostgreSQL, for servers on
//! any number of machines. `DATABASE_URL` selects the database:
//!
//! | `DATABASE_URL` | database |
//! |---|---|
//! | not set | the SQLite file `data/auth.db` |
//! | `sqlite:/var/lib/app/auth.db` | an SQLite file, created if it does not exist |
//! | `sqlite:data/auth.db` | the same with a path relative to the working directory of the process |
//! | `postgres://user:password@host:5432/database` | a PostgreSQL database, which must exist |
//!
//! ```
//! use auth_core::SessionAdmin as _;
//! use auth_sqlx::SqlStore;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = std::env::temp_dir().join(format!("auth-sqlx-doc-{}", std::process::id()));
//! # let url = format!("sqlite:{}", folder.join("auth.db").display());
//! // Creates the tables, or applies the migrations that are missing. With a URL
//! // from the environment: `SqlStore::from_env()`.
//! let store = SqlStore::open(url).await?;
//!
//! // Give a clone to `auth_core::Auth::new`, and keep one for health checks
//! // and for closing.
//! store.check().await?;
//! assert!(store.list_page(None, 10).await?.is_empty());
//!
//! // At shutdown, after `Auth::finish`.
//! store.close().await;
//! # std::fs::remove_dir_all(folder)?;
//! # Ok(())
//! # }
//! ```
//!
//! The store needs a Tokio runtime. A task of the store deletes expired rows
//! every ten minutes, in small batches; [`SqlStore::close`] ends it, and so does
//! dropping the last clone.
//!
//! # Features
//!
//! | feature | default | what for |
//! |---|---|---|
//! | `sqlite` | yes | SQLite files, and `SqliteStore` |
//! | `postgres` | yes | PostgreSQL, `PostgresUrl` and `PostgresStore` |
//!
//! With one of them off, a URL of that database is an error that names the
//! feature. The crate uses sqlx 0.8, but no type of it is in the interface: your
//! application may use another version, except that only one crate of a program
//! can link SQLite.
//!
//! # Tables
//!
//! Opening a store creates these tables. PostgreSQL has them in the first
//! schema of the connection's `search_path`.
//!
//! | table | a row is |
//! |---|---|
//! | `tower_sessions` | a sealed session and when it expires |
//! | `auth_tokens` | the sealed tokens of a session, their version, and the lease of the server that refreshes them |
//! | `auth_sessions` | the keyed hashes of a session's user and provider session, when it began and was last used, the sealed device |
//! | `auth_logouts` | a report that the provider sent and that must not be applied twice |
//! | `auth_user_logouts` | a logout of a user, for sign-ins that are under way |
//! | `auth_user_changes` | a change of what the claims of a user say, for sign-ins that are under way |
//! | `auth_hash_keys` | the sealed key of the keyed hashes |
//! | `auth_migrations` | a migration that was applied |
//!
//! Everything that identifies a user is sealed or a keyed hash. What unseals
//! it, the application's secret, is never in the database.
//!
//! Your application can have its tables in the same database and migrate them
//! with `sqlx::migrate!`, before or after a store is opened: this crate records
//! its migrations in `auth_migrations` and never writes to `_sqlx_migrations`.
//! Only the names above are taken. A table or index of such a name that this
//! crate did not create is an error, [`OpenError::NotOurs`]; in particular,
//! tower-sessions of your own needs another table, or the sessions another
//! database. On SQLite, an empty `tower_sessions` of the same form is taken over.
//!
//! # Versions
//!
//! A migration and its record are one transaction, and servers that start at
//! once wait for each other. Migrations add tables, columns and indexes, so the
//! release before goes on with a migrated database, beside the new release or
//! after a rollback. Each row of `auth_migrations` says, in `compatible_from`,
//! which migration a release must have at least to use the database. An older
//! release does not open it, [`OpenError::TooNew`].
//!
//! ## The release before `auth_migrations`
//!
//! A release before this one recorded its migrations in `_sqlx_migrations`. Such
//! a database is taken over, with all sessions. The rows in `_sqlx_migrations`
//! stay, because that release checks them when it starts: it can run beside this
//! one and after a rollback.
//!
//! When you will not go back, and want to use `sqlx::migrate!` of your own in
//! that database, delete the rows, which sqlx would refuse:
//!
//! ```sql
//! delete from _sqlx_migrations where description in
//!     ('auth tokens', 'leases users and hash keys', 'sessions', 'provider logouts');
//! ```
//!
//! That release cannot open a database that this one created, or that this one
//! migrated from a still older release: it fails when it starts, and no session
//! is lost. To go back with such a database, run `rollback/sqlite.sql` or
//! `rollback/postgres.sql` of this crate on it first.
//!
//! ## Both releases at once
//!
//! While servers of the release before run on the same database, during an
//! upgrade or after a rollback, no session is lost. What a report of Logto did
//! stays done, whatever those servers read and write: a user who was logged out
//! stays signed out, and claims that were marked as stale stay marked until this
//! release has fetched them again. But those servers know less:
//!
//! - **A logout of a user does not refuse sign-ins there.** A sign-in that was
//!   under way begins a session if one of those servers completes it. It lasts
//!   until the next report of that user, or until Logto refuses its refresh
//!   token. Logouts of a provider session (`sid`) are refused by both releases.
//! - A session that they begin while a change of its user is reported is not marked.
//!   Its claims count as old anyway, because those servers do not store when they
//!   asked for them.
//! - They have no route for webhooks, and do not fetch claims again because of
//!   their age or a mark. Logto may not repeat a webhook that failed. So let
//!   webhooks reach servers of this release only. Otherwise users stay signed in,
//!   and roles stay, until this release fetches the claims at their age.
//! - A logout of a user also ends sessions that those servers began after it,
//!   because they do not store when an ID token was issued. The user signs in
//!   again.
//! - Their own clock decides when sessions end there, in their sweep too. If it is
//!   fast, sessions end early; if it is slow, they serve sessions that have
//!   expired, and can extend them.
//! - Their sweep does not revoke the refresh tokens of expired sessions, and
//!   leaves `auth_user_logouts` and `auth_user_changes` to this release.
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
//! right to create tables in its schema when a migration is applied, and
//! otherwise only to read and write them. The store opens at most ten
//! connections.
//!
//! The schema is the first of the connection's `search_path`. Name it in the URL,
//! as in `postgres://host/database?options[search_path]=app`, if a database has
//! more than one store. Otherwise a `search_path` that changes on the server would
//! lead to a new, empty store: [`OpenError::OtherSchema`] then says which schema
//! has the sessions.

mod error;
mod migrations;
#[cfg(feature = "postgres")]
mod postgres;
mod rows;
#[cfg(feature = "sqlite")]
mod sqlite;
mod statements;
mod store;
mod url;

#[cfg(not(any(feature = "sqlite", feature = "postgres")))]
compile_error!("auth-sqlx needs the feature `sqlite` or `postgres`");

#[cfg(feature = "sqlite")]
pub use self::store::SqliteStore;
pub use self::{error::OpenError, store::SqlStore, url::DatabaseUrl};
#[cfg(feature = "postgres")]
pub use self::{store::PostgresStore, url::PostgresUrl};
