//! A database in which the user's application has tables and migrations of its
//! own.

use auth_core::SessionStore as _;

use crate::programs::Programs;
use crate::stores::{key, seconds, session};

for_each_database! {
    the_users_migrations_can_run_before_ours,
    the_users_migrations_can_run_after_ours,
    the_users_migrations_can_run_at_the_same_time,
    the_users_rows_of_the_former_release_can_be_deleted,
}

async fn works(database: &impl Programs, number: u8) {
    let store = database.open().await;
    store.create(session(number, seconds(3600))).await.unwrap();
    assert!(store.load(&key(number)).await.unwrap().is_some());
    store.close().await;
}

async fn the_users_migrations_can_run_before_ours(database: &impl Programs) {
    database.migrate_users().await.unwrap();
    let rows = database.sqlx_rows().await;
    works(database, 1).await;
    works(database, 2).await;
    assert_eq!(database.sqlx_rows().await, rows, "the user's rows");
    database.migrate_users().await.unwrap();
    database.check_users_tables().await;
    assert_eq!(database.count("tower_sessions").await, Some(2));
}

async fn the_users_migrations_can_run_after_ours(database: &impl Programs) {
    works(database, 1).await;
    assert!(database.sqlx_rows().await.is_empty());
    database.migrate_users().await.unwrap();
    let rows = database.sqlx_rows().await;
    works(database, 2).await;
    database.migrate_users().await.unwrap();
    assert_eq!(database.sqlx_rows().await, rows, "the user's rows");
    database.check_users_tables().await;
    assert_eq!(database.count("tower_sessions").await, Some(2));
}

async fn the_users_migrations_can_run_at_the_same_time(database: &impl Programs) {
    let (store, migrated) = tokio::join!(database.open(), database.migrate_users());
    migrated.unwrap();
    store.create(session(1, seconds(3600))).await.unwrap();
    store.close().await;
    database.migrate_users().await.unwrap();
    works(database, 2).await;
    database.check_users_tables().await;
}

/// The front page of the crate has this statement.
async fn the_users_rows_of_the_former_release_can_be_deleted(database: &impl Programs) {
    database.start_former().await.unwrap();
    works(database, 1).await;
    assert!(
        database.migrate_users().await.is_err(),
        "the former release's rows are still there"
    );
    database
        .run(
            "delete from _sqlx_migrations where description in
             ('auth tokens', 'leases users and hash keys', 'sessions', 'provider logouts')",
        )
        .await;
    database.migrate_users().await.unwrap();
    works(database, 2).await;
    database.migrate_users().await.unwrap();
    database.check_users_tables().await;
    assert_eq!(database.count("tower_sessions").await, Some(2));
}
