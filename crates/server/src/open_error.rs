//! Why a database cannot be used.

use std::{io, path::PathBuf};

/// The database cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The directory is missing and cannot be made: check the path in
    /// `DATABASE_URL` and who may write there.
    #[error("the directory of {path} cannot be made: {source}")]
    Directory {
        /// The database's file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file cannot be opened, is no database, or cannot be written: check
    /// the path in `DATABASE_URL` and who may write there.
    #[error("{path} cannot be opened as an SQLite database: {source}")]
    Open {
        /// The database's file.
        path: PathBuf,
        /// Why.
        source: sqlx::Error,
    },
    /// The file cannot be looked at, or is taken away while it is opened.
    #[error("{path} cannot be found: {source}")]
    File {
        /// The database's file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The write-ahead log beside the file belongs to the database that was
    /// there before, and would spoil this one: move it away.
    #[error("{log} belongs to the database that was there before: move it away")]
    LeftBehind {
        /// The write-ahead log.
        log: PathBuf,
    },
    /// The server cannot be reached, or does not let this program in: check
    /// `DATABASE_URL`, and whether PostgreSQL runs.
    #[error("{database} cannot be reached: {source}")]
    Connect {
        /// Where the database is, without user and password.
        database: String,
        /// Why.
        source: sqlx::Error,
    },
    /// The user has no schema to make tables in, or one whose name is not made
    /// of letters, digits and `_`: check its `search_path`.
    #[error("{database} has no schema for the tables: {reason}")]
    Schema {
        /// Where the database is, without user and password.
        database: String,
        /// What is wrong.
        reason: String,
    },
    /// The tables cannot be made, or were made by a later version of this
    /// program.
    #[error("the tables in {database} cannot be brought up to date: {source}")]
    Migrate {
        /// The database's file, or where it is.
        database: String,
        /// Why.
        source: sqlx::migrate::MigrateError,
    },
}
