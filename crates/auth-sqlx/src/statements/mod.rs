//! The statements that SQLite and PostgreSQL share, as macros.
//!
//! Each macro implements one part of [`SessionStore`](auth_core::SessionStore)
//! for a type. sqlx's types differ for each database, and generic functions
//! over them would need long lists of bounds. What the databases do not share
//! (pools, clocks, locks of rows) is a parameter of the macro, or a method of
//! the type:
//!
//! - `reader()`, `writer()`: the connections;
//! - `read_session()`: reads a session that has not expired by the database's clock.
//!   It does not use the `load` of tower-sessions, which compares the expiry date with
//!   the clock of the server;
//! - `begin()`: begins a transaction, a `Tx`, that may write;
//! - `lock_sign_ins()`: locks a provider session and a user until the end of the
//!   transaction, and lets it see what earlier holders of the locks have
//!   committed; `lock_users()`: the same for users.
//!
//! A session is a row of tower-sessions, of the form that
//! `tower-sessions-sqlx-store` reads. That crate is not used: its `load` compares
//! the expiry date with the clock of the server, and its `save` inserts a row that
//! does not exist, so it would bring back a session that another request has ended. The rows of
//! `auth_tokens` and `auth_sessions` are deleted with the session's row
//! (`on delete cascade`).
//!
//! # Order of locks
//!
//! A transaction locks, in this order, the provider session, the user (several in the order of their locks), then rows of
//! `tower_sessions` in the order of their ids, then other rows. So no two
//! transactions wait for each other.

mod expired;
mod id_hash_keys;
mod lists;
mod logouts;
mod sessions;
mod tokens;
mod user_changes;

pub(crate) use self::{
    expired::expired_statements,
    id_hash_keys::id_hash_key_statements,
    lists::{list_statements, select_ids, select_sessions},
    logouts::{Admission, logout_statements},
    sessions::session_statements,
    tokens::token_statements,
    user_changes::user_change_statements,
};
