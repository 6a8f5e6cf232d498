//! `compare_and_swap` replaces the sealed session and nothing else.

use auth_core::{LeaseOutcome, WriteOutcome};

use crate::conformance::{
    Store,
    rows::{assert_no_page, end_of, if_supported, key, put, seconds, session, user},
};

cases! {
    $ __compare_and_swap_conforms of compare_and_swap {
        requests:
            replaced_only_where_it_still_is_the_old_one,
            end_tokens_and_lease_stay,
            replacing_inserts_nothing,
            one_of_many_replaces_the_same_one;
        administration:;
    }
}

async fn replaced_only_where_it_still_is_the_old_one(store: Store) {
    put(&store, 1).await;
    put(&store, 2).await;
    let loaded = || async { store.load(&key(1)).await.unwrap().unwrap().sealed };
    let old = loaded().await;
    let other = store
        .compare_and_swap(&key(1), b"another", b"new")
        .await
        .unwrap();
    assert_eq!(other, WriteOutcome::NotApplied);
    assert_eq!(loaded().await, old);
    let first = store.compare_and_swap(&key(1), &old, b"new").await.unwrap();
    assert_eq!(first, WriteOutcome::Applied);
    assert_eq!(loaded().await, b"new");
    let second = store
        .compare_and_swap(&key(1), &old, b"newer")
        .await
        .unwrap();
    assert_eq!(second, WriteOutcome::NotApplied);
    assert_eq!(loaded().await, b"new");
    let beside = store.load(&key(2)).await.unwrap().unwrap();
    assert_eq!(beside.sealed, [2, 0, 255], "the other stays");
}

async fn end_tokens_and_lease_stay(store: Store) {
    store.create(session(1, seconds(60))).await.unwrap();
    let from = end_of(&store, key(1)).await;
    let old = store.load(&key(1)).await.unwrap().unwrap().sealed;
    // Extended since `old` was read.
    let to = store.extend(&key(1), from, seconds(160)).await.unwrap();
    let minute = std::time::Duration::from_secs(60);
    let leased = store.lease_tokens(&key(1), 1, 7, minute).await.unwrap();
    assert_eq!(leased, LeaseOutcome::Granted);
    let listed = async || if_supported(store.list_for_user(&user(1), 9).await);
    let mut expected = listed().await;
    for row in expected.iter_mut().flatten() {
        row.sealed = b"new".into();
    }
    let written = store.compare_and_swap(&key(1), &old, b"new").await.unwrap();
    assert_eq!(written, WriteOutcome::Applied);
    assert_eq!(listed().await, expected);
    assert_eq!(Some(end_of(&store, key(1)).await), to);
    let leased = store.lease_tokens(&key(1), 1, 8, minute).await.unwrap();
    assert_eq!(leased, LeaseOutcome::Denied);
    let tokens = store.load_tokens(&key(1)).await.unwrap().unwrap();
    assert_eq!((tokens.sealed, tokens.version), (b"tokens 1".to_vec(), 1));
}

async fn replacing_inserts_nothing(store: Store) {
    put(&store, 1).await;
    let old = store.load(&key(1)).await.unwrap().unwrap().sealed;
    store.delete(&key(1)).await.unwrap().unwrap();
    for old in [&old[..], b""] {
        let written = store.compare_and_swap(&key(1), old, b"new").await.unwrap();
        assert_eq!(written, WriteOutcome::NotApplied);
    }
    assert!(store.load(&key(1)).await.unwrap().is_none());
    assert!(store.load_tokens(&key(1)).await.unwrap().is_none());
    assert_no_page(&store).await;
}

async fn one_of_many_replaces_the_same_one(store: Store) {
    put(&store, 1).await;
    let old = store.load(&key(1)).await.unwrap().unwrap().sealed;
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..20 {
        let (store, old) = (store.clone(), old.clone());
        tasks.spawn(async move {
            let written = store
                .compare_and_swap(&key(1), &old, &[number])
                .await
                .unwrap();
            (written == WriteOutcome::Applied).then_some(number)
        });
    }
    let won: Vec<u8> = tasks.join_all().await.into_iter().flatten().collect();
    assert_eq!(won.len(), 1);
    assert_eq!(store.load(&key(1)).await.unwrap().unwrap().sealed, won);
}
