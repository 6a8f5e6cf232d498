//! The stores on SQLite and PostgreSQL: the contract of `SessionStore`, what
//! happens to their databases, migrations, and the release before this one.
//!
//! The cases for PostgreSQL need `TEST_POSTGRES_URL`, the URL of a database in
//! which they may create schemas. `end2end/postgres.sh` starts one.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test states what it expects by unwrapping"
)]

#[macro_use]
mod stores;

mod contract;
mod databases;
mod former_release;
mod migrations;
mod programs;
mod webhooks;
