//! Creating, loading, extending and deleting sessions.

use auth_core::WriteOutcome;
use tokio::task::JoinSet;

use crate::conformance::{
    Store,
    rows::{
        EXPIRED, assert_is_from_now, assert_no_page, assert_none_listed, end_of, key, put, seconds,
        session, session_of, user,
    },
};

cases! {
    $ __sessions_conform of sessions {
        requests:
            created_loaded_and_deleted,
            an_ended_session_is_none,
            a_key_that_is_taken_is_refused,
            an_end_is_moved_by_one_request,
            extending_inserts_nothing,
            extending_brings_no_expired_session_back,
            tokens_are_given_once,
            deleted_only_if_unchanged;
        administration:
            an_extension_notes_when_it_was_used;
    }
}

async fn created_loaded_and_deleted(store: Store) {
    assert!(store.load(&key(1)).await.unwrap().is_none());
    put(&store, 1).await;
    put(&store, 2).await;
    let loaded = store.load(&key(1)).await.unwrap().unwrap();
    assert_eq!(loaded.sealed, [1, 0, 255]);
    assert_is_from_now(&store, loaded.expires_at, seconds(3600)).await;
    assert_is_from_now(&store, loaded.read_at, seconds(0)).await;
    assert_eq!(loaded.expires_at.nanosecond(), 0, "whole seconds");
    assert_eq!(loaded.claims_stale_since, None);
    assert_eq!(
        store.delete(&key(1)).await.unwrap().as_deref(),
        Some(b"tokens 1".as_slice())
    );
    assert!(store.load(&key(1)).await.unwrap().is_none());
    assert!(store.load_tokens(&key(1)).await.unwrap().is_none());
    assert!(store.delete(&key(1)).await.unwrap().is_none());
    assert!(
        store.load(&key(2)).await.unwrap().is_some(),
        "the other stays"
    );
}

async fn an_ended_session_is_none(store: Store) {
    store.create(session(3, EXPIRED)).await.unwrap();
    assert!(store.load(&key(3)).await.unwrap().is_none());
    assert!(store.load_tokens(&key(3)).await.unwrap().is_none());
    assert_none_listed(&store, 1).await;
    assert_no_page(&store).await;
}

async fn a_key_that_is_taken_is_refused(store: Store) {
    put(&store, 1).await;
    let expires_at = end_of(&store, key(1)).await;
    let other = session_of(2, 1, seconds(60));
    assert!(store.create(other).await.is_err());
    assert_eq!(end_of(&store, key(1)).await, expires_at, "the first stays");
    assert_none_listed(&store, 2).await;
}

async fn an_end_is_moved_by_one_request(store: Store) {
    store.create(session(4, seconds(60))).await.unwrap();
    let from = end_of(&store, key(4)).await;
    let to = store.extend(&key(4), from, seconds(3600)).await.unwrap();
    // A slower request that read the old expiry date.
    let late = store.extend(&key(4), from, seconds(7200)).await.unwrap();
    assert_eq!(late, None);
    let loaded = store.load(&key(4)).await.unwrap().unwrap();
    assert_eq!(Some(loaded.expires_at), to);
    assert_is_from_now(&store, loaded.expires_at, seconds(3600)).await;
    assert_eq!(loaded.sealed, [4, 0, 255]);
    // An end may also move back.
    let back = store.extend(&key(4), loaded.expires_at, seconds(30)).await;
    assert_eq!(back.unwrap(), Some(end_of(&store, key(4)).await));
    assert_is_from_now(&store, end_of(&store, key(4)).await, seconds(30)).await;
}

async fn an_extension_notes_when_it_was_used(store: Store) {
    store.create(session(1, seconds(60))).await.unwrap();
    let from = end_of(&store, key(1)).await;
    let row = store.list_for_user(&user(1), 9).await.unwrap().remove(0);
    assert_eq!(row.begun_at, row.used_at, "begun is used");
    assert_is_from_now(&store, row.begun_at, seconds(0)).await;
    let begun_at = row.begun_at;
    tokio::time::sleep(seconds(1)).await;
    let to = store.extend(&key(1), from, seconds(3600)).await.unwrap();
    let row = store.list_for_user(&user(1), 9).await.unwrap().remove(0);
    assert_eq!((row.begun_at, Some(row.expires_at)), (begun_at, to));
    assert!(row.used_at > begun_at);
    let used_at = row.used_at;
    tokio::time::sleep(seconds(1)).await;
    // Too late: it extends nothing, so it does not change `used_at`.
    store.extend(&key(1), from, seconds(3600)).await.unwrap();
    let row = store.list_for_user(&user(1), 9).await.unwrap().remove(0);
    assert_eq!((row.used_at, Some(row.expires_at)), (used_at, to));
}

async fn extending_inserts_nothing(store: Store) {
    store.create(session(1, seconds(60))).await.unwrap();
    let from = end_of(&store, key(1)).await;
    store.delete(&key(1)).await.unwrap().unwrap();
    let extended = store.extend(&key(1), from, seconds(900)).await.unwrap();
    assert_eq!(extended, None);
    assert!(store.load(&key(1)).await.unwrap().is_none());
    assert!(store.load_tokens(&key(1)).await.unwrap().is_none());
    assert_none_listed(&store, 1).await;
}

async fn extending_brings_no_expired_session_back(store: Store) {
    store.create(session(1, seconds(1))).await.unwrap();
    let from = end_of(&store, key(1)).await;
    tokio::time::sleep(seconds(2)).await;
    let extended = store.extend(&key(1), from, seconds(900)).await.unwrap();
    assert_eq!(extended, None);
    assert!(store.load(&key(1)).await.unwrap().is_none());
    assert_none_listed(&store, 1).await;
}

async fn tokens_are_given_once(store: Store) {
    put(&store, 6).await;
    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        let store = store.clone();
        tasks.spawn(async move { store.delete(&key(6)).await.unwrap() });
    }
    let given = tasks.join_all().await;
    assert_eq!(given.iter().filter(|tokens| tokens.is_some()).count(), 1);
}

async fn deleted_only_if_unchanged(store: Store) {
    put(&store, 1).await;
    put(&store, 2).await;
    let read = store.load_tokens(&key(1)).await.unwrap().unwrap();
    let saved = store.save_tokens(&key(1), read.version, b"newer").await;
    assert_eq!(saved.unwrap(), WriteOutcome::Applied);
    let deleted = store.delete_if_version(&key(1), read.version).await;
    assert_eq!(deleted.unwrap(), WriteOutcome::NotApplied);
    assert!(store.load(&key(1)).await.unwrap().is_some());
    let now = store.load_tokens(&key(1)).await.unwrap().unwrap();
    assert_eq!(now.sealed, b"newer");
    let deleted = store.delete_if_version(&key(1), now.version).await;
    assert_eq!(deleted.unwrap(), WriteOutcome::Applied);
    assert!(store.load(&key(1)).await.unwrap().is_none());
    assert!(store.load_tokens(&key(1)).await.unwrap().is_none());
    assert!(store.delete(&key(1)).await.unwrap().is_none());
    let deleted = store.delete_if_version(&key(1), now.version).await;
    assert_eq!(deleted.unwrap(), WriteOutcome::NotApplied);
    assert!(
        store.load(&key(2)).await.unwrap().is_some(),
        "the other stays"
    );
}
