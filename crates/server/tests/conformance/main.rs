//! What every session store has to do, concurrency included: each case runs for
//! each store. Those for PostgreSQL need `TEST_POSTGRES_URL`, a database in
//! which they may make schemas; `end2end/postgres.sh` starts one.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

#[macro_use]
mod stores;

mod compare_and_swap;
mod databases;
mod gone;
mod id_hash_keys;
mod leases;
mod lists;
mod locked;
mod opening;
mod provider_logout;
mod provider_logout_races;
mod races;
mod reseal;
mod sessions;
mod sqlite_file;
mod tcp_proxy;
mod tokens;
