//! A database whose clock is not that of the server. SQLite has the clock of its
//! server, so only PostgreSQL is tested.

use std::time::Duration;

use auth_core::{SessionAdmin as _, SessionStore as _};
use auth_sqlx::{DatabaseUrl, SqlStore};
use time::OffsetDateTime;

use crate::stores::{EXPIRED, Fresh as _, Schema, key, seconds, session, user};

const LIFETIME: Duration = seconds(20 * 60);

/// Opens a store in a database whose clock is off by so many minutes.
async fn open(schema: &Schema, minutes: i64) -> SqlStore {
    for function in ["statement_timestamp", "clock_timestamp"] {
        schema
            .run(&format!(
                "create function {function}() returns timestamptz language sql stable as
                 'select pg_catalog.{function}() + interval ''{minutes} minutes'''"
            ))
            .await;
    }
    // Functions are looked up in this schema before those of PostgreSQL.
    let mut url = schema.address();
    let path = format!("{},pg_catalog", schema.name);
    let others: Vec<_> = url
        .query_pairs()
        .filter(|(name, _)| name != "options[search_path]")
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    url.query_pairs_mut()
        .clear()
        .extend_pairs(others)
        .append_pair("options[search_path]", &path);
    SqlStore::open(DatabaseUrl::parse(url.as_str()).unwrap())
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_31_minutes_off_ends_no_session() {
    for minutes in [-31, 31] {
        let Some(schema) = Schema::new().await else {
            return;
        };
        let store = open(&schema, minutes).await;
        let here = OffsetDateTime::now_utc();
        let now = store.now().await.unwrap();
        let off_by = (now - here).whole_seconds();
        assert!((off_by - minutes * 60).abs() < 5, "{off_by}");

        store.create(session(1, LIFETIME)).await.unwrap();
        store.create(session(2, EXPIRED)).await.unwrap();
        let loaded = store.load(&key(1)).await.unwrap().unwrap();
        let lifetime = loaded.expires_at - loaded.read_at;
        assert!((lifetime - LIFETIME).abs() < seconds(5), "{lifetime}");
        assert!(store.load(&key(2)).await.unwrap().is_none());
        assert!(store.load_tokens(&key(1)).await.unwrap().is_some());

        tokio::time::sleep(Duration::from_secs(1)).await;
        let extended = store
            .extend(&key(1), loaded.expires_at, 2 * LIFETIME)
            .await
            .unwrap()
            .unwrap();
        let lifetime = extended - store.now().await.unwrap();
        assert!((lifetime - 2 * LIFETIME).abs() < seconds(5));
        let rows = store.list_for_user(&user(1), 9).await.unwrap();
        assert_eq!(rows.len(), 1, "{minutes}");
        assert_eq!(store.list_page(None, 9).await.unwrap().len(), 1);

        assert_eq!(store.sweep().await.unwrap(), 1, "{minutes}");
        assert!(store.load(&key(1)).await.unwrap().is_some(), "{minutes}");
        store.close().await;
    }
}
