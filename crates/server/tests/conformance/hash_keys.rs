//! The key of the keyed hashes is kept once for each secret.

use auth_core::SealingKeyId;
use tokio::task::JoinSet;

use crate::stores::Store;

for_each_store! {
    a_hash_key_is_kept_once,
    parallel_keepers_agree_on_one_hash_key,
    all_hash_keys_but_one_are_forgotten,
}

fn id(number: u8) -> SealingKeyId {
    SealingKeyId::from_bytes([0xff, 0, number, 0x80])
}

async fn kept(store: &Store, number: u8) -> Option<Vec<u8>> {
    store.hash_key(id(number)).await.unwrap()
}

async fn a_hash_key_is_kept_once(store: Store) {
    assert_eq!(kept(&store, 1).await, None);
    store.keep_hash_key(id(1), b"first").await.unwrap();
    store.keep_hash_key(id(1), b"second").await.unwrap();
    assert_eq!(kept(&store, 1).await.as_deref(), Some(&b"first"[..]));
    assert_eq!(kept(&store, 2).await, None);
}

async fn parallel_keepers_agree_on_one_hash_key(store: Store) {
    let mut tasks = JoinSet::new();
    for keeper in 0..10 {
        let store = store.clone();
        tasks.spawn(async move {
            store.keep_hash_key(id(1), &[keeper; 60]).await.unwrap();
            kept(&store, 1).await.unwrap()
        });
    }
    let seen = tasks.join_all().await;
    assert!(seen.iter().all(|key| *key == seen[0]), "{seen:?}");
}

async fn all_hash_keys_but_one_are_forgotten(store: Store) {
    for number in 1..=3 {
        store.keep_hash_key(id(number), &[number]).await.unwrap();
    }
    store.forget_hash_keys_but(id(2)).await.unwrap();
    assert_eq!(kept(&store, 1).await, None);
    assert_eq!(kept(&store, 2).await, Some(vec![2]));
    assert_eq!(kept(&store, 3).await, None);
    store.forget_hash_keys_but(id(9)).await.unwrap();
    assert_eq!(kept(&store, 2).await, None);
}
