//! The migrations of SQLite.

use sqlx::SqliteConnection;

use super::{Migration, Schema, migration_statements};

static SCHEMA: Schema = Schema {
    // As tower-sessions creates it.
    tower_sessions: Some(
        "create table tower_sessions (
            id text primary key not null,
            data blob not null,
            expiry_date integer not null
        )",
    ),
    migrations: &[
        Migration {
            version: 1,
            description: "auth tokens",
            sql: include_str!("../../migrations/sqlite/0001_auth_tokens.sql"),
            compatible_from: 1,
        },
        Migration {
            version: 2,
            description: "leases users and hash keys",
            sql: include_str!("../../migrations/sqlite/0002_leases_users_and_hash_keys.sql"),
            compatible_from: 2,
        },
        Migration {
            version: 3,
            description: "provider logouts",
            sql: include_str!("../../migrations/sqlite/0003_provider_logouts.sql"),
            compatible_from: 3,
        },
        Migration {
            version: 4,
            description: "user reports",
            sql: include_str!("../../migrations/sqlite/0004_user_reports.sql"),
            compatible_from: 3,
        },
        Migration {
            version: 5,
            description: "user changes",
            sql: include_str!("../../migrations/sqlite/0005_user_changes.sql"),
            compatible_from: 3,
        },
    ],
};

migration_statements!(
    SqliteConnection,
    "select relation.name, coalesce(info.name, '')
     from sqlite_master as relation
     left join pragma_table_info(relation.name) as info
     where relation.name in ({})",
    "blob"
);
