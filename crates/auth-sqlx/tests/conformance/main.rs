//! What every session store must do, concurrent calls included. Each case runs
//! for every store: in memory, on SQLite and on PostgreSQL.
//!
//! The cases for PostgreSQL need `TEST_POSTGRES_URL`, the URL of a database in
//! which they may create schemas. `end2end/postgres.sh` starts one.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test states what it expects by unwrapping"
)]

#[macro_use]
mod stores;

mod contract;
mod databases;
mod migrations;
