//! Why a database cannot be opened.

use std::{convert::Infallible, error::Error, io, path::PathBuf};

use auth_core::ConfigProblem;

use crate::migrations::{Problem, RECORD, TABLES};

/// Why a statement failed.
pub(crate) type SqlError = Box<dyn Error + Send + Sync>;

/// Why a database cannot be opened. The message says what to do.
///
/// No error changes anything in the database.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The URL of the database is wrong, or names a database whose cargo
    /// feature is off.
    #[error("{0}")]
    Url(#[from] ConfigProblem),
    /// The directory of an SQLite file does not exist and cannot be created.
    #[error(
        "cannot create the directory of {path}: {source}; check the path in DATABASE_URL and the \
         permissions of its parent directory"
    )]
    Directory {
        /// The SQLite file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The SQLite file cannot be opened or written, or is not a database.
    #[error(
        "cannot open {path} as an SQLite database: {source}; check the path in DATABASE_URL and \
         the permissions of the file and its directory"
    )]
    Open {
        /// The SQLite file.
        path: PathBuf,
        /// The error of the database driver.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The SQLite file cannot be inspected, or was replaced while it was being
    /// opened.
    #[error("cannot find {path}: {source}")]
    File {
        /// The SQLite file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The write-ahead log beside the SQLite file belongs to the database that
    /// was at this path before, and would corrupt this one. Move the log away.
    #[error("{log} belongs to another database that was at this path before; move it away")]
    LeftBehind {
        /// The write-ahead log.
        log: PathBuf,
    },
    /// PostgreSQL cannot be reached or refuses the connection.
    #[error(
        "cannot connect to {database}: {source}; check DATABASE_URL and whether PostgreSQL runs"
    )]
    Connect {
        /// The URL of the database, without user and password.
        database: String,
        /// The error of the database driver.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The PostgreSQL user has no schema for the tables. Check the user's
    /// `search_path`.
    #[error("{database} has no schema for the tables: {reason}")]
    Schema {
        /// The URL of the database, without user and password.
        database: String,
        /// What is wrong with the schema.
        reason: String,
    },
    /// The schema that `search_path` names has no tables of this crate, but another
    /// one of the same database has: perhaps the `search_path` has changed, and
    /// everybody would be signed out. Not checked if the URL itself names a
    /// `search_path`.
    #[error(
        "{database} has no session tables in the schema `{schema}`, the first of search_path, but \
         in the schema `{found}`: to use those, add ?options[search_path]={found} to DATABASE_URL; \
         to create new ones, add ?options[search_path]={schema}"
    )]
    OtherSchema {
        /// The URL of the database, without user and password.
        database: String,
        /// The schema in which the tables would be created.
        schema: String,
        /// A schema that has the tables.
        found: String,
    },
    /// The PostgreSQL user must not create tables, or must not read them.
    #[error(
        "the user of {database} lacks a permission that the migrations need: {source}; grant it \
         (for the schema: `grant create, usage on schema … to …`), or set `search_path` to a \
         schema of the user's own"
    )]
    Permission {
        /// The URL of the database, without user and password.
        database: String,
        /// The error of the database driver.
        source: Box<dyn Error + Send + Sync>,
    },
    /// Another program has had the database locked for long: an SQLite file for
    /// 5 seconds, PostgreSQL's lock for migrations for a minute.
    #[error(
        "{database} is locked, perhaps by another program that is migrating it: {source}; start \
         again when that program is done"
    )]
    Locked {
        /// The SQLite file, or the URL of the database without user and
        /// password.
        database: String,
        /// The error of the database driver.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A migration failed and was rolled back.
    #[error("cannot migrate the tables in {database}: {source}; nothing in it was changed")]
    Migrate {
        /// The SQLite file, or the URL of the database without user and
        /// password.
        database: String,
        /// The error of the database driver.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A newer release has migrated the database, and this one can no longer
    /// use it.
    #[error(
        "{database} was migrated by a newer release, and only releases with migration {needed} \
         can use it: start the newer release again, or restore a backup from before the upgrade"
    )]
    TooNew {
        /// The SQLite file, or the URL of the database without user and
        /// password.
        database: String,
        /// The migration that a release must have.
        needed: i64,
    },
    /// A table or index has a name that this crate uses, but this crate did not
    /// create it.
    #[error(
        "{database} has a table or index `{name}` that auth-sqlx did not create (auth_migrations \
         does not record it): keep the sessions in another SQLite file, or in another database or \
         schema (`search_path`) of PostgreSQL, or rename `{name}`"
    )]
    NotOurs {
        /// The SQLite file, or the URL of the database without user and
        /// password.
        database: String,
        /// The table or index.
        name: String,
    },
    /// A table or column is missing that was created before.
    #[error(
        "{database} lacks `{missing}`, which an earlier start created: restore the database from \
         a backup; or, to start without sessions, drop {}",
        our_tables()
    )]
    Incomplete {
        /// The SQLite file, or the URL of the database without user and
        /// password.
        database: String,
        /// The table, or the table and the column.
        missing: String,
    },
    /// A migration was applied that is not the one of this release, for example
    /// by a fork of this crate.
    #[error(
        "migration {version} that auth_migrations of {database} records is not migration \
         {version} of this release: use the release that made this database, or another database"
    )]
    OtherHistory {
        /// The SQLite file, or the URL of the database without user and
        /// password.
        database: String,
        /// The migration.
        version: i64,
    },
}

impl OpenError {
    /// Describes a problem that was found in `database`.
    pub(crate) fn new(problem: Problem, database: String) -> Self {
        match problem {
            Problem::TooNew { needed } => Self::TooNew { database, needed },
            Problem::NotOurs(name) => Self::NotOurs { database, name },
            Problem::Incomplete(missing) => Self::Incomplete { database, missing },
            Problem::OtherHistory(version) => Self::OtherHistory { database, version },
        }
    }
}

/// A [`DatabaseUrl`](crate::DatabaseUrl) need not be parsed.
impl From<Infallible> for OpenError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

/// Returns the tables in an order in which they can be dropped.
fn our_tables() -> String {
    let mut tables: Vec<_> = TABLES.iter().rev().map(|(table, _)| *table).collect();
    tables.push(RECORD);
    tables.join(", ")
}
