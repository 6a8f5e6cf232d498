//! The statements that SQLite and PostgreSQL share, as macros.
//!
//! Each macro implements one part of [`SessionStore`](auth_core::SessionStore)
//! for a type. sqlx's types differ for each database, and generic functions
//! over them would need long lists of bounds. What the databases do not share
//! (pools, clocks, locks of rows) is a parameter of the macro, or a method of
//! the type:
//!
//! - `tower_sessions()`, `reader()`, `writer()`: the connections;
//! - `begin()`: begins a transaction, a `Tx`, that may write;
//! - `lock_provider_session()`: locks a provider session until the end of the
//!   transaction, and lets it see what earlier holders of the lock have
//!   committed.
//!
//! A session is a row of tower-sessions, which `tower-sessions-sqlx-store`
//! reads. Its `save` is not used: it inserts a row that does not exist, so it
//! would bring back a session that another request has ended. The rows of
//! `auth_tokens` and `auth_sessions` are deleted with the session's row
//! (`on delete cascade`).
//!
//! # Order of locks
//!
//! A transaction locks, in this order, the provider session, then rows of
//! `tower_sessions` in the order of their ids, then other rows. So no two
//! transactions wait for each other.

mod id_hash_keys;
mod lists;
mod logouts;
mod sessions;
mod tokens;

pub(crate) use self::{
    id_hash_keys::id_hash_key_statements,
    lists::{list_statements, select_ids, select_sessions},
    logouts::logout_statements,
    sessions::session_statements,
    tokens::token_statements,
};
