//! Creating, loading, extending and deleting sessions.

use auth_core::WriteOutcome;
use tokio::task::JoinSet;

use crate::conformance::{
    Store,
    rows::{assert_no_page, assert_none_listed, in_seconds, key, put, session, session_of, user},
};

cases! {
    $ __sessions_conform of sessions {
        requests:
            created_loaded_and_deleted,
            an_ended_session_is_none,
            a_key_that_is_taken_is_refused,
            an_end_is_moved_by_one_request,
            extending_inserts_nothing,
            tokens_are_given_once,
            deleted_only_if_unchanged;
        administration:
            an_extension_notes_when_it_was_used;
    }
}

async fn created_loaded_and_deleted(store: Store) {
    let expires_at = in_seconds(3600);
    assert!(store.load(&key(1)).await.unwrap().is_none());
    store.create(session(1, expires_at)).await.unwrap();
    store.create(session(2, expires_at)).await.unwrap();
    let loaded = store.load(&key(1)).await.unwrap().unwrap();
    assert_eq!(loaded.sealed, [1, 0, 255]);
    assert_eq!(loaded.expires_at, expires_at);
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
    store.create(session(3, in_seconds(-2))).await.unwrap();
    assert!(store.load(&key(3)).await.unwrap().is_none());
    assert!(store.load_tokens(&key(3)).await.unwrap().is_none());
    assert_none_listed(&store, 1).await;
    assert_no_page(&store).await;
}

async fn a_key_that_is_taken_is_refused(store: Store) {
    let expires_at = in_seconds(3600);
    store.create(session(1, expires_at)).await.unwrap();
    let other = session_of(2, 1, in_seconds(60));
    assert!(store.create(other).await.is_err());
    let loaded = store.load(&key(1)).await.unwrap().unwrap();
    assert_eq!(loaded.expires_at, expires_at, "the first stays");
    assert_none_listed(&store, 2).await;
}

async fn an_end_is_moved_by_one_request(store: Store) {
    let (from, to, later) = (in_seconds(60), in_seconds(3600), in_seconds(7200));
    store.create(session(4, from)).await.unwrap();
    store
        .extend(&key(4), from, to, in_seconds(0))
        .await
        .unwrap();
    // A slower request that read the old expiry date.
    store
        .extend(&key(4), from, later, in_seconds(1))
        .await
        .unwrap();
    let loaded = store.load(&key(4)).await.unwrap().unwrap();
    assert_eq!(loaded.expires_at, to);
    assert_eq!(loaded.sealed, [4, 0, 255]);
}

async fn an_extension_notes_when_it_was_used(store: Store) {
    let (from, to) = (in_seconds(60), in_seconds(3600));
    let (used_at, later) = (in_seconds(-20), in_seconds(-10));
    store.create(session(1, from)).await.unwrap();
    let row = store.list_for_user(&user(1), 9).await.unwrap().remove(0);
    assert_eq!(row.begun_at, row.used_at, "begun is used");
    let begun_at = row.begun_at;
    store.extend(&key(1), from, to, used_at).await.unwrap();
    // Too late: it extends nothing, so it does not change `used_at`.
    store.extend(&key(1), from, to, later).await.unwrap();
    let row = store.list_for_user(&user(1), 9).await.unwrap().remove(0);
    assert_eq!(
        (row.begun_at, row.used_at, row.expires_at),
        (begun_at, used_at, to)
    );
}

async fn extending_inserts_nothing(store: Store) {
    let from = in_seconds(60);
    let extend = async || {
        store
            .extend(&key(1), from, in_seconds(900), in_seconds(0))
            .await
            .unwrap();
        assert!(store.load(&key(1)).await.unwrap().is_none());
        assert!(store.load_tokens(&key(1)).await.unwrap().is_none());
        assert_none_listed(&store, 1).await;
    };
    extend().await;
    store.create(session(1, from)).await.unwrap();
    store.delete(&key(1)).await.unwrap().unwrap();
    extend().await;
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
