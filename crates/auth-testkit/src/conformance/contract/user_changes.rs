//! Changes of users that the provider reports.

use std::{sync::Arc, time::Duration};

use auth_core::{
    LogoutTarget, LogoutTokenIdHash, ProviderLogout, RememberedToken, UserChange, UserChangeKind,
    WriteOutcome,
};
use time::OffsetDateTime;
use tokio::{sync::Barrier, task::JoinSet, time::sleep};

use crate::conformance::{
    Store,
    rows::{assert_is_from_now, at, key, put, seconds, session_of, user},
};

cases! {
    $ __user_changes_conform of user_changes {
        requests:
            claims_of_all_sessions_of_the_users_are_marked,
            a_session_that_begins_with_claims_from_before_a_change_is_marked,
            a_sign_in_and_a_change_do_not_miss_each_other,
            changes_of_the_same_users_do_not_wait_in_a_circle,
            a_mark_is_cleared_by_who_has_read_it,
            a_report_is_carried_out_once,
            a_reinstated_user_signs_in_at_once,
            an_old_reinstatement_does_not_undo_a_later_logout;
        administration:;
    }
}

fn report(token: u8) -> RememberedToken {
    RememberedToken {
        key: LogoutTokenIdHash::from_bytes([token; 16]),
        keep_for: seconds(60),
    }
}

async fn apply(store: &Store, token: u8, users: &[u8], kind: UserChangeKind) -> WriteOutcome {
    let users = users.iter().map(|number| user(*number)).collect();
    let change = UserChange::new(users, kind, report(token));
    store.apply_user_change(&change).await.unwrap()
}

async fn mark(store: &Store, token: u8, users: &[u8]) {
    let done = apply(store, token, users, UserChangeKind::Claims).await;
    assert_eq!(done, WriteOutcome::Applied);
}

/// Returns the mark of a session, which its tokens have too.
async fn mark_of(store: &Store, number: u8) -> Option<OffsetDateTime> {
    let session = store.load(&key(number)).await.unwrap().unwrap();
    let tokens = store.load_tokens(&key(number)).await.unwrap().unwrap();
    assert_eq!(session.claims_stale_since, tokens.claims_stale_since);
    session.claims_stale_since
}

async fn claims_of_all_sessions_of_the_users_are_marked(store: Store) {
    for (owner, number) in [(1, 1), (1, 2), (2, 3), (3, 4)] {
        let session = session_of(owner, number, seconds(3600));
        store.create(session).await.unwrap();
    }
    let before = store.load(&key(1)).await.unwrap().unwrap();
    assert_eq!(before.claims_stale_since, None);
    mark(&store, 1, &[1, 3, 9]).await;
    for number in [1, 2, 4] {
        let since = mark_of(&store, number).await.unwrap();
        assert_is_from_now(&store, since, Duration::ZERO).await;
    }
    assert_eq!(mark_of(&store, 3).await, None);
    // The mark survives everything that is written.
    let swapped = store
        .compare_and_swap(&key(1), &before.sealed, b"new")
        .await;
    assert_eq!(swapped.unwrap(), WriteOutcome::Applied);
    store.save_tokens(&key(1), 1, b"newer").await.unwrap();
    let extended = store.extend(&key(1), before.expires_at, seconds(60)).await;
    assert!(extended.unwrap().is_some());
    assert!(mark_of(&store, 1).await.is_some());
    // It is of this session, not of later ones.
    store.delete(&key(1)).await.unwrap().unwrap();
    sleep(Duration::from_millis(5)).await;
    begin(&store, 1, 1, store.now().await.unwrap()).await;
    assert_eq!(mark_of(&store, 1).await, None);
    mark(&store, 2, &[]).await;
}

/// Inserts a session whose claims the provider was asked for at that time.
async fn begin(store: &Store, owner: u8, number: u8, asked_at: OffsetDateTime) {
    let session = session_of(owner, number, seconds(3600))
        .issued_at(at(60))
        .claims_asked_at(asked_at);
    assert_eq!(store.create(session).await.unwrap(), WriteOutcome::Applied);
}

async fn a_session_that_begins_with_claims_from_before_a_change_is_marked(store: Store) {
    let before = store.now().await.unwrap();
    let users: Vec<_> = (1..=100).collect();
    mark(&store, 1, &users).await;
    sleep(Duration::from_millis(5)).await;
    let after = store.now().await.unwrap();
    for owner in [1, 50, 100] {
        begin(&store, owner, owner, before).await;
        let since = mark_of(&store, owner).await.unwrap();
        assert_is_from_now(&store, since, Duration::ZERO).await;
        begin(&store, owner, owner + 1, after).await;
        assert_eq!(mark_of(&store, owner + 1).await, None, "{owner}");
    }
    // Nor because of a change of somebody else, or of another kind.
    let kind = UserChangeKind::Reinstated(at(9));
    apply(&store, 2, &[102], kind).await;
    begin(&store, 102, 102, before).await;
    assert_eq!(mark_of(&store, 102).await, None);
    // The last of several changes counts.
    sleep(Duration::from_millis(5)).await;
    mark(&store, 3, &[1]).await;
    begin(&store, 1, 110, after).await;
    assert!(mark_of(&store, 110).await.is_some());
    // A change is remembered as long as its report.
    let mut forgotten = report(4);
    forgotten.keep_for = Duration::ZERO;
    let change = UserChange::new(vec![user(111)], UserChangeKind::Claims, forgotten);
    store.apply_user_change(&change).await.unwrap();
    begin(&store, 111, 111, before).await;
    assert_eq!(mark_of(&store, 111).await, None);
}

async fn a_sign_in_and_a_change_do_not_miss_each_other(store: Store) {
    for round in 0..100 {
        let before = store.now().await.unwrap();
        let start = Arc::new(Barrier::new(4));
        let mut tasks = JoinSet::new();
        for number in 1..=3 {
            let (store, start) = (Arc::clone(&store), Arc::clone(&start));
            tasks.spawn(async move {
                start.wait().await;
                begin(&store, 1, number, before).await;
            });
        }
        start.wait().await;
        mark(&store, round, &[2, 1]).await;
        tasks.join_all().await;
        for number in 1..=3 {
            assert!(mark_of(&store, number).await.is_some(), "{round}");
            store.delete(&key(number)).await.unwrap();
        }
    }
}

/// PostgreSQL would abort one of the transactions with an error.
async fn changes_of_the_same_users_do_not_wait_in_a_circle(store: Store) {
    for owner in 1..=20 {
        begin(&store, owner, owner, at(0)).await;
    }
    let mut tasks = JoinSet::new();
    for token in 0..40 {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            let mut users: Vec<_> = (1..=20).collect();
            users.rotate_left(usize::from(token) % 20);
            match token % 4 {
                0 => log_out(&store, token, 1).await,
                1 => begin(&store, 1, token + 60, at(9)).await,
                _ => mark(&store, token, &users).await,
            }
        });
    }
    tasks.join_all().await;
    for owner in 2..=20 {
        assert!(mark_of(&store, owner).await.is_some());
    }
}

async fn a_mark_is_cleared_by_who_has_read_it(store: Store) {
    put(&store, 1).await;
    mark(&store, 1, &[1]).await;
    let first = mark_of(&store, 1).await.unwrap();
    // A refresh has begun. Then there are more changes, perhaps within the same
    // millisecond.
    for token in 2..10 {
        let before = mark_of(&store, 1).await.unwrap();
        mark(&store, token, &[1]).await;
        assert!(mark_of(&store, 1).await.unwrap() > before, "{token}");
    }
    let last = mark_of(&store, 1).await.unwrap();
    store
        .clear_claims_stale_since(&key(1), first)
        .await
        .unwrap();
    assert_eq!(mark_of(&store, 1).await, Some(last));
    store.clear_claims_stale_since(&key(1), last).await.unwrap();
    assert_eq!(mark_of(&store, 1).await, None);
    store.clear_claims_stale_since(&key(1), last).await.unwrap();
    store.clear_claims_stale_since(&key(2), last).await.unwrap();
    assert!(store.load(&key(2)).await.unwrap().is_none());
}

async fn a_report_is_carried_out_once(store: Store) {
    put(&store, 1).await;
    mark(&store, 1, &[1]).await;
    let marked = mark_of(&store, 1).await.unwrap();
    for kind in [UserChangeKind::Claims, UserChangeKind::Reinstated(at(9))] {
        let again = apply(&store, 1, &[1], kind).await;
        assert_eq!(again, WriteOutcome::NotApplied);
    }
    assert_eq!(mark_of(&store, 1).await, Some(marked));
    // Also if the second one is a logout.
    let of = LogoutTarget::User(user(1));
    let logout = ProviderLogout::new(report(1).key, of, at(9), seconds(60));
    store.apply_provider_logout(&logout).await.unwrap();
    assert!(store.load(&key(1)).await.unwrap().is_some());
    // It can be carried out again once it is forgotten.
    store.forget_report(&report(1).key).await.unwrap();
    store.forget_report(&report(2).key).await.unwrap();
    mark(&store, 1, &[1]).await;
    assert!(mark_of(&store, 1).await.unwrap() > marked);
}

/// Logs user 1 out, by the provider's clock in milliseconds.
async fn log_out(store: &Store, token: u8, milliseconds: u64) {
    let of = LogoutTarget::User(user(1));
    let issued_at = at(0) + Duration::from_millis(milliseconds);
    let logout = ProviderLogout::new(report(token).key, of, issued_at, seconds(60));
    store.apply_provider_logout(&logout).await.unwrap();
}

async fn reinstate(store: &Store, token: u8, milliseconds: u64) {
    let issued_at = at(0) + Duration::from_millis(milliseconds);
    let kind = UserChangeKind::Reinstated(issued_at);
    let done = apply(store, token, &[1], kind).await;
    assert_eq!(done, WriteOutcome::Applied);
}

async fn sign_in(store: &Store) -> WriteOutcome {
    let session = session_of(1, 1, seconds(60)).issued_at(at(0));
    store.create(session).await.unwrap()
}

async fn a_reinstated_user_signs_in_at_once(store: Store) {
    // All within one second, which an ID token does not tell apart.
    log_out(&store, 1, 200).await;
    assert_eq!(sign_in(&store).await, WriteOutcome::NotApplied);
    reinstate(&store, 2, 500).await;
    assert_eq!(sign_in(&store).await, WriteOutcome::Applied);
}

async fn an_old_reinstatement_does_not_undo_a_later_logout(store: Store) {
    log_out(&store, 1, 700).await;
    reinstate(&store, 2, 200).await;
    assert_eq!(sign_in(&store).await, WriteOutcome::NotApplied);
    // Nor one of somebody else.
    let kind = UserChangeKind::Reinstated(at(9));
    apply(&store, 3, &[2], kind).await;
    assert_eq!(sign_in(&store).await, WriteOutcome::NotApplied);
}
