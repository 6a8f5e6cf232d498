//! The task that deletes expired rows.

use std::time::Duration;

use auth_core::SessionStore as _;
use auth_sqlx::SqlStore;
use sqlx::Connection as _;

use crate::stores::{EXPIRED, Folder, Fresh as _, session};

/// Waits until the table has this number of rows, for five seconds at most.
async fn has_rows(folder: &Folder, expected: i64) -> bool {
    let mut connection = folder.connect().await;
    for _ in 0..500 {
        let (count,): (i64,) = sqlx::query_as("select count(*) from tower_sessions")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        if count == expected {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    connection.close().await.unwrap();
    false
}

/// Moves the clock of the store's task forward.
async fn pass(time: Duration) {
    tokio::task::yield_now().await;
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

async fn add_expired(store: &SqlStore, numbers: std::ops::Range<u8>) {
    for number in numbers {
        let expired = session(number, EXPIRED);
        store.create(expired).await.unwrap();
    }
}

#[tokio::test]
async fn an_open_store_sweeps_repeatedly() {
    let folder = Folder::new();
    let store = folder.open().await;
    add_expired(&store, 0..50).await;
    assert!(has_rows(&folder, 50).await, "not at once");
    pass(Duration::from_secs(61)).await;
    assert!(has_rows(&folder, 0).await);
    add_expired(&store, 0..50).await;
    pass(Duration::from_secs(601)).await;
    assert!(has_rows(&folder, 0).await);
    store.close().await;
}

#[tokio::test]
async fn a_sweep_that_fails_is_tried_again() {
    let folder = Folder::new();
    let store = folder.open().await;
    add_expired(&store, 0..5).await;
    folder
        .run("alter table tower_sessions rename to away")
        .await;
    pass(Duration::from_secs(61)).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    folder
        .run("alter table away rename to tower_sessions")
        .await;
    pass(Duration::from_secs(601)).await;
    assert!(has_rows(&folder, 0).await);
    store.close().await;
}

#[tokio::test]
async fn a_closed_or_dropped_store_has_no_task() {
    let tasks = || {
        tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks()
    };
    let folder = Folder::new();
    let before = tasks();
    let store = folder.open().await;
    let clone = store.clone();
    assert!(tasks() > before);
    store.close().await;
    clone.close().await;
    // The task that watches the file ends when it next checks.
    pass(Duration::from_secs(2)).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(tasks(), before);

    let store = folder.open().await;
    let clone = store.clone();
    drop(store);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(tasks() > before, "a clone is left");
    clone.check().await.unwrap();
    drop(clone);
    pass(Duration::from_secs(2)).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(tasks(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_can_be_closed_during_a_sweep() {
    let folder = Folder::new();
    let store = folder.open().await;
    add_expired(&store, 0..120).await;
    let sweeping = tokio::spawn({
        let store = store.clone();
        async move { store.sweep().await }
    });
    tokio::time::sleep(Duration::from_millis(2)).await;
    tokio::time::timeout(Duration::from_secs(2), store.close())
        .await
        .unwrap();
    // The sweep may have succeeded or failed, but it has ended.
    drop(sweeping.await.unwrap());
}
