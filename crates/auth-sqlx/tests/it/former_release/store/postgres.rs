//! The former release's store in a PostgreSQL database.

use std::time::Duration;

use auth_core::{
    EndedSession, LeaseHolder, LeaseOutcome, LogoutTokenIdHash, NewSession, ProviderLogout,
    ProviderLogoutOutcome, ProviderSessionIdHash, RememberedToken, SealingKeyId, SessionIdHash,
    SessionRow, StoreError, StoredSession, StoredTokens, TokensVersion, UserChange, UserIdHash,
    UserSessions, WriteOutcome,
};
use sqlx::{
    PgPool, Postgres, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use time::OffsetDateTime;
use tower_sessions_core::{SessionStore as _, session::Id, session_store};
use tower_sessions_sqlx_store::PostgresStore;

use super::{
    FormerStore,
    hash_keys::sql_hash_keys,
    lists::{select_ids, select_sessions, sql_lists},
    logouts::sql_logouts,
    methods::implement_store,
    rows::{Columns, SqlError, key_of, now, packed, row_id, sealed_in, session_row, unpacked},
    sessions::sql_sessions,
    tokens::sql_tokens,
    unknown::unknown_operations,
};
use crate::stores::Schema;

type Work = Transaction<'static, Postgres>;

/// The former release's store in a PostgreSQL database. Clones share the
/// connections.
#[derive(Clone, Debug)]
pub struct FormerPostgres {
    rows: PostgresStore,
    readers: PgPool,
    writers: PgPool,
}

impl FormerPostgres {
    pub(super) async fn connect(schema: &Schema) -> Self {
        let options: PgConnectOptions = schema.address().as_str().parse().unwrap();
        let options = options.options([
            ("statement_timeout", "5s"),
            ("lock_timeout", "5s"),
            ("idle_in_transaction_session_timeout", "10s"),
        ]);
        let pool = |connections| {
            PgPoolOptions::new()
                .max_connections(connections)
                .connect_lazy_with(options.clone())
        };
        let readers = pool(6);
        let store = Self {
            rows: PostgresStore::new(readers.clone())
                .with_schema_name(&schema.name)
                .and_then(|rows| rows.with_table_name("tower_sessions"))
                .unwrap(),
            readers,
            writers: pool(4),
        };
        store.check().await.unwrap();
        store
    }

    fn rows(&self) -> Result<&PostgresStore, SqlError> {
        Ok(&self.rows)
    }

    fn reader(&self) -> Result<PgPool, SqlError> {
        Ok(self.readers.clone())
    }

    fn writer(&self) -> Result<PgPool, SqlError> {
        Ok(self.writers.clone())
    }

    async fn begin(&self) -> Result<Work, SqlError> {
        let read_committed = "begin isolation level read committed";
        Ok(self.writers.begin_with(read_committed).await?)
    }

    async fn lock_provider_session(
        work: &mut Work,
        key: &ProviderSessionIdHash,
    ) -> Result<(), SqlError> {
        let [bits @ .., _, _, _, _, _, _, _, _] = *key.as_bytes();
        sqlx::query("select pg_advisory_xact_lock($1)")
            .bind(i64::from_be_bytes(bits))
            .execute(&mut **work)
            .await?;
        Ok(())
    }
}

impl FormerStore for FormerPostgres {
    async fn delete_expired(&self, now: OffsetDateTime, limit: u32) -> Result<u64, StoreError> {
        Self::delete_expired(self, now, limit)
            .await
            .map_err(StoreError::new)
    }

    async fn close(&self) {
        tokio::join!(self.readers.close(), self.writers.close());
    }
}

sql_sessions!(FormerPostgres, " for update", " for update skip locked");
sql_tokens!(
    FormerPostgres,
    "cast(extract(epoch from clock_timestamp()) * 1000 as bigint)"
);
sql_lists!(FormerPostgres, " for update");
sql_logouts!(FormerPostgres, " for update", " for update skip locked");
sql_hash_keys!(FormerPostgres);
unknown_operations!(FormerPostgres);
implement_store!(FormerPostgres, |this, _| this);
