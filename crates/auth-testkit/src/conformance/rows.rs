//! The sessions that the cases insert, and what they read back.

use std::time::Duration;

use auth_core::{NewSession, SessionIdHash, StoreError, UserIdHash};
use time::OffsetDateTime;

use super::Store;

pub fn key(number: u8) -> SessionIdHash {
    // The first bit is set: keys must not be compared as signed numbers.
    SessionIdHash::from_bytes([number | 0x80; 16])
}

pub fn user(number: u8) -> UserIdHash {
    UserIdHash::from_bytes([number; 16])
}

/// Returns the lifetime of a session.
pub const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The lifetime of a session that has expired when it begins.
pub const EXPIRED: Duration = Duration::ZERO;

/// Returns a time of the provider's clock.
pub fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_700_000_000 + seconds).unwrap()
}

/// Returns when a session ends.
pub async fn end_of(store: &Store, key: SessionIdHash) -> OffsetDateTime {
    store.load(&key).await.unwrap().unwrap().expires_at
}

/// Fails if `time` is not `after` a recent time of the store's clock.
pub async fn assert_is_from_now(store: &Store, time: OffsetDateTime, after: Duration) {
    let now = store.now().await.unwrap();
    let difference = (now + after - time).abs();
    assert!(
        difference < seconds(5),
        "{time} is not {after:?} from {now}"
    );
}

/// Builds a session of user 1.
pub fn session(number: u8, lifetime: Duration) -> NewSession {
    session_of(1, number, lifetime)
}

pub fn session_of(owner: u8, number: u8, lifetime: Duration) -> NewSession {
    let mut session = NewSession::new(
        key(number),
        user(owner),
        vec![number, 0, 255],
        format!("tokens {number}").into_bytes(),
        lifetime,
    );
    session.sealed_device = format!("device {number}").into_bytes();
    session
}

/// Inserts a session of user 1 that expires in an hour.
pub async fn put(store: &Store, number: u8) {
    store.create(session(number, seconds(3600))).await.unwrap();
}

/// Returns what a method of [`SessionAdmin`](auth_core::SessionAdmin) found;
/// `None` if the store does not implement it.
pub fn if_supported<T>(result: Result<T, StoreError>) -> Option<T> {
    match result {
        Err(error) if error.is_unsupported() => None,
        result => Some(result.unwrap()),
    }
}

/// Fails if the store lists a session of a user, and supports lists.
pub async fn assert_none_listed(store: &Store, owner: u8) {
    if let Some(rows) = if_supported(store.list_for_user(&user(owner), 9).await) {
        assert_eq!(rows, []);
    }
}

/// Fails if the store pages a session, and supports that.
pub async fn assert_no_page(store: &Store) {
    if let Some(rows) = if_supported(store.list_page(None, 99).await) {
        assert_eq!(rows, []);
    }
}
