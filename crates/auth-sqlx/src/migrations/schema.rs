//! The tables of this release, and the migrations that lead there.

use sha2::{Digest as _, Sha384};

/// The record of the migrations that were applied.
pub(crate) const RECORD: &str = "auth_migrations";

/// The columns of [`RECORD`].
pub(crate) const RECORD_COLUMNS: &[&str] = &[
    "version",
    "description",
    "checksum",
    "compatible_from",
    "applied_at",
];

/// Where the former release recorded migrations, and where a user's own
/// `sqlx::migrate!` does.
pub(crate) const SQLX_RECORD: &str = "_sqlx_migrations";

/// The table of tower-sessions, as tower-sessions creates it.
pub(crate) const TOWER_SESSIONS: (&str, &[&str]) =
    ("tower_sessions", &["id", "data", "expiry_date"]);

/// The tables and columns that this release uses, on both databases.
pub(crate) const TABLES: &[(&str, &[&str])] = &[
    (
        TOWER_SESSIONS.0,
        &["id", "data", "expiry_date", "claims_stale_since"],
    ),
    (
        "auth_tokens",
        &[
            "session_id",
            "version",
            "sealed",
            "lease_holder",
            "leased_until",
        ],
    ),
    (
        "auth_sessions",
        &[
            "session_id",
            "session_key",
            "user_key",
            "begun_at",
            "used_at",
            "sealed_device",
            "provider_session",
            "issued_at",
        ],
    ),
    (
        "auth_logouts",
        &["token_key", "provider_session", "forget_at"],
    ),
    (
        "auth_user_logouts",
        &["user_key", "ends_all", "issued_at", "forget_at"],
    ),
    (
        "auth_user_changes",
        &["user_key", "changed_at", "forget_at"],
    ),
    ("auth_hash_keys", &["place", "key_id", "sealed"]),
];

/// The names of the indexes, on both databases. They share a namespace with
/// tables.
const INDEXES: &[&str] = &[
    "tower_sessions_expiry",
    "auth_sessions_user",
    "auth_sessions_provider",
    "auth_logouts_provider",
    "auth_logouts_forget",
    "auth_user_logouts_forget",
    "auth_user_changes_forget",
];

/// One step of the tables.
#[derive(Debug)]
pub(crate) struct Migration {
    /// Counts from 1, for each database on its own.
    pub(crate) version: i64,
    pub(crate) description: &'static str,
    pub(crate) sql: &'static str,
    /// The oldest release that can use a database with this migration: the
    /// newest migration that such a release has.
    pub(crate) compatible_from: i64,
}

impl Migration {
    /// Returns the checksum that sqlx computes too.
    pub(crate) fn checksum(&self) -> Vec<u8> {
        Sha384::digest(self.sql).to_vec()
    }
}

/// The migrations of one database.
#[derive(Debug)]
pub(crate) struct Schema {
    /// Creates the table of tower-sessions, if the first migration does not.
    pub(crate) tower_sessions: Option<&'static str>,
    pub(crate) migrations: &'static [Migration],
}

impl Schema {
    /// Returns the newest migration that this release has.
    pub(crate) fn newest(&self) -> i64 {
        self.migrations
            .iter()
            .map(|migration| migration.version)
            .max()
            .unwrap_or_default()
    }
}

/// Returns the names that the migrations use, as a list of SQL literals.
pub(crate) fn names() -> String {
    let tables = TABLES.iter().map(|(table, _)| *table);
    let names: Vec<_> = tables
        .chain(INDEXES.iter().copied())
        .chain([RECORD, SQLX_RECORD])
        .map(|name| format!("'{name}'"))
        .collect();
    names.join(", ")
}
