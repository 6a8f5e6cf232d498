//! Sign-out, concurrent with every other write.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use auth_core::{UserSessions, WriteOutcome};
use tokio::task::JoinSet;

use crate::conformance::{
    Store,
    rows::{assert_no_page, end_of, if_supported, key, seconds, session, user},
};

cases! {
    $ __races_conform of races {
        requests:
            nothing_comes_back_while_many_write_and_one_deletes,
            a_conditional_delete_and_a_save_do_not_both_win;
        administration:
            nothing_comes_back_while_many_write_and_one_ends_all,
            an_extension_and_sealing_anew_both_hold;
    }
}

/// Saves tokens (each task the version after the one it reads), extends, reseals
/// and leases a session while one task deletes it. Returns the tokens that the
/// delete returned, and those that were saved last.
async fn round(store: &Store, round: usize, all: bool) -> (Option<Vec<u8>>, Vec<u8>) {
    store.create(session(5, seconds(60))).await.unwrap();
    let from = end_of(store, key(5)).await;
    // Every save has a different version; the last one is the highest.
    let last_saved = Arc::new(AtomicU8::new(1));
    let mut tasks = JoinSet::new();
    for step in 0..9 {
        let store = Arc::clone(store);
        let last_saved = Arc::clone(&last_saved);
        tasks.spawn(async move {
            if step == round % 9 {
                return if all {
                    let mut ended = store
                        .delete_for_user(&user(1), UserSessions::All)
                        .await
                        .unwrap();
                    ended.pop().map(|session| session.sealed_tokens)
                } else {
                    store.delete(&key(5)).await.unwrap()
                };
            }
            if step % 2 == 0 {
                for _ in 0..3 {
                    let Some(read) = store.load_tokens(&key(5)).await.unwrap() else {
                        break;
                    };
                    let next = u8::try_from(read.version + 1).unwrap();
                    let saved = store.save_tokens(&key(5), read.version, &[next]).await;
                    if saved.unwrap() == WriteOutcome::Applied {
                        last_saved.fetch_max(next, Ordering::SeqCst);
                    }
                }
            } else {
                let extended = store.extend(&key(5), from, seconds(160)).await;
                extended.unwrap();
                let rows = if_supported(store.list_for_user(&user(1), 1).await);
                if let Some(row) = rows.and_then(|mut rows| rows.pop()) {
                    let mut new = row.clone();
                    new.sealed = vec![9];
                    new.sealed_device = vec![9];
                    if_supported(store.reseal(&row, &new).await);
                }
                let minute = std::time::Duration::from_secs(60);
                store.lease_tokens(&key(5), 1, 7, minute).await.unwrap();
                store.release_tokens(&key(5), 7).await.unwrap();
            }
            None
        });
    }
    let given = tasks.join_all().await.into_iter().flatten().next();
    let last = match last_saved.load(Ordering::SeqCst) {
        1 => b"tokens 5".to_vec(),
        next => vec![next],
    };
    (given, last)
}

async fn nothing_is_left(store: &Store, round: usize) {
    assert!(store.load(&key(5)).await.unwrap().is_none(), "{round}");
    let tokens = store.load_tokens(&key(5)).await.unwrap();
    assert!(tokens.is_none(), "{round}");
    assert_no_page(store).await;
    assert!(store.delete(&key(5)).await.unwrap().is_none(), "{round}");
}

async fn nothing_comes_back_while_many_write_and_one_deletes(store: Store) {
    for number in 0..50 {
        let (given, last) = round(&store, number, false).await;
        assert_eq!(given, Some(last), "{number}: the last saved are given");
        nothing_is_left(&store, number).await;
    }
}

async fn nothing_comes_back_while_many_write_and_one_ends_all(store: Store) {
    for number in 0..50 {
        let (given, last) = round(&store, number, true).await;
        assert_eq!(given, Some(last), "{number}: the last saved are given");
        nothing_is_left(&store, number).await;
    }
}

async fn a_conditional_delete_and_a_save_do_not_both_win(store: Store) {
    for number in 0..50 {
        store.create(session(5, seconds(60))).await.unwrap();
        let (deleted, saved) = tokio::join!(
            tokio::spawn({
                let store = Arc::clone(&store);
                async move { store.delete_if_version(&key(5), 1).await.unwrap() }
            }),
            tokio::spawn({
                let store = Arc::clone(&store);
                async move { store.save_tokens(&key(5), 1, b"new").await.unwrap() }
            }),
        );
        let (deleted, saved) = (deleted.unwrap(), saved.unwrap());
        assert_ne!(deleted, saved, "{number}");
        let left = store.delete(&key(5)).await.unwrap();
        let expected = (saved == WriteOutcome::Applied).then(|| b"new".to_vec());
        assert_eq!(left, expected, "{number}");
    }
}

async fn an_extension_and_sealing_anew_both_hold(store: Store) {
    for number in 0..50 {
        store.create(session(5, seconds(60))).await.unwrap();
        let from = end_of(&store, key(5)).await;
        let old = store.list_for_user(&user(1), 1).await.unwrap().remove(0);
        let mut new = old.clone();
        new.sealed = b"new".into();
        let (extended, resealed) = tokio::join!(
            tokio::spawn({
                let store = Arc::clone(&store);
                async move { store.extend(&key(5), from, seconds(3600)).await }
            }),
            tokio::spawn({
                let store = Arc::clone(&store);
                async move { store.reseal(&old, &new).await }
            }),
        );
        let to = extended.unwrap().unwrap();
        resealed.unwrap().unwrap();
        let loaded = store.load(&key(5)).await.unwrap().unwrap();
        assert_eq!(loaded.sealed, b"new", "{number}");
        assert_eq!(Some(loaded.expires_at), to, "{number}");
        store.delete(&key(5)).await.unwrap().unwrap();
    }
}
