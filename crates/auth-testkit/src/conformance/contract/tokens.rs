//! Only a caller that has read the newest tokens can replace them.

use auth_core::{StoredTokens, WriteOutcome};
use tokio::task::JoinSet;

use crate::conformance::{
    Store,
    rows::{assert_none_listed, if_supported, key, put, user},
};

cases! {
    $ __tokens_conform of tokens {
        requests:
            tokens_are_loaded_and_saved,
            of_two_parallel_saves_one_wins,
            a_save_after_sign_out_brings_nothing_back,
            an_in_flight_request_across_an_id_change_brings_nothing_back;
        administration:;
    }
}

async fn tokens_of(store: &Store, number: u8) -> StoredTokens {
    store.load_tokens(&key(number)).await.unwrap().unwrap()
}

async fn tokens_are_loaded_and_saved(store: Store) {
    assert!(store.load_tokens(&key(1)).await.unwrap().is_none());
    put(&store, 1).await;
    put(&store, 2).await;
    let first = tokens_of(&store, 1).await;
    assert_eq!(first, StoredTokens::new(b"tokens 1".to_vec(), 1));
    let saved = store.save_tokens(&key(1), 1, b"second").await.unwrap();
    assert_eq!(saved, WriteOutcome::Applied);
    let second = tokens_of(&store, 1).await;
    assert_eq!(second, StoredTokens::new(b"second".to_vec(), 2));
    for version in [0, 1, 3] {
        let saved = store.save_tokens(&key(1), version, b"never").await;
        assert_eq!(saved.unwrap(), WriteOutcome::NotApplied, "{version}");
    }
    assert_eq!(tokens_of(&store, 1).await, second);
    assert_eq!(
        tokens_of(&store, 2).await.sealed,
        b"tokens 2",
        "the other's stay"
    );
    let given = store.delete(&key(1)).await.unwrap();
    assert_eq!(given.as_deref(), Some(b"second".as_slice()));
}

async fn of_two_parallel_saves_one_wins(store: Store) {
    for round in 0..25 {
        put(&store, 1).await;
        let mut tasks = JoinSet::new();
        for saver in [b'a', b'b'] {
            let store = store.clone();
            tasks.spawn(async move {
                let saved = store.save_tokens(&key(1), 1, &[saver]).await.unwrap();
                (saved == WriteOutcome::Applied).then_some(saver)
            });
        }
        let winners: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
        assert_eq!(winners.len(), 1, "round {round}");
        let tokens = tokens_of(&store, 1).await;
        assert_eq!(tokens, StoredTokens::new(winners, 2), "round {round}");
        store.delete(&key(1)).await.unwrap().unwrap();
    }
}

async fn a_save_after_sign_out_brings_nothing_back(store: Store) {
    put(&store, 1).await;
    let read = tokens_of(&store, 1).await;
    store.delete(&key(1)).await.unwrap().unwrap();
    let saved = store.save_tokens(&key(1), read.version, b"late").await;
    assert_eq!(saved.unwrap(), WriteOutcome::NotApplied);
    assert!(store.load(&key(1)).await.unwrap().is_none());
    assert!(store.load_tokens(&key(1)).await.unwrap().is_none());
    assert_none_listed(&store, 1).await;
    assert!(store.delete(&key(1)).await.unwrap().is_none());
}

/// The user signs in again, which replaces the session id, while a request with
/// the old id refreshes the tokens.
async fn an_in_flight_request_across_an_id_change_brings_nothing_back(store: Store) {
    put(&store, 1).await;
    let read = tokens_of(&store, 1).await;
    store.delete(&key(1)).await.unwrap().unwrap();
    put(&store, 2).await;
    let saved = store.save_tokens(&key(1), read.version, b"late").await;
    assert_eq!(saved.unwrap(), WriteOutcome::NotApplied);
    assert!(store.load(&key(1)).await.unwrap().is_none());
    assert!(store.load_tokens(&key(1)).await.unwrap().is_none());
    let new = tokens_of(&store, 2).await;
    assert_eq!(new, StoredTokens::new(b"tokens 2".to_vec(), 1));
    if let Some(sessions) = if_supported(store.list_for_user(&user(1), 9).await) {
        let keys: Vec<_> = sessions.iter().map(|session| session.key).collect();
        assert_eq!(keys, [key(2)]);
    }
}
