//! Creates and changes the tables, and records that in a table of this crate.
//!
//! sqlx's own `migrate!` is not used. It has one table, `_sqlx_migrations`, and
//! refuses every row that it does not know, so two programs cannot use it in
//! one database.
//!
//! # Rules for migrations
//!
//! - The former release recorded migrations in `_sqlx_migrations`. Its rows are
//!   taken over into [`RECORD`] and stay where they are: that release, still
//!   running or started again, checks them. This release only ever reads
//!   `_sqlx_migrations`, and a row counts only if number and checksum are those
//!   of a migration of this crate.
//! - A migration adds tables, columns with defaults, and indexes; releases
//!   before it go on. One that cannot do so raises
//!   [`Migration::compatible_from`].
//! - A file that was released never changes, comments included: its checksum
//!   is recorded.

#[cfg(feature = "postgres")]
pub(crate) mod postgres;
mod schema;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite;
mod state;
mod statements;

pub(crate) use self::{
    schema::{Migration, RECORD, Schema, TABLES, names},
    state::{Problem, Recorded, Relations, check_tables, steps},
    statements::{MigrateError, migration_statements},
};
