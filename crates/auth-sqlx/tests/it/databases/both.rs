//! Cases for both databases: restarts, several servers, the sweep, and damaged
//! rows.

use std::time::Duration;

use auth_core::{SessionAdmin as _, SessionStore as _};
use auth_sqlx::SqlStore;
use serde_json::json;
use time::OffsetDateTime;
use tokio::{task::JoinSet, time::timeout};
use tower_sessions_core::session::{Id, Record};

use crate::stores::{EXPIRED, Fresh, key, seconds, session, user};

for_each_database! {
    sessions_outlive_a_restart,
    servers_that_start_together_share_one_database,
    operations_on_a_closed_store_fail,
    each_of_many_reads_at_once_gets_its_own_session,
    reads_that_nobody_waits_for_take_no_answer_from_others,
    a_session_that_ended_is_not_read_again_while_others_are_read,
    every_read_ends_when_the_store_is_closed,
    expired_sessions_are_swept_in_batches_and_their_tokens_too,
    two_sweeps_at_once_share_the_work,
    a_damaged_row_is_a_session_that_does_not_unseal,
}

async fn sessions_outlive_a_restart(database: &impl Fresh) {
    let store = database.open().await;
    store.create(session(1, seconds(3600))).await.unwrap();
    store.close().await;
    let store = database.open().await;
    assert!(store.load(&key(1)).await.unwrap().is_some());
    assert_eq!(store.list_for_user(&user(1), 9).await.unwrap().len(), 1);
}

async fn servers_that_start_together_share_one_database(database: &impl Fresh) {
    let mut tasks = JoinSet::new();
    for number in 0..8 {
        let url = database.url();
        tasks.spawn(async move {
            let store = SqlStore::open(&url).await.unwrap();
            let session = session(number, seconds(3600));
            store.create(session).await.unwrap();
            store
        });
    }
    let stores = tasks.join_all().await;
    for store in &stores {
        assert_eq!(store.list_page(None, 99).await.unwrap().len(), 8);
    }
    for store in stores {
        store.close().await;
    }
}

async fn operations_on_a_closed_store_fail(database: &impl Fresh) {
    let store = database.open().await;
    store.check().await.unwrap();
    store.close().await;
    assert!(store.check().await.is_err());
    assert!(store.load(&key(1)).await.is_err());
    assert!(store.create(session(1, seconds(60))).await.is_err());
    assert!(store.delete(&key(1)).await.is_err());
}

/// Sessions 0 to 39 are there, 40 to 79 have expired, 80 to 119 never were.
async fn with_forty_sessions(database: &impl Fresh) -> SqlStore {
    let store = database.open().await;
    for number in 0..80 {
        let lifetime = if number < 40 { seconds(3600) } else { EXPIRED };
        store.create(session(number, lifetime)).await.unwrap();
    }
    store
}

async fn each_of_many_reads_at_once_gets_its_own_session(database: &impl Fresh) {
    let store = with_forty_sessions(database).await;
    let mut reads = JoinSet::new();
    for number in (0..120).cycle().take(600) {
        let store = store.clone();
        reads.spawn(async move { (number, store.load(&key(number)).await.unwrap()) });
    }
    for (number, found) in reads.join_all().await {
        let sealed = found.map(|session| session.sealed);
        assert_eq!(
            sealed,
            (number < 40).then(|| vec![number, 0, 255]),
            "{number}"
        );
    }
}

async fn reads_that_nobody_waits_for_take_no_answer_from_others(database: &impl Fresh) {
    let store = with_forty_sessions(database).await;
    let mut reads = JoinSet::new();
    for number in 0..40_u8 {
        let store = store.clone();
        reads.spawn(async move {
            let key = key(number);
            let read = store.load(&key);
            let limit = Duration::from_micros(if number % 2 == 0 { 1 } else { 10_000_000 });
            (number, timeout(limit, read).await)
        });
    }
    for (number, found) in reads.join_all().await {
        if number % 2 == 1 || found.is_ok() {
            let sealed = found.unwrap().unwrap().unwrap().sealed;
            assert_eq!(sealed, [number, 0, 255]);
        }
    }
}

async fn a_session_that_ended_is_not_read_again_while_others_are_read(database: &impl Fresh) {
    let store = with_forty_sessions(database).await;
    let mut others = JoinSet::new();
    for number in 20..40_u8 {
        let store = store.clone();
        others.spawn(async move {
            loop {
                assert!(store.load(&key(number)).await.unwrap().is_some());
            }
        });
    }
    for number in 0..20 {
        assert!(store.load(&key(number)).await.unwrap().is_some());
        store.delete(&key(number)).await.unwrap();
        for _ in 0..20 {
            assert!(store.load(&key(number)).await.unwrap().is_none());
        }
    }
    assert!(others.try_join_next().is_none(), "a read failed");
}

async fn every_read_ends_when_the_store_is_closed(database: &impl Fresh) {
    let store = with_forty_sessions(database).await;
    let mut reads = JoinSet::new();
    for number in 0..40 {
        let store = store.clone();
        reads.spawn(async move { while store.load(&key(number)).await.is_ok() {} });
    }
    tokio::time::sleep(Duration::from_millis(20)).await;
    store.close().await;
    let ended = timeout(Duration::from_secs(5), reads.join_all()).await;
    assert!(ended.is_ok(), "a read waits for a store that is closed");
}

async fn expired_sessions_are_swept_in_batches_and_their_tokens_too(database: &impl Fresh) {
    let store = database.open().await;
    for number in 1..=5 {
        let ended = session(number, EXPIRED);
        store.create(ended).await.unwrap();
    }
    store.create(session(6, seconds(3600))).await.unwrap();
    assert_eq!(store.delete_expired(3).await.unwrap(), 3);
    assert_eq!(store.delete_expired(3).await.unwrap(), 2);
    assert_eq!(store.delete_expired(3).await.unwrap(), 0);
    assert!(store.load(&key(6)).await.unwrap().is_some());
    for number in 1..=5 {
        assert!(store.delete(&key(number)).await.unwrap().is_none());
        // All its rows are deleted, so the key can be used again.
        let new = session(number, seconds(60));
        store.create(new).await.unwrap();
    }
}

async fn two_sweeps_at_once_share_the_work(database: &impl Fresh) {
    let stores = [database.open().await, database.open().await];
    for number in 0..100 {
        let ended = session(number, EXPIRED);
        stores[0].create(ended).await.unwrap();
    }
    let mut tasks = JoinSet::new();
    for store in stores.clone() {
        tasks.spawn(async move {
            let mut deleted = 0;
            for _ in 0..10 {
                deleted += store.delete_expired(10).await.unwrap();
            }
            deleted
        });
    }
    let deleted: u64 = tasks.join_all().await.iter().sum();
    let left = stores[0].delete_expired(100);
    assert_eq!(deleted + left.await.unwrap(), 100);
}

async fn a_damaged_row_is_a_session_that_does_not_unseal(database: &impl Fresh) {
    let store = database.open().await;
    let record = |data: serde_json::Value| {
        rmp_serde::to_vec(&Record {
            id: Id(0),
            data: serde_json::from_value(data).unwrap(),
            expiry_date: OffsetDateTime::UNIX_EPOCH,
        })
        .unwrap()
    };
    for damaged in [
        b"no record".to_vec(),
        Vec::new(),
        record(json!({})),
        record(json!({ "sealed": 7 })),
        record(json!({ "sealed": "no base64!" })),
    ] {
        store.create(session(1, seconds(3600))).await.unwrap();
        let expires_at = store.load(&key(1)).await.unwrap().unwrap().expires_at;
        database
            .run(&format!(
                "update tower_sessions set data = {}",
                database.bytes(&damaged)
            ))
            .await;
        let loaded = store.load(&key(1)).await.unwrap().unwrap();
        assert_eq!(loaded.sealed, b"");
        assert_eq!(loaded.expires_at, expires_at);
        let row = store.list_for_user(&user(1), 9).await.unwrap().remove(0);
        assert_eq!(row.sealed, b"");
        assert_eq!(row.sealed_tokens, b"tokens 1");
        store
            .extend(&key(1), expires_at, seconds(7200))
            .await
            .unwrap()
            .unwrap();
        let given = store.delete(&key(1)).await.unwrap();
        assert_eq!(given.as_deref(), Some(&b"tokens 1"[..]));
    }
}
