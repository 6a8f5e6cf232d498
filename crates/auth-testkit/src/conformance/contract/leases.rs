//! One holder at a time may refresh tokens.

use std::time::Duration;

use auth_core::{LeaseHolder, LeaseOutcome, TokensVersion, WriteOutcome};
use tokio::task::JoinSet;

use crate::conformance::{
    Store,
    rows::{key, put},
};

cases! {
    $ __leases_conform of leases {
        requests:
            one_of_many_holders_gets_the_lease,
            a_lease_lapses_by_itself,
            a_lease_is_lengthened_by_its_holder_only,
            a_lease_is_released_by_its_holder_only,
            a_lease_ends_with_a_save,
            a_lease_on_another_version_is_refused,
            leases_of_two_sessions_are_two;
        administration:;
    }
}

const LONG: Duration = Duration::from_secs(60);

async fn lease(store: &Store, version: TokensVersion, holder: LeaseHolder) -> LeaseOutcome {
    store
        .lease_tokens(&key(1), version, holder, LONG)
        .await
        .unwrap()
}

async fn one_of_many_holders_gets_the_lease(store: Store) {
    put(&store, 1).await;
    let mut tasks = JoinSet::new();
    for holder in 0..20 {
        let store = store.clone();
        tasks.spawn(async move { lease(&store, 1, holder - 10).await });
    }
    let leased = tasks.join_all().await;
    assert_eq!(
        leased
            .iter()
            .filter(|&&it| it == LeaseOutcome::Granted)
            .count(),
        1
    );
}

async fn a_lease_lapses_by_itself(store: Store) {
    put(&store, 1).await;
    let short = Duration::from_millis(300);
    let leased = store.lease_tokens(&key(1), 1, 7, short).await.unwrap();
    assert_eq!(leased, LeaseOutcome::Granted);
    assert_eq!(lease(&store, 1, 8).await, LeaseOutcome::Denied);
    tokio::time::sleep(short + Duration::from_millis(50)).await;
    assert_eq!(lease(&store, 1, 8).await, LeaseOutcome::Granted);
    // A holder whose lease has lapsed releases nothing.
    store.release_tokens(&key(1), 7).await.unwrap();
    assert_eq!(lease(&store, 1, 9).await, LeaseOutcome::Denied);
}

async fn a_lease_is_lengthened_by_its_holder_only(store: Store) {
    put(&store, 1).await;
    let short = Duration::from_millis(300);
    let leased = store.lease_tokens(&key(1), 1, 7, short).await.unwrap();
    assert_eq!(leased, LeaseOutcome::Granted);
    assert_eq!(lease(&store, 1, 7).await, LeaseOutcome::Granted);
    tokio::time::sleep(short + Duration::from_millis(50)).await;
    assert_eq!(lease(&store, 1, 8).await, LeaseOutcome::Denied);
    assert_eq!(
        lease(&store, 2, 7).await,
        LeaseOutcome::Denied,
        "of this version"
    );
}

async fn a_lease_is_released_by_its_holder_only(store: Store) {
    put(&store, 1).await;
    assert_eq!(lease(&store, 1, i64::MIN).await, LeaseOutcome::Granted);
    store.release_tokens(&key(1), i64::MAX).await.unwrap();
    assert_eq!(lease(&store, 1, 8).await, LeaseOutcome::Denied);
    store.release_tokens(&key(1), i64::MIN).await.unwrap();
    assert_eq!(lease(&store, 1, 8).await, LeaseOutcome::Granted);
    store.release_tokens(&key(2), 8).await.unwrap();
}

async fn a_lease_ends_with_a_save(store: Store) {
    put(&store, 1).await;
    assert_eq!(lease(&store, 1, 7).await, LeaseOutcome::Granted);
    let saved = store.save_tokens(&key(1), 1, b"second").await.unwrap();
    assert_eq!(saved, WriteOutcome::Applied);
    assert_eq!(lease(&store, 2, 8).await, LeaseOutcome::Granted);
}

async fn a_lease_on_another_version_is_refused(store: Store) {
    put(&store, 1).await;
    for version in [0, 2] {
        assert_eq!(
            lease(&store, version, 7).await,
            LeaseOutcome::Denied,
            "{version}"
        );
    }
    store.delete(&key(1)).await.unwrap().unwrap();
    assert_eq!(lease(&store, 1, 7).await, LeaseOutcome::Denied, "gone");
}

async fn leases_of_two_sessions_are_two(store: Store) {
    put(&store, 1).await;
    put(&store, 2).await;
    assert_eq!(lease(&store, 1, 7).await, LeaseOutcome::Granted);
    let other = store.lease_tokens(&key(2), 1, 7, LONG).await.unwrap();
    assert_eq!(other, LeaseOutcome::Granted);
}
