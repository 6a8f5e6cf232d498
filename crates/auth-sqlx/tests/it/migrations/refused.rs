//! Databases that this release must not use. Nothing in them changes.

use auth_core::SessionStore as _;
use auth_sqlx::{OpenError, SqlStore};
use tokio::task::JoinSet;

use crate::programs::Programs;
use crate::stores::{key, seconds, session};

for_each_database! {
    a_database_that_is_too_new_is_refused,
    a_newer_database_that_is_compatible_opens,
    a_table_of_another_program_is_refused,
    an_index_of_another_program_is_refused,
    a_record_of_another_program_is_refused,
    a_database_without_one_of_the_tables_is_refused,
    a_database_without_one_of_the_columns_is_refused,
    a_changed_migration_is_refused,
    tables_without_a_record_are_refused,
    an_emptied_database_gets_new_tables,
    servers_that_migrate_at_once_apply_each_migration_once,
}

/// Opens the database, which must fail, and returns the error with its text.
async fn refused(database: &impl Programs) -> (OpenError, String) {
    let error = SqlStore::open(&database.url()).await.unwrap_err();
    let text = error.to_string();
    (error, text)
}

async fn filled(database: &impl Programs) {
    let store = database.open().await;
    store.create(session(1, seconds(3600))).await.unwrap();
    store.close().await;
}

async fn record_newer(database: &impl Programs, version: i64, compatible_from: i64) {
    let checksum = database.bytes(&[7; 48]);
    database
        .run(&format!(
            "insert into auth_migrations
             (version, description, checksum, compatible_from, applied_at)
             values ({version}, 'of a newer release', {checksum}, {compatible_from}, 1)"
        ))
        .await;
}

async fn a_database_that_is_too_new_is_refused(database: &impl Programs) {
    filled(database).await;
    record_newer(database, 98, 98).await;
    record_newer(database, 99, 2).await;
    let (error, text) = refused(database).await;
    assert!(matches!(error, OpenError::TooNew { .. }), "{error:?}");
    assert!(
        text.contains("newer release") && text.contains("98"),
        "{text}"
    );
    assert!(text.contains("backup"), "{text}");
    assert_eq!(database.count("tower_sessions").await, Some(1));
}

async fn a_newer_database_that_is_compatible_opens(database: &impl Programs) {
    filled(database).await;
    database
        .run("alter table auth_sessions add column of_a_newer_release text")
        .await;
    record_newer(database, 99, 2).await;
    let store = database.open().await;
    assert!(store.load(&key(1)).await.unwrap().is_some());
    store.create(session(2, seconds(3600))).await.unwrap();
    store.close().await;
}

/// A table of that name is likely in a file with tower-sessions of the user's
/// own.
async fn a_table_of_another_program_is_refused(database: &impl Programs) {
    filled(database).await;
    drop_all(database).await;
    database
        .run(
            "create table tower_sessions
             (id text primary key not null, data text not null, expiry_date text not null);
             insert into tower_sessions values ('mine', 'data', '2999-01-01T00:00:00Z');",
        )
        .await;
    let (error, text) = refused(database).await;
    assert!(matches!(error, OpenError::NotOurs { .. }), "{error:?}");
    assert!(text.contains("tower_sessions"), "{text}");
    assert!(text.contains("another"), "{text}");
    assert_eq!(database.count("tower_sessions").await, Some(1));
    assert_eq!(database.count("auth_sessions").await, None);
    assert_eq!(database.count("auth_migrations").await, None);
}

async fn an_index_of_another_program_is_refused(database: &impl Programs) {
    filled(database).await;
    drop_all(database).await;
    database
        .run("create table mine (id integer); create index auth_sessions_user on mine (id);")
        .await;
    let (error, text) = refused(database).await;
    assert!(matches!(error, OpenError::NotOurs { .. }), "{error:?}");
    assert!(text.contains("auth_sessions_user"), "{text}");
    assert_eq!(database.count("tower_sessions").await, None);
}

async fn a_record_of_another_program_is_refused(database: &impl Programs) {
    filled(database).await;
    drop_all(database).await;
    database
        .run("create table auth_migrations (id integer); insert into auth_migrations values (1);")
        .await;
    let (error, text) = refused(database).await;
    assert!(matches!(error, OpenError::NotOurs { .. }), "{error:?}");
    assert!(text.contains("auth_migrations"), "{text}");
    assert_eq!(database.count("auth_migrations").await, Some(1));
    assert_eq!(database.count("tower_sessions").await, None);
}

async fn a_database_without_one_of_the_tables_is_refused(database: &impl Programs) {
    filled(database).await;
    database.run("drop table auth_logouts").await;
    let (error, text) = refused(database).await;
    assert!(matches!(error, OpenError::Incomplete { .. }), "{error:?}");
    assert!(
        text.contains("auth_logouts") && text.contains("backup"),
        "{text}"
    );
    assert_eq!(database.count("tower_sessions").await, Some(1));
    // The same applies if the former release recorded it.
    database.run(database.rollback()).await;
    database.undo_this_release().await;
    let (error, _) = refused(database).await;
    assert!(matches!(error, OpenError::Incomplete { .. }), "{error:?}");
    assert_eq!(database.count("auth_migrations").await, None);
    assert_eq!(database.count("tower_sessions").await, Some(1));
}

async fn a_database_without_one_of_the_columns_is_refused(database: &impl Programs) {
    filled(database).await;
    database
        .run("alter table auth_tokens rename column leased_until to until")
        .await;
    let (error, text) = refused(database).await;
    assert!(matches!(error, OpenError::Incomplete { .. }), "{error:?}");
    assert!(text.contains("auth_tokens.leased_until"), "{text}");
    assert_eq!(database.count("tower_sessions").await, Some(1));
}

async fn a_changed_migration_is_refused(database: &impl Programs) {
    filled(database).await;
    database
        .run(&format!(
            "update auth_migrations set checksum = {} where version = 2",
            database.bytes(b"another")
        ))
        .await;
    let (error, text) = refused(database).await;
    assert!(matches!(error, OpenError::OtherHistory { .. }), "{error:?}");
    assert!(text.contains("migration 2"), "{text}");
    assert_eq!(database.count("tower_sessions").await, Some(1));
}

async fn tables_without_a_record_are_refused(database: &impl Programs) {
    filled(database).await;
    database.run("drop table auth_migrations").await;
    let (error, _) = refused(database).await;
    assert!(matches!(error, OpenError::NotOurs { .. }), "{error:?}");
    assert_eq!(database.count("tower_sessions").await, Some(1));
    // The user's migrations with the same numbers do not make them ours.
    database.migrate_users().await.unwrap();
    let (error, _) = refused(database).await;
    assert!(matches!(error, OpenError::NotOurs { .. }), "{error:?}");
    assert_eq!(database.count("tower_sessions").await, Some(1));
}

/// An operator who drops all tables wants to start without sessions, even if the
/// former release has recorded migrations.
async fn an_emptied_database_gets_new_tables(database: &impl Programs) {
    database.start_former().await.unwrap();
    filled(database).await;
    drop_all(database).await;
    filled(database).await;
    database.start_former().await.unwrap();
    assert_eq!(database.count("tower_sessions").await, Some(1));
}

async fn servers_that_migrate_at_once_apply_each_migration_once(database: &impl Programs) {
    for former in [false, true] {
        if former {
            database.undo_this_release().await;
            database.run(database.rollback()).await;
        }
        let mut tasks = JoinSet::new();
        for _ in 0..6 {
            let url = database.url();
            tasks.spawn(async move { SqlStore::open(&url).await });
        }
        for store in tasks.join_all().await {
            let store = store.unwrap();
            store.check().await.unwrap();
            store.close().await;
        }
        let recorded = database.count("auth_migrations").await.unwrap();
        assert!((4..=5).contains(&recorded), "{recorded}");
    }
}

async fn drop_all(database: &impl Programs) {
    for table in [
        "auth_logouts",
        "auth_user_logouts",
        "auth_user_changes",
        "auth_hash_keys",
        "auth_sessions",
        "auth_tokens",
        "tower_sessions",
        "auth_migrations",
    ] {
        database.run(&format!("drop table {table}")).await;
    }
}

/// The former release creates the table of tower-sessions before it migrates an
/// SQLite file. It may be starting, or was stopped in between.
mod half_made {
    use auth_core::SessionStore as _;
    use auth_sqlx::{OpenError, SqlStore};

    use super::Programs as _;
    use crate::stores::{Folder, Fresh as _, seconds, session};

    #[tokio::test(flavor = "multi_thread")]
    async fn an_empty_table_of_tower_sessions_is_used() {
        let folder = Folder::new();
        let table = "create table tower_sessions
            (id text primary key not null, data blob not null, expiry_date integer not null);";
        std::fs::create_dir_all(folder.file().parent().unwrap()).unwrap();
        std::fs::write(folder.file(), "").unwrap();
        folder.run(table).await;
        folder
            .run("insert into tower_sessions values ('mine', x'00', '2999-01-01T00:00:00Z')")
            .await;
        let error = SqlStore::open(folder.url()).await.unwrap_err();
        assert!(matches!(error, OpenError::NotOurs { .. }), "{error:?}");
        assert_eq!(folder.count("tower_sessions").await, Some(1));
        folder.run("delete from tower_sessions").await;
        let store = folder.open().await;
        let new = session(1, seconds(3600));
        store.create(new).await.unwrap();
        store.close().await;
        folder.open().await.close().await;
        assert_eq!(folder.count("tower_sessions").await, Some(1));
    }
}
