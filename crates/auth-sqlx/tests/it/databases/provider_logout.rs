//! Logouts that the provider requests: the sweep, restarts, several servers.

use std::time::Duration;

use auth_core::{
    EndedSession, LogoutTarget, LogoutTokenIdHash, NewSession, ProviderLogout,
    ProviderLogoutOutcome, ProviderSessionIdHash, SessionStore as _, WriteOutcome,
};
use time::OffsetDateTime;

use crate::stores::{EXPIRED, Fresh, key, seconds, session_of, user};

for_each_database! {
    expired_logouts_are_swept_in_batches_after_sessions,
    logouts_are_remembered_across_restarts_and_servers,
    sessions_without_a_provider_session_stay,
}

fn provider_session(number: u8) -> ProviderSessionIdHash {
    ProviderSessionIdHash::from_bytes([number | 0x80; 16])
}

/// A logout of a provider session, remembered for a minute.
fn logout(token: u8, provider: u8) -> ProviderLogout {
    let of = LogoutTarget::ProviderSession(provider_session(provider));
    kept_for(token, of, seconds(60))
}

fn kept_for(token: u8, of: LogoutTarget, keep_for: Duration) -> ProviderLogout {
    let token = LogoutTokenIdHash::from_bytes([token; 16]);
    ProviderLogout::new(token, of, OffsetDateTime::UNIX_EPOCH, keep_for)
}

/// A session of user 1, begun in a provider session.
fn session_in(provider: u8, number: u8) -> NewSession {
    session_of(1, number, seconds(3600)).of_provider_session(provider_session(provider))
}

async fn expired_logouts_are_swept_in_batches_after_sessions(database: &impl Fresh) {
    let store = database.open().await;
    for number in 1..=2 {
        let ended = session_of(1, number, EXPIRED);
        store.create(ended).await.unwrap();
    }
    for number in 1..=5 {
        let of = LogoutTarget::ProviderSession(provider_session(number));
        let past = kept_for(number, of, Duration::ZERO);
        store.apply_provider_logout(&past).await.unwrap();
    }
    let kept = logout(6, 6);
    store.apply_provider_logout(&kept).await.unwrap();
    let of = LogoutTarget::User(user(9));
    let past = kept_for(7, of, Duration::ZERO);
    store.apply_provider_logout(&past).await.unwrap();
    let mut swept = Vec::new();
    for _ in 0..5 {
        swept.push(store.delete_expired(3).await.unwrap());
    }
    // Two sessions, six reports, and the logout of a user that one of them was.
    assert_eq!(swept, [3, 3, 3, 0, 0]);
    let again = store.apply_provider_logout(&kept).await.unwrap();
    assert_eq!(again, ProviderLogoutOutcome::Replayed, "it is not past yet");
    // When it has expired by the database's clock, it is forgotten.
    database
        .run("update auth_logouts set forget_at = forget_at - 61")
        .await;
    assert_eq!(store.delete_expired(3).await.unwrap(), 1);
    let again = store.apply_provider_logout(&kept).await.unwrap();
    assert_eq!(again, ProviderLogoutOutcome::Ended(Vec::new()));
}

async fn logouts_are_remembered_across_restarts_and_servers(database: &impl Fresh) {
    let (store, other) = (database.open().await, database.open().await);
    store.create(session_in(1, 1)).await.unwrap();
    other.apply_provider_logout(&logout(1, 1)).await.unwrap();
    assert!(store.load(&key(1)).await.unwrap().is_none());
    store.close().await;
    other.close().await;
    let store = database.open().await;
    let again = store.apply_provider_logout(&logout(1, 1)).await.unwrap();
    assert_eq!(again, ProviderLogoutOutcome::Replayed);
    let refused = store.create(session_in(1, 1)).await.unwrap();
    assert_eq!(refused, WriteOutcome::NotApplied);
}

async fn sessions_without_a_provider_session_stay(database: &impl Fresh) {
    let store = database.open().await;
    store.create(session_in(1, 1)).await.unwrap();
    store.close().await;
    // Restores the tables of that version.
    database
        .run(
            "drop table auth_logouts;
             drop table auth_user_logouts;
             drop table auth_user_changes;
             drop index auth_sessions_provider;
             alter table auth_sessions drop column provider_session;
             alter table auth_sessions drop column issued_at;
             alter table tower_sessions drop column claims_stale_since;
             delete from auth_migrations
             where version >= (select max(version) from auth_migrations) - 2;",
        )
        .await;
    let store = database.open().await;
    assert!(store.load(&key(1)).await.unwrap().is_some());
    // That version did not record the provider session.
    let done = store.apply_provider_logout(&logout(1, 1)).await.unwrap();
    assert_eq!(done, ProviderLogoutOutcome::Ended(Vec::new()));
    let done = store
        .apply_provider_logout(&kept_for(2, LogoutTarget::User(user(1)), seconds(60)))
        .await
        .unwrap();
    let expected = vec![EndedSession::new(key(1), b"tokens 1".to_vec())];
    assert_eq!(done, ProviderLogoutOutcome::Ended(expected));
}
