//! Logouts that the provider requests.

use std::time::Duration;

use crate::conformance::{
    Store,
    rows::{at, if_supported, key, put, seconds, session_of, user},
};
use auth_core::{
    EndedSession, LogoutTarget, LogoutTokenIdHash, NewSession, ProviderLogout,
    ProviderLogoutOutcome, ProviderSessionIdHash, SessionIdHash, WriteOutcome,
};

cases! {
    $ __provider_logout_conforms of provider_logout {
        requests:
            the_sessions_of_one_provider_session_end,
            all_sessions_of_a_user_end,
            a_replay_changes_nothing,
            no_session_begins_in_a_provider_session_that_is_over,
            a_users_logout_ends_what_began_before_it_and_nothing_later,
            the_later_of_two_logouts_counts,
            a_users_logout_is_remembered_until_its_time,
            a_logout_ends_sessions_that_do_not_know_their_provider_session,
            a_logout_is_remembered_until_its_time;
        administration:;
    }
}

pub fn provider_session(number: u8) -> ProviderSessionIdHash {
    ProviderSessionIdHash::from_bytes([number | 0x80; 16])
}

/// A logout of a provider session, remembered for a minute.
pub fn logout(token: u8, provider: u8) -> ProviderLogout {
    let of = LogoutTarget::ProviderSession(provider_session(provider));
    report(token, of, 0, seconds(60))
}

/// A logout of a user, of sessions with an ID token that was issued until then.
pub fn logout_of_user(token: u8, owner: u8, issued_at: u8) -> ProviderLogout {
    let of = LogoutTarget::User(user(owner));
    report(token, of, issued_at, seconds(60))
}

fn report(token: u8, of: LogoutTarget, issued_at: u8, keep_for: Duration) -> ProviderLogout {
    let token = LogoutTokenIdHash::from_bytes([token; 16]);
    ProviderLogout::new(token, of, at(issued_at.into()), keep_for)
}

/// A session of user 1, begun in a provider session. Its ID token was issued at
/// the time of the provider session's number.
pub fn session_in(provider: u8, number: u8) -> NewSession {
    session_of(1, number, seconds(3600))
        .of_provider_session(provider_session(provider))
        .issued_at(at(provider.into()))
}

async fn put_in(store: &Store, owner: u8, provider: u8, number: u8) {
    let mut session = session_in(provider, number);
    session.user = user(owner);
    assert_eq!(store.create(session).await.unwrap(), WriteOutcome::Applied);
}

async fn ended(store: &Store, logout: ProviderLogout) -> Vec<EndedSession> {
    match store.apply_provider_logout(&logout).await.unwrap() {
        ProviderLogoutOutcome::Ended(mut ended) => {
            ended.sort_by_key(|session| session.key);
            ended
        }
        other => panic!("{other:?}"),
    }
}

fn with_tokens(number: u8, tokens: &str) -> EndedSession {
    EndedSession::new(key(number), tokens.into())
}

async fn left(store: &Store) -> Vec<SessionIdHash> {
    let mut left = Vec::new();
    for number in 0..10 {
        if store.load(&key(number)).await.unwrap().is_some() {
            left.push(key(number));
        }
    }
    if let Some(rows) = if_supported(store.list_page(None, 99).await) {
        let listed: Vec<_> = rows.iter().map(|row| row.key).collect();
        assert_eq!(listed, left);
    }
    left
}

async fn the_sessions_of_one_provider_session_end(store: Store) {
    // Two sessions in one provider session, one of the same user in another,
    // one of another user, and one without a provider session.
    put_in(&store, 1, 1, 1).await;
    put_in(&store, 1, 1, 2).await;
    put_in(&store, 1, 2, 3).await;
    put_in(&store, 2, 3, 4).await;
    put(&store, 5).await;
    store.save_tokens(&key(2), 1, b"newer").await.unwrap();
    assert_eq!(
        ended(&store, logout(1, 1)).await,
        [with_tokens(1, "tokens 1"), with_tokens(2, "newer")]
    );
    for number in [1, 2] {
        assert!(store.load(&key(number)).await.unwrap().is_none());
        assert!(store.load_tokens(&key(number)).await.unwrap().is_none());
    }
    assert_eq!(left(&store).await, [key(3), key(4), key(5)]);
    assert_eq!(ended(&store, logout(2, 1)).await, [], "none are left");
    assert_eq!(ended(&store, logout(3, 9)).await, [], "there were none");
    assert_eq!(left(&store).await, [key(3), key(4), key(5)]);
}

async fn all_sessions_of_a_user_end(store: Store) {
    put_in(&store, 1, 1, 1).await;
    put_in(&store, 1, 2, 2).await;
    put(&store, 3).await;
    put_in(&store, 2, 3, 4).await;
    assert_eq!(
        ended(&store, logout_of_user(1, 1, 9)).await,
        [1, 2, 3].map(|number| with_tokens(number, &format!("tokens {number}")))
    );
    assert_eq!(left(&store).await, [key(4)]);
}

async fn a_replay_changes_nothing(store: Store) {
    put_in(&store, 1, 1, 1).await;
    put_in(&store, 1, 2, 2).await;
    assert_eq!(ended(&store, logout(1, 1)).await.len(), 1);
    assert_eq!(ended(&store, logout_of_user(2, 9, 9)).await, []);
    // Whatever is to end this time.
    for again in [
        logout(1, 1),
        logout(1, 2),
        logout_of_user(1, 1, 9),
        logout(2, 2),
        logout_of_user(2, 1, 9),
        report(
            1,
            LogoutTarget::ProviderSession(provider_session(1)),
            0,
            Duration::ZERO,
        ),
    ] {
        let done = store.apply_provider_logout(&again).await.unwrap();
        assert_eq!(done, ProviderLogoutOutcome::Replayed, "{again:?}");
    }
    assert_eq!(left(&store).await, [key(2)]);
    let refused = store.create(session_in(1, 3)).await.unwrap();
    assert_eq!(
        refused,
        WriteOutcome::NotApplied,
        "remembered as long as before"
    );
    put_in(&store, 1, 2, 4).await;
}

async fn no_session_begins_in_a_provider_session_that_is_over(store: Store) {
    assert_eq!(ended(&store, logout(1, 1)).await, []);
    for number in [1, 2] {
        let refused = store.create(session_in(1, number)).await.unwrap();
        assert_eq!(refused, WriteOutcome::NotApplied);
    }
    assert!(store.load(&key(1)).await.unwrap().is_none());
    assert!(store.load_tokens(&key(1)).await.unwrap().is_none());
    assert_eq!(left(&store).await, []);
    // The keys can be used in another provider session, or without one.
    put_in(&store, 1, 2, 1).await;
    put(&store, 2).await;
    assert_eq!(left(&store).await, [key(1), key(2)]);
}

async fn a_users_logout_ends_what_began_before_it_and_nothing_later(store: Store) {
    put_in(&store, 1, 1, 1).await;
    put_in(&store, 1, 6, 6).await;
    put_in(&store, 2, 1, 4).await;
    // It arrives late: session 6 began after it.
    let done = ended(&store, logout_of_user(1, 1, 5)).await;
    assert_eq!(done, [with_tokens(1, "tokens 1")]);
    // A sign-in that was under way, with and without a provider session.
    let mut unnamed = session_of(1, 3, seconds(3600)).issued_at(at(5));
    for refused in [session_in(4, 2), session_in(5, 2), unnamed.clone()] {
        let refused = store.create(refused).await.unwrap();
        assert_eq!(refused, WriteOutcome::NotApplied);
    }
    assert_eq!(left(&store).await, [key(4), key(6)]);
    // The user signs in again.
    put_in(&store, 1, 7, 2).await;
    unnamed = unnamed.issued_at(at(6));
    assert_eq!(store.create(unnamed).await.unwrap(), WriteOutcome::Applied);
    put_in(&store, 2, 1, 5).await;
    assert_eq!(left(&store).await, [2, 3, 4, 5, 6].map(key));
}

async fn the_later_of_two_logouts_counts(store: Store) {
    assert_eq!(ended(&store, logout_of_user(1, 1, 5)).await, []);
    assert_eq!(ended(&store, logout_of_user(2, 1, 3)).await, []);
    let refused = store.create(session_in(4, 1)).await.unwrap();
    assert_eq!(refused, WriteOutcome::NotApplied);
    put_in(&store, 1, 6, 1).await;
}

async fn a_users_logout_is_remembered_until_its_time(store: Store) {
    let of = LogoutTarget::User(user(1));
    assert_eq!(ended(&store, report(1, of, 9, Duration::ZERO)).await, []);
    put_in(&store, 1, 1, 1).await;
    assert_eq!(left(&store).await, [key(1)]);
}

async fn a_logout_ends_sessions_that_do_not_know_their_provider_session(store: Store) {
    put_in(&store, 1, 1, 1).await;
    put_in(&store, 1, 2, 2).await;
    put(&store, 3).await;
    let mut others = session_of(2, 4, seconds(3600));
    store.create(others.clone()).await.unwrap();
    let of = LogoutTarget::ProviderSessionOfUser(provider_session(1), user(1));
    assert_eq!(
        ended(&store, report(1, of, 5, seconds(60))).await,
        [with_tokens(1, "tokens 1"), with_tokens(3, "tokens 3")]
    );
    assert_eq!(left(&store).await, [key(2), key(4)]);
    // Sign-ins that were under way.
    let unnamed = session_of(1, 3, seconds(3600)).issued_at(at(5));
    for refused in [session_in(1, 1), unnamed.clone()] {
        let refused = store.create(refused).await.unwrap();
        assert_eq!(refused, WriteOutcome::NotApplied);
    }
    // Another provider session, a later sign-in, another user.
    put_in(&store, 1, 3, 1).await;
    let later = unnamed.issued_at(at(6));
    assert_eq!(store.create(later).await.unwrap(), WriteOutcome::Applied);
    others.key = key(5);
    assert_eq!(store.create(others).await.unwrap(), WriteOutcome::Applied);
    assert_eq!(left(&store).await, [1, 2, 3, 4, 5].map(key));
}

async fn a_logout_is_remembered_until_its_time(store: Store) {
    let of = LogoutTarget::ProviderSession(provider_session(1));
    assert_eq!(ended(&store, report(1, of, 0, Duration::ZERO)).await, []);
    put_in(&store, 1, 1, 1).await;
    // The token was not remembered either; now it is.
    assert_eq!(ended(&store, logout(1, 1)).await.len(), 1);
    let refused = store.create(session_in(1, 1)).await.unwrap();
    assert_eq!(refused, WriteOutcome::NotApplied);
    let again = store.apply_provider_logout(&logout(1, 1)).await.unwrap();
    assert_eq!(again, ProviderLogoutOutcome::Replayed);
}
