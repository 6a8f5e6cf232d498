//! Why a database cannot be opened.

use std::{error::Error, io, path::PathBuf};

/// Why a statement failed.
pub(crate) type SqlError = Box<dyn Error + Send + Sync>;

/// Why a database cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The directory of an SQLite file does not exist and cannot be created.
    /// Check the path in `DATABASE_URL` and the permissions of its parent.
    #[error("cannot create the directory of {path}: {source}")]
    Directory {
        /// The SQLite file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The SQLite file cannot be opened or written, or is not a database. Check
    /// the path in `DATABASE_URL` and the permissions of the file and its
    /// directory.
    #[error("cannot open {path} as an SQLite database: {source}")]
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
    /// PostgreSQL cannot be reached or refuses the connection. Check
    /// `DATABASE_URL` and whether PostgreSQL runs.
    #[error("cannot connect to {database}: {source}")]
    Connect {
        /// The URL of the database, without user and password.
        database: String,
        /// The error of the database driver.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The PostgreSQL user has no schema for the tables, or its name has
    /// characters other than letters, digits and `_`. Check the user's
    /// `search_path`.
    #[error("{database} has no schema for the tables: {reason}")]
    Schema {
        /// The URL of the database, without user and password.
        database: String,
        /// What is wrong with the schema.
        reason: String,
    },
    /// A migration failed, or a later version of this crate has migrated the
    /// database already.
    #[error("cannot migrate the tables in {database}: {source}")]
    Migrate {
        /// The SQLite file, or the URL of the database without user and
        /// password.
        database: String,
        /// The error of the database driver.
        source: Box<dyn Error + Send + Sync>,
    },
}
