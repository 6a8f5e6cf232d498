//! Sessions that the former release's server wrote, during an upgrade, with both
//! releases at once, after a rollback, and after another upgrade.

use auth_core::{AccessTokenRequest, SignOutOptions};
use sqlx::{
    Connection as _, Executor as _, PgConnection, Row as _, SqliteConnection, sqlite::SqliteRow,
};
use time::OffsetDateTime;

use super::{Former, SECRET, auth, cookies, copy_of_files};
use crate::{programs::Programs, stores::Schema};

#[tokio::test(flavor = "multi_thread")]
async fn sessions_in_sqlite_stay_valid() {
    let (former, folder) = copy_of_files().await;
    sessions_stay_valid_when_either_release_starts(&former, &folder).await;
}

mod postgres {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn sessions_in_postgres_stay_valid() {
        let Some(schema) = Schema::new().await else {
            return;
        };
        schema.start_former().await.unwrap();
        let (former, folder) = copy_of_files().await;
        copy(folder.connect().await, schema.connect().await).await;
        sessions_stay_valid_when_either_release_starts(&former, &schema).await;
    }
}

async fn sessions_stay_valid_when_either_release_starts(former: &Former, database: &impl Programs) {
    let (one, other) = (cookies(&former.signed_in), cookies(&former.also_signed_in));
    // The former release runs when this one starts, and starts again later.
    database.start_former().await.unwrap();
    for _ in 0..3 {
        let (store, former_starts) = tokio::join!(database.open(), database.start_former());
        former_starts.unwrap();
        let auth = auth(former, store.clone(), SECRET, &[]);
        let session = auth
            .session(&one)
            .await
            .unwrap()
            .expect("the session is still valid");
        assert_eq!(session.sub(), former.sub);
        database.start_former().await.unwrap();
        let token = auth
            .access_token(&session, &AccessTokenRequest::user_info())
            .await
            .unwrap();
        assert_eq!(token.expose(), former.access_token);
        assert!(auth.session(&other).await.unwrap().is_some());
        assert_eq!(auth.sessions(&session).await.unwrap().len(), 2);
        auth.finish().await;
        store.close().await;
        database.start_former().await.unwrap();
    }
    // What one release ends is ended for the other.
    let store = database.open().await;
    let auth = auth(former, store.clone(), SECRET, &[]);
    let options = SignOutOptions::new().application_only();
    auth.sign_out(&options, &other).await.unwrap();
    auth.finish().await;
    database.start_former().await.unwrap();
    assert!(auth.session(&other).await.unwrap().is_none());
    assert!(auth.session(&one).await.unwrap().is_some());
    store.close().await;
}

/// Copies the rows of the SQLite file to PostgreSQL, where they are the same.
async fn copy(mut from: SqliteConnection, mut to: PgConnection) {
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
