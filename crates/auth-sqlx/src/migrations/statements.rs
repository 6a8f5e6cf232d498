//! The statements of migrations that SQLite and PostgreSQL share, as a macro.

use super::Problem;

/// Why migrating failed. The transaction must be rolled back.
#[derive(Debug)]
pub(crate) enum MigrateError {
    Problem(Problem),
    Sql(sqlx::Error),
}

impl From<Problem> for MigrateError {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<sqlx::Error> for MigrateError {
    fn from(error: sqlx::Error) -> Self {
        Self::Sql(error)
    }
}

/// Implements `migrate` for a connection. It must be in a transaction that
/// holds a lock which the former release takes too.
///
/// `$relations` selects pairs of a relation and a column of it, and is
/// formatted with the names of the relations. `$bytes` is the type of a
/// checksum.
macro_rules! migration_statements {
    ($connection:ty, $relations:literal, $bytes:literal) => {
        /// Brings the tables up to date.
        pub(crate) async fn migrate(
            connection: &mut $connection,
        ) -> Result<(), $crate::migrations::MigrateError> {
            use sqlx::Executor as _;

            let found = relations(connection).await?;
            let has_record = found.has_record()?;
            let record = if has_record {
                record(connection).await?
            } else {
                Vec::new()
            };
            let sqlx_rows = if record.is_empty() && found.has_sqlx_record() {
                sqlx_rows(connection).await?
            } else {
                Vec::new()
            };
            let has_empty_tower_sessions = found.has_only_tower_sessions(&SCHEMA)
                && is_tower_sessions_empty(connection).await?;
            let steps = $crate::migrations::steps(
                &SCHEMA,
                &found,
                &record,
                &sqlx_rows,
                has_empty_tower_sessions,
            )?;
            if !has_record {
                connection
                    .execute(concat!(
                        "create table auth_migrations (
                             version bigint primary key not null,
                             description text not null,
                             checksum ",
                        $bytes,
                        " not null,
                             compatible_from bigint not null,
                             applied_at bigint not null
                         )"
                    ))
                    .await?;
            }
            for migration in &steps.take_over {
                insert_record(connection, migration).await?;
            }
            if let Some(statement) = steps.first {
                connection.execute(statement).await?;
            }
            for migration in &steps.apply {
                connection.execute(migration.sql).await?;
                insert_record(connection, migration).await?;
            }
            let found = relations(connection).await?;
            Ok($crate::migrations::check_tables(&found)?)
        }

        async fn relations(
            connection: &mut $connection,
        ) -> Result<$crate::migrations::Relations, sqlx::Error> {
            let statement = format!($relations, $crate::migrations::names());
            let found: Vec<(String, String)> =
                sqlx::query_as(&statement).fetch_all(connection).await?;
            Ok(found.into_iter().collect())
        }

        async fn record(
            connection: &mut $connection,
        ) -> Result<Vec<$crate::migrations::Recorded>, sqlx::Error> {
            let rows: Vec<(i64, Vec<u8>, i64)> =
                sqlx::query_as("select version, checksum, compatible_from from auth_migrations")
                    .fetch_all(connection)
                    .await?;
            Ok(rows
                .into_iter()
                .map(
                    |(version, checksum, compatible_from)| $crate::migrations::Recorded {
                        version,
                        checksum,
                        compatible_from,
                    },
                )
                .collect())
        }

        async fn sqlx_rows(
            connection: &mut $connection,
        ) -> Result<Vec<(i64, Vec<u8>)>, sqlx::Error> {
            sqlx::query_as("select version, checksum from _sqlx_migrations where success")
                .fetch_all(connection)
                .await
        }

        async fn is_tower_sessions_empty(
            connection: &mut $connection,
        ) -> Result<bool, sqlx::Error> {
            let row = sqlx::query("select 1 from tower_sessions limit 1")
                .fetch_optional(connection)
                .await?;
            Ok(row.is_none())
        }

        async fn insert_record(
            connection: &mut $connection,
            migration: &$crate::migrations::Migration,
        ) -> Result<(), sqlx::Error> {
            sqlx::query(
                "insert into auth_migrations
                 (version, description, checksum, compatible_from, applied_at)
                 values ($1, $2, $3, $4, $5)",
            )
            .bind(migration.version)
            .bind(migration.description)
            .bind(migration.checksum())
            .bind(migration.compatible_from)
            .bind(time::OffsetDateTime::now_utc().unix_timestamp())
            .execute(connection)
            .await?;
            Ok(())
        }
    };
}

pub(crate) use migration_statements;
