//! A logout by the provider, concurrent with every other write.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};

use auth_core::{EndedSession, ProviderLogoutOutcome, SessionIdHash, UserSessions, WriteOutcome};
use tokio::{sync::Barrier, task::JoinSet};

use super::provider_logout::{logout, logout_of_user, session_in};
use crate::conformance::{
    Store,
    rows::{assert_no_page, key, seconds, user},
};

cases! {
    $ __provider_logout_races_conform of provider_logout_races {
        requests:
            nothing_comes_back_while_a_hundred_write_and_the_provider_logs_out,
            a_sign_in_and_its_logout_do_not_miss_each_other,
            a_token_that_comes_many_times_at_once_is_carried_out_once;
        administration:
            those_who_end_the_same_sessions_do_not_wait_in_a_circle;
    }
}

/// What a round did to session 1 and to others in its provider session.
#[derive(Default)]
struct Round {
    provider: u8,
    /// The keys of the sessions that were created.
    begun: Mutex<BTreeSet<SessionIdHash>>,
    /// The last version of session 1's tokens that was saved.
    saved: AtomicU8,
}

impl Round {
    async fn create(&self, store: &Store, number: u8) {
        let session = session_in(self.provider, number);
        let key = session.key;
        if store.create(session).await.unwrap() == WriteOutcome::Applied {
            self.begun.lock().unwrap().insert(key);
        }
    }

    async fn write(&self, store: &Store, number: u8) {
        let key = key(1);
        match number % 6 {
            0 => {
                if let Some(read) = store.load(&key).await.unwrap() {
                    let lifetime = seconds(7200 + u64::from(number));
                    let extended = store.extend(&key, read.expires_at, lifetime).await;
                    extended.unwrap();
                }
            }
            1 => {
                let (holder, minute) = (i64::from(number), Duration::from_secs(60));
                store.lease_tokens(&key, 1, holder, minute).await.unwrap();
                store.release_tokens(&key, holder).await.unwrap();
            }
            2 => {
                if let Some(read) = store.load_tokens(&key).await.unwrap() {
                    let next = u8::try_from(read.version + 1).unwrap();
                    let done = store.save_tokens(&key, read.version, &[next]).await;
                    if done.unwrap() == WriteOutcome::Applied {
                        self.saved.fetch_max(next, Ordering::SeqCst);
                    }
                }
            }
            3 => {
                if let Some(read) = store.load(&key).await.unwrap() {
                    store
                        .compare_and_swap(&key, &read.sealed, &[number])
                        .await
                        .unwrap();
                }
            }
            _ => self.create(store, number).await,
        }
    }
}

fn ended(done: ProviderLogoutOutcome) -> Vec<EndedSession> {
    match done {
        ProviderLogoutOutcome::Ended(ended) => ended,
        other => panic!("{other:?}"),
    }
}

fn keys(ended: &[EndedSession]) -> BTreeSet<SessionIdHash> {
    ended.iter().map(|session| session.key).collect()
}

async fn nothing_is_left(store: &Store, round: u8) {
    assert!(store.load(&key(1)).await.unwrap().is_none(), "{round}");
    let tokens = store.load_tokens(&key(1)).await.unwrap();
    assert!(tokens.is_none(), "{round}");
    assert_no_page(store).await;
}

async fn nothing_comes_back_while_a_hundred_write_and_the_provider_logs_out(store: Store) {
    for number in 0..10 {
        let round = Arc::new(Round {
            provider: number,
            ..Round::default()
        });
        round.create(&store, 1).await;
        let mut tasks = JoinSet::new();
        for task in 0..100 {
            if task == number * 10 {
                let store = Arc::clone(&store);
                tasks.spawn(async move {
                    let logout = logout(number, number);
                    Some(ended(store.apply_provider_logout(&logout).await.unwrap()))
                });
            }
            let (store, round) = (Arc::clone(&store), Arc::clone(&round));
            tasks.spawn(async move {
                round.write(&store, task).await;
                None
            });
        }
        let done = tasks.join_all().await;
        let ended = done.into_iter().flatten().next().unwrap();
        nothing_is_left(&store, number).await;
        assert_eq!(keys(&ended), *round.begun.lock().unwrap(), "{number}");
        let tokens = match round.saved.load(Ordering::SeqCst) {
            0 => b"tokens 1".to_vec(),
            saved => vec![saved],
        };
        assert!(
            ended.contains(&EndedSession::new(key(1), tokens)),
            "{number}: the last saved are given"
        );
        for late in 0..6 {
            round.write(&store, late).await;
        }
        nothing_is_left(&store, number).await;
    }
}

async fn a_sign_in_and_its_logout_do_not_miss_each_other(store: Store) {
    for number in 0..100 {
        let round = Arc::new(Round {
            provider: number,
            ..Round::default()
        });
        let start = Arc::new(Barrier::new(4));
        let mut tasks = JoinSet::new();
        for task in 1..=3 {
            let (store, round, start) =
                (Arc::clone(&store), Arc::clone(&round), Arc::clone(&start));
            tasks.spawn(async move {
                start.wait().await;
                round.create(&store, task).await;
            });
        }
        start.wait().await;
        let logout = logout(number, number);
        let ended = ended(store.apply_provider_logout(&logout).await.unwrap());
        tasks.join_all().await;
        nothing_is_left(&store, number).await;
        assert_eq!(keys(&ended), *round.begun.lock().unwrap(), "{number}");
    }
}

async fn a_token_that_comes_many_times_at_once_is_carried_out_once(store: Store) {
    for number in 0..10 {
        for session in 1..=2 {
            let session = session_in(number, session);
            assert_eq!(store.create(session).await.unwrap(), WriteOutcome::Applied);
        }
        let mut tasks = JoinSet::new();
        for task in 0..10 {
            let store = Arc::clone(&store);
            tasks.spawn(async move {
                // The same token, once for a provider session and once for a
                // user.
                let logout = match task % 2 {
                    0 => logout(number, number),
                    _ => logout_of_user(number, 1, number),
                };
                store.apply_provider_logout(&logout).await.unwrap()
            });
        }
        let mut done = tasks.join_all().await;
        done.retain(|done| *done != ProviderLogoutOutcome::Replayed);
        assert_eq!(done.len(), 1, "{number}");
        let ended = ended(done.remove(0));
        assert_eq!(keys(&ended), BTreeSet::from([key(1), key(2)]), "{number}");
    }
}

/// PostgreSQL would abort one of the transactions with an error.
async fn those_who_end_the_same_sessions_do_not_wait_in_a_circle(store: Store) {
    for number in 0..20 {
        for session in 1..=20 {
            let session = session_in(number, session);
            assert_eq!(store.create(session).await.unwrap(), WriteOutcome::Applied);
        }
        let mut tasks = JoinSet::new();
        for task in 0..8 {
            let store = Arc::clone(&store);
            tasks.spawn(async move {
                let token = number * 8 + task;
                match task % 4 {
                    0 => {
                        let logout = logout(token, number);
                        ended(store.apply_provider_logout(&logout).await.unwrap())
                    }
                    1 => {
                        let logout = logout_of_user(token, 1, number);
                        ended(store.apply_provider_logout(&logout).await.unwrap())
                    }
                    2 => store
                        .delete_for_user(&user(1), UserSessions::All)
                        .await
                        .unwrap(),
                    _ => {
                        let rows = store.list_for_user(&user(1), 99).await.unwrap();
                        for row in rows {
                            store
                                .compare_and_swap(&row.key, &row.sealed, b"new")
                                .await
                                .unwrap();
                        }
                        Vec::new()
                    }
                }
            });
        }
        let ended = tasks.join_all().await.concat();
        assert_eq!(ended.len(), 20, "{number}: each is given once");
        assert_eq!(keys(&ended).len(), 20, "{number}");
        nothing_is_left(&store, number).await;
    }
}
