//! Fills a database with sessions in bulk: through the store it would take many
//! minutes.

use auth_core::SessionIdHash;
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use rand::{Rng as _, RngCore as _, SeedableRng as _, rngs::SmallRng};
use sqlx::{Connection as _, Executor as _, PgConnection, QueryBuilder, SqliteConnection};
use time::{Duration, OffsetDateTime};
use tower_sessions_core::session::{Id, Record};
use url::Url;

/// Rows per transaction.
const BATCH: u32 = 20_000;
/// Rows per statement.
const CHUNK: usize = 500;
/// The sizes of the sealed values of a Logto session with a few claims.
const SESSION_BYTES: usize = 520;
const TOKENS_BYTES: usize = 1_400;
const DEVICE_BYTES: usize = 110;
/// Sessions per user.
const PER_USER: u32 = 3;

#[derive(Clone, Copy, PartialEq)]
pub enum Life {
    Current,
    Expired,
}

enum Connection {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

pub struct Fill {
    connection: Connection,
    random: SmallRng,
    /// The keys of the sessions that have not expired.
    keys: Vec<SessionIdHash>,
}

struct Row {
    id: String,
    key: Vec<u8>,
    data: Vec<u8>,
    expiry: OffsetDateTime,
    user: Vec<u8>,
    provider_session: Vec<u8>,
    tokens: Vec<u8>,
    device: Vec<u8>,
}

impl Fill {
    pub async fn new(url: &str) -> Self {
        let connection = if url.starts_with("sqlite") {
            let mut connection = SqliteConnection::connect(url).await.unwrap();
            connection
                .execute(
                    // For speed: half a gigabyte of cache, and no flush.
                    "pragma busy_timeout = 10000; pragma cache_size = -500000;
                     pragma synchronous = off",
                )
                .await
                .unwrap();
            Connection::Sqlite(connection)
        } else {
            let mut connection = PgConnection::connect(url).await.unwrap();
            connection
                .execute("set synchronous_commit = off")
                .await
                .unwrap();
            Connection::Postgres(connection)
        };
        Self {
            connection,
            random: SmallRng::seed_from_u64(7),
            keys: Vec::new(),
        }
    }

    pub async fn add(&mut self, count: u32, life: Life) {
        let mut left = count;
        while left > 0 {
            let batch = left.min(BATCH);
            let rows: Vec<Row> = (0..batch).map(|_| self.row(life)).collect();
            match &mut self.connection {
                Connection::Sqlite(connection) => insert_sqlite(connection, &rows).await,
                Connection::Postgres(connection) => insert_postgres(connection, &rows).await,
            }
            left -= batch;
        }
        self.tidy().await;
    }

    /// Does the database's maintenance now, so that it is not measured.
    async fn tidy(&mut self) {
        match &mut self.connection {
            Connection::Sqlite(connection) => {
                // Writes everything to the disk.
                connection
                    .execute(
                        "pragma synchronous = full; pragma wal_checkpoint(truncate);
                         pragma synchronous = off",
                    )
                    .await
                    .unwrap();
            }
            Connection::Postgres(connection) => {
                connection.execute("vacuum analyze").await.unwrap();
                connection.execute("checkpoint").await.unwrap();
            }
        }
    }

    /// Returns keys picked at random.
    pub fn sample(&self, count: usize) -> Vec<SessionIdHash> {
        let mut random = SmallRng::from_os_rng();
        (0..count)
            .map(|_| self.keys[random.random_range(0..self.keys.len())])
            .collect()
    }

    fn row(&mut self, life: Life) -> Row {
        let key: [u8; 16] = self.random.random();
        let id = Id(i128::from_le_bytes(key));
        let seconds = self.random.random_range(3600..2_592_000);
        let now = OffsetDateTime::now_utc().replace_nanosecond(0).unwrap();
        let expiry = match life {
            Life::Current => {
                self.keys.push(SessionIdHash::from_bytes(key));
                now + Duration::seconds(seconds)
            }
            Life::Expired => now - Duration::seconds(seconds),
        };
        let sealed = serde_json::Value::String(STANDARD_NO_PAD.encode(self.bytes(SESSION_BYTES)));
        let record = Record {
            id,
            data: [("sealed".to_owned(), sealed)].into(),
            expiry_date: expiry,
        };
        let user: u32 = self.random.random_range(0..1_000_000 / PER_USER);
        let mut user_key = vec![0; 12];
        user_key.extend(user.to_be_bytes());
        Row {
            id: id.to_string(),
            key: key.to_vec(),
            data: rmp_serde::to_vec(&record).unwrap(),
            expiry,
            user: user_key,
            provider_session: self.bytes(16),
            tokens: self.bytes(TOKENS_BYTES),
            device: self.bytes(DEVICE_BYTES),
        }
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.random.fill_bytes(&mut bytes);
        bytes
    }
}

macro_rules! insert {
    ($name:ident, $connection:ty) => {
        async fn $name(connection: &mut $connection, rows: &[Row]) {
            let mut transaction = connection.begin().await.unwrap();
            for rows in rows.chunks(CHUNK) {
                let mut sessions =
                    QueryBuilder::new("insert into tower_sessions (id, data, expiry_date) ");
                sessions.push_values(rows, |mut values, row| {
                    values
                        .push_bind(&row.id)
                        .push_bind(&row.data)
                        .push_bind(row.expiry);
                });
                let mut tokens =
                    QueryBuilder::new("insert into auth_tokens (session_id, version, sealed) ");
                tokens.push_values(rows, |mut values, row| {
                    values
                        .push_bind(&row.id)
                        .push_bind(1_i64)
                        .push_bind(&row.tokens);
                });
                let mut owned = QueryBuilder::new(
                    "insert into auth_sessions
                     (session_id, session_key, user_key, begun_at, used_at, sealed_device,
                      provider_session) ",
                );
                owned.push_values(rows, |mut values, row| {
                    let begun_at = row.expiry.unix_timestamp() - 2_592_000;
                    values
                        .push_bind(&row.id)
                        .push_bind(&row.key)
                        .push_bind(&row.user)
                        .push_bind(begun_at)
                        .push_bind(begun_at)
                        .push_bind(&row.device)
                        .push_bind(&row.provider_session);
                });
                for query in [sessions.build(), tokens.build(), owned.build()] {
                    query.execute(&mut *transaction).await.unwrap();
                }
            }
            transaction.commit().await.unwrap();
        }
    };
}

insert!(insert_sqlite, SqliteConnection);
insert!(insert_postgres, PgConnection);

/// Creates a database for this run and returns its URL.
pub async fn new_postgres_database(admin: &str, suffix: &str) -> String {
    let name = format!("auth_bench_{}_{suffix}", std::process::id());
    let mut connection = PgConnection::connect(admin).await.unwrap();
    connection
        .execute(format!("create database {name}").as_str())
        .await
        .unwrap();
    let mut url = Url::parse(admin).unwrap();
    url.set_path(&name);
    url.into()
}

pub async fn drop_postgres_database(admin: &str, url: &str) {
    let name = Url::parse(url)
        .unwrap()
        .path()
        .trim_start_matches('/')
        .to_owned();
    let mut connection = PgConnection::connect(admin).await.unwrap();
    connection
        .execute(format!("drop database {name} with (force)").as_str())
        .await
        .unwrap();
}
