//! The key of the keyed hashes is stored once per secret.

use auth_core::SealingKeyId;
use tokio::task::JoinSet;

use crate::conformance::Store;

cases! {
    $ __id_hash_keys_conform of id_hash_keys {
        requests:
            a_hash_key_is_kept_once,
            parallel_keepers_agree_on_one_hash_key;
        administration:
            hash_keys_are_replaced_by_one;
    }
}

fn id(number: u8) -> SealingKeyId {
    SealingKeyId::from_bytes([0xff, 0, number, 0x80])
}

async fn kept(store: &Store, number: u8) -> Option<Vec<u8>> {
    let all = store.id_hash_keys().await.unwrap();
    all.into_iter()
        .find_map(|(sealed_with, sealed)| (sealed_with == id(number)).then_some(sealed))
}

async fn a_hash_key_is_kept_once(store: Store) {
    assert_eq!(kept(&store, 1).await, None);
    store.insert_id_hash_key(id(1), b"first").await.unwrap();
    store.insert_id_hash_key(id(1), b"second").await.unwrap();
    assert_eq!(kept(&store, 1).await.as_deref(), Some(&b"first"[..]));
    assert_eq!(kept(&store, 2).await, None);
}

async fn parallel_keepers_agree_on_one_hash_key(store: Store) {
    let mut tasks = JoinSet::new();
    for keeper in 0..10 {
        let store = store.clone();
        tasks.spawn(async move {
            store
                .insert_id_hash_key(id(1), &[keeper; 60])
                .await
                .unwrap();
            kept(&store, 1).await.unwrap()
        });
    }
    let seen = tasks.join_all().await;
    assert!(seen.iter().all(|key| *key == seen[0]), "{seen:?}");
}

async fn hash_keys_are_replaced_by_one(store: Store) {
    for number in [2, 1, 3] {
        store
            .insert_id_hash_key(id(number), &[number])
            .await
            .unwrap();
    }
    let all = store.id_hash_keys().await.unwrap();
    let in_order = [2, 1, 3].map(|number| (id(number), vec![number]));
    assert_eq!(all, in_order, "as they were kept");
    store.replace_id_hash_keys(id(1), b"another").await.unwrap();
    let all = store.id_hash_keys().await.unwrap();
    assert_eq!(all, [(id(1), b"another".to_vec())]);
    store.replace_id_hash_keys(id(9), b"new").await.unwrap();
    assert_eq!(kept(&store, 9).await.as_deref(), Some(&b"new"[..]));
    assert_eq!(kept(&store, 1).await, None);
}
