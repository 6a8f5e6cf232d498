//! This release and the former one on one database: an upgrade, a rollback, and
//! both at once.

use auth_core::{SessionAdmin as _, SessionStore as _, WriteOutcome};
use auth_sqlx::SqlStore;
use tokio::task::JoinSet;

use crate::programs::Programs;
use crate::stores::{key, seconds, session};

for_each_database! {
    a_database_of_the_former_release_is_taken_over,
    a_database_of_a_release_before_the_former_one_is_migrated,
    the_former_release_starts_again_after_a_rollback,
    both_releases_can_start_at_once_repeatedly,
    servers_of_both_releases_start_while_sessions_are_used,
    the_rollback_statements_let_the_former_release_start,
    the_former_release_fails_on_a_database_of_this_one_and_changes_nothing,
}

async fn a_database_of_the_former_release_is_taken_over(database: &impl Programs) {
    database.start_former().await.unwrap();
    let rows = database.sqlx_rows().await;
    assert!(!rows.is_empty());
    let store = database.open().await;
    store.create(session(1, seconds(3600))).await.unwrap();
    store.close().await;
    assert_eq!(database.sqlx_rows().await, rows, "no row is touched");
    // The former release wrote the last of these rows; forget that this one did
    // anything.
    database.undo_this_release().await;
    let store = database.open().await;
    assert!(store.load(&key(1)).await.unwrap().is_some());
    assert!(store.load_tokens(&key(1)).await.unwrap().is_some());
    store.close().await;
    assert_eq!(database.sqlx_rows().await, rows, "no row is touched");
    let recorded = database.count("auth_migrations").await;
    assert_eq!(recorded, i64::try_from(rows.len() + 2).ok());
}

async fn a_database_of_a_release_before_the_former_one_is_migrated(database: &impl Programs) {
    database.start_former().await.unwrap();
    let store = database.open().await;
    store.create(session(1, seconds(3600))).await.unwrap();
    store.close().await;
    database.undo_this_release().await;
    database
        .run(
            "drop table auth_logouts;
             drop index auth_sessions_provider;
             alter table auth_sessions drop column provider_session;
             delete from _sqlx_migrations
             where version = (select max(version) from _sqlx_migrations);",
        )
        .await;
    let rows = database.sqlx_rows().await;
    let store = database.open().await;
    assert!(store.load(&key(1)).await.unwrap().is_some());
    store.check().await.unwrap();
    store.close().await;
    assert_eq!(database.sqlx_rows().await, rows, "no row is touched");
}

async fn the_former_release_starts_again_after_a_rollback(database: &impl Programs) {
    database.start_former().await.unwrap();
    for number in 1..=3 {
        let store = database.open().await;
        store.create(session(number, seconds(3600))).await.unwrap();
        store.close().await;
        database.start_former().await.unwrap();
    }
    let store = database.open().await;
    for number in 1..=3 {
        assert!(store.load(&key(number)).await.unwrap().is_some());
        let outcome = store.save_tokens(&key(number), 1, b"new").await.unwrap();
        assert_eq!(outcome, WriteOutcome::Applied);
    }
    store.close().await;
}

async fn both_releases_can_start_at_once_repeatedly(database: &impl Programs) {
    database.start_former().await.unwrap();
    let rows = database.sqlx_rows().await;
    for _ in 0..5 {
        let (one, former, other) =
            tokio::join!(database.open(), database.start_former(), database.open());
        former.unwrap();
        one.create(session(1, seconds(3600))).await.unwrap();
        assert!(other.delete(&key(1)).await.unwrap().is_some());
        one.close().await;
        other.close().await;
        database.undo_this_release().await;
    }
    assert_eq!(database.sqlx_rows().await, rows);
}

async fn servers_of_both_releases_start_while_sessions_are_used(database: &impl Programs) {
    database.start_former().await.unwrap();
    let first = database.open().await;
    let mut users = JoinSet::new();
    for number in 1..=4 {
        let store = first.clone();
        users.spawn(async move {
            for _ in 0..20 {
                store.create(session(number, seconds(3600))).await.unwrap();
                assert!(store.load(&key(number)).await.unwrap().is_some());
                let saved = store.save_tokens(&key(number), 1, b"new").await.unwrap();
                assert_eq!(saved, WriteOutcome::Applied);
                assert!(store.delete(&key(number)).await.unwrap().is_some());
            }
            store.create(session(number, seconds(3600))).await.unwrap();
        });
    }
    for _ in 0..4 {
        database.start_former().await.unwrap();
        let store: SqlStore = database.open().await;
        store.check().await.unwrap();
        store.close().await;
    }
    users.join_all().await;
    assert_eq!(first.list_page(None, 9).await.unwrap().len(), 4);
    first.close().await;
}

/// The former release cannot open a database that this one created, because it does
/// not know the record of this one.
async fn the_former_release_fails_on_a_database_of_this_one_and_changes_nothing(
    database: &impl Programs,
) {
    let store = database.open().await;
    store.create(session(1, seconds(3600))).await.unwrap();
    assert!(database.start_former().await.is_err());
    assert!(store.load(&key(1)).await.unwrap().is_some());
    store.close().await;
    let store = database.open().await;
    assert!(store.load_tokens(&key(1)).await.unwrap().is_some());
    store.close().await;
}

/// `rollback/*.sql` writes the rows that the former release looks for.
async fn the_rollback_statements_let_the_former_release_start(database: &impl Programs) {
    let store = database.open().await;
    store.create(session(1, seconds(3600))).await.unwrap();
    store.close().await;
    database.run(database.rollback()).await;
    database.start_former().await.unwrap();
    let store = database.open().await;
    assert!(store.load(&key(1)).await.unwrap().is_some());
    store.close().await;
}
