//! The migrations of PostgreSQL.

use sqlx::PgConnection;

use super::{Migration, Schema, migration_statements};

static SCHEMA: Schema = Schema {
    tower_sessions: None,
    migrations: &[
        Migration {
            version: 1,
            description: "sessions",
            sql: include_str!("../../migrations/postgres/0001_sessions.sql"),
            compatible_from: 1,
        },
        Migration {
            version: 2,
            description: "provider logouts",
            sql: include_str!("../../migrations/postgres/0002_provider_logouts.sql"),
            compatible_from: 2,
        },
        Migration {
            version: 3,
            description: "user reports",
            sql: include_str!("../../migrations/postgres/0003_user_reports.sql"),
            compatible_from: 2,
        },
        Migration {
            version: 4,
            description: "user changes",
            sql: include_str!("../../migrations/postgres/0004_user_changes.sql"),
            compatible_from: 2,
        },
    ],
};

// Only of the schema in which bare names are created. `_sqlx_migrations` may
// belong to another user, and then no row in it is ours.
migration_statements!(
    PgConnection,
    "select cast(relation.relname as text), coalesce(cast(info.attname as text), '')
     from pg_catalog.pg_class as relation
     join pg_catalog.pg_namespace as schema on schema.oid = relation.relnamespace
     left join pg_catalog.pg_attribute as info
         on info.attrelid = relation.oid and info.attnum > 0 and not info.attisdropped
     where schema.nspname = current_schema() and relation.relname in ({})
         and (relation.relname <> '_sqlx_migrations'
             or pg_catalog.has_table_privilege(relation.oid, 'select'))",
    "bytea"
);
