//! Logouts that the provider requests.

use auth_core::{
    EndedSession, LogoutTarget, LogoutTokenIdHash, NewSession, ProviderLogout,
    ProviderLogoutOutcome, ProviderSessionIdHash, SessionIdHash, WriteOutcome,
};
use time::OffsetDateTime;

use crate::conformance::{
    Store,
    rows::{if_supported, in_seconds, key, put, session_of, user},
};

cases! {
    $ __provider_logout_conforms of provider_logout {
        requests:
            the_sessions_of_one_provider_session_end,
            all_sessions_of_a_user_end,
            a_replay_changes_nothing,
            no_session_begins_in_a_provider_session_that_is_over,
            a_users_logout_lets_them_sign_in_again,
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
    until(token, of, in_seconds(60))
}

pub fn logout_of_user(token: u8, owner: u8) -> ProviderLogout {
    until(token, LogoutTarget::User(user(owner)), in_seconds(60))
}

fn until(token: u8, of: LogoutTarget, remember_until: OffsetDateTime) -> ProviderLogout {
    let token = LogoutTokenIdHash::from_bytes([token; 16]);
    ProviderLogout::new(token, of, remember_until)
}

/// A session of user 1, begun in a provider session.
pub fn session_in(provider: u8, number: u8) -> NewSession {
    session_of(1, number, in_seconds(3600)).of_provider_session(provider_session(provider))
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
        ended(&store, logout_of_user(1, 1)).await,
        [1, 2, 3].map(|number| with_tokens(number, &format!("tokens {number}")))
    );
    assert_eq!(left(&store).await, [key(4)]);
}

async fn a_replay_changes_nothing(store: Store) {
    put_in(&store, 1, 1, 1).await;
    put_in(&store, 1, 2, 2).await;
    assert_eq!(ended(&store, logout(1, 1)).await.len(), 1);
    assert_eq!(ended(&store, logout_of_user(2, 9)).await, []);
    // Whatever is to end this time.
    for again in [
        logout(1, 1),
        logout(1, 2),
        logout_of_user(1, 1),
        logout(2, 2),
        logout_of_user(2, 1),
        until(
            1,
            LogoutTarget::ProviderSession(provider_session(1)),
            in_seconds(-2),
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

async fn a_users_logout_lets_them_sign_in_again(store: Store) {
    put_in(&store, 1, 1, 1).await;
    assert_eq!(ended(&store, logout_of_user(1, 1)).await.len(), 1);
    put_in(&store, 1, 2, 2).await;
    put(&store, 3).await;
    assert_eq!(left(&store).await, [key(2), key(3)]);
}

async fn a_logout_is_remembered_until_its_time(store: Store) {
    let of = LogoutTarget::ProviderSession(provider_session(1));
    assert_eq!(ended(&store, until(1, of, in_seconds(-2))).await, []);
    put_in(&store, 1, 1, 1).await;
    // The token was not remembered either; now it is.
    assert_eq!(ended(&store, logout(1, 1)).await.len(), 1);
    let refused = store.create(session_in(1, 1)).await.unwrap();
    assert_eq!(refused, WriteOutcome::NotApplied);
    let again = store.apply_provider_logout(&logout(1, 1)).await.unwrap();
    assert_eq!(again, ProviderLogoutOutcome::Replayed);
}
