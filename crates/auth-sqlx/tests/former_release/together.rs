//! The former release and this one on one database, with the sessions that the
//! former release's server wrote: an upgrade, both at once, a rollback, and an
//! upgrade again.
//!
//! What the former release does when it starts is done by the same code, sqlx's
//! migrator, on a copy of its files. Its statements are those of this release.

use std::{future::Future, path::PathBuf};

use auth_core::{AccessTokenRequest, SignOutOptions};
use auth_sqlx::SqlStore;
use sqlx::{
    Connection as _, Executor as _, PgConnection, Row as _, SqliteConnection,
    migrate::{MigrateError, Migrator},
    sqlite::SqliteRow,
};
use time::OffsetDateTime;
use url::Url;

use super::{Former, SECRET, auth, cookies, files};

static FORMER_SQLITE: Migrator = sqlx::migrate!("tests/former_release/migrations/sqlite");
static FORMER_POSTGRES: Migrator = sqlx::migrate!("tests/former_release/migrations/postgres");

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite() {
    let (former, folder) = files("together").await;
    let url = format!("sqlite:{}", folder.join("auth.db").display());
    sessions_go_on_whoever_starts(&former, &url, || async {
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        connection.execute("begin immediate").await?;
        FORMER_SQLITE.run_direct(&mut connection).await?;
        connection.execute("commit").await?;
        Ok(connection.close().await?)
    })
    .await;
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres() {
    let Some(server) = std::env::var("TEST_POSTGRES_URL")
        .ok()
        .filter(|url| !url.is_empty())
    else {
        return;
    };
    let schema = format!("former_{}", std::process::id());
    let mut admin = PgConnection::connect(&server).await.unwrap();
    let statement = format!("create schema {schema}");
    admin.execute(statement.as_str()).await.unwrap();
    let mut url = Url::parse(&server).unwrap();
    url.query_pairs_mut()
        .append_pair("options[search_path]", &schema);
    let url = url.as_str();
    let start_former = || async {
        let mut connection = PgConnection::connect(url).await.unwrap();
        FORMER_POSTGRES.run_direct(&mut connection).await?;
        Ok(connection.close().await?)
    };
    start_former().await.unwrap();
    let (former, folder) = files("together-postgres").await;
    copy(folder.join("auth.db"), url).await;
    sessions_go_on_whoever_starts(&former, url, start_former).await;
    let statement = format!("drop schema {schema} cascade");
    admin.execute(statement.as_str()).await.unwrap();
    std::fs::remove_dir_all(folder).unwrap();
}

async fn sessions_go_on_whoever_starts<F>(former: &Former, url: &str, start_former: impl Fn() -> F)
where
    F: Future<Output = Result<(), MigrateError>>,
{
    let (one, other) = (cookies(&former.signed_in), cookies(&former.also_signed_in));
    // The former release runs when this one starts, and starts again later.
    start_former().await.unwrap();
    for _ in 0..3 {
        let (store, former_starts) = tokio::join!(SqlStore::open(url), start_former());
        former_starts.unwrap();
        let store = store.unwrap();
        let auth = auth(former, store.clone(), SECRET, &[]);
        let session = auth.session(&one).await.unwrap().expect("it goes on");
        assert_eq!(session.sub(), former.sub);
        start_former().await.unwrap();
        let token = auth
            .access_token(&session, &AccessTokenRequest::user_info())
            .await
            .unwrap();
        assert_eq!(token.expose(), former.access_token);
        assert!(auth.session(&other).await.unwrap().is_some());
        assert_eq!(auth.sessions(&session).await.unwrap().len(), 2);
        auth.finish().await;
        store.close().await;
        start_former().await.unwrap();
    }
    // What one release ends is ended for the other.
    let store = SqlStore::open(url).await.unwrap();
    let auth = auth(former, store.clone(), SECRET, &[]);
    let options = SignOutOptions::new().application_only();
    auth.sign_out(&options, &other).await.unwrap();
    auth.finish().await;
    start_former().await.unwrap();
    assert!(auth.session(&other).await.unwrap().is_none());
    assert!(auth.session(&one).await.unwrap().is_some());
    store.close().await;
}

/// Copies the rows of the SQLite file to PostgreSQL, where they are the same.
async fn copy(file: PathBuf, postgres: &str) {
    let url = format!("sqlite:{}", file.display());
    let mut from = SqliteConnection::connect(&url).await.unwrap();
    let mut to = PgConnection::connect(postgres).await.unwrap();
    let rows = |table: &'static str| format!("select * from {table}");
    let bytes = |row: &SqliteRow, column: &str| row.get::<Option<Vec<u8>>, _>(column);
    let text = |row: &SqliteRow, column: &str| row.get::<String, _>(column);
    let number = |row: &SqliteRow, column: &str| row.get::<i64, _>(column);
    for row in from
        .fetch_all(rows("tower_sessions").as_str())
        .await
        .unwrap()
    {
        sqlx::query("insert into tower_sessions (id, data, expiry_date) values ($1, $2, $3)")
            .bind(text(&row, "id"))
            .bind(bytes(&row, "data"))
            .bind(row.get::<OffsetDateTime, _>("expiry_date"))
            .execute(&mut to)
            .await
            .unwrap();
    }
    for row in from.fetch_all(rows("auth_tokens").as_str()).await.unwrap() {
        sqlx::query("insert into auth_tokens (session_id, version, sealed) values ($1, $2, $3)")
            .bind(text(&row, "session_id"))
            .bind(number(&row, "version"))
            .bind(bytes(&row, "sealed"))
            .execute(&mut to)
            .await
            .unwrap();
    }
    for row in from
        .fetch_all(rows("auth_sessions").as_str())
        .await
        .unwrap()
    {
        sqlx::query(
            "insert into auth_sessions (session_id, session_key, user_key, begun_at, used_at,
                 sealed_device, provider_session)
             values ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(text(&row, "session_id"))
        .bind(bytes(&row, "session_key"))
        .bind(bytes(&row, "user_key"))
        .bind(number(&row, "begun_at"))
        .bind(number(&row, "used_at"))
        .bind(bytes(&row, "sealed_device"))
        .bind(bytes(&row, "provider_session"))
        .execute(&mut to)
        .await
        .unwrap();
    }
    for row in from
        .fetch_all(rows("auth_hash_keys").as_str())
        .await
        .unwrap()
    {
        sqlx::query("insert into auth_hash_keys (key_id, sealed) values ($1, $2)")
            .bind(bytes(&row, "key_id"))
            .bind(bytes(&row, "sealed"))
            .execute(&mut to)
            .await
            .unwrap();
    }
    from.close().await.unwrap();
    to.close().await.unwrap();
}
