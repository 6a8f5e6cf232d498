//! The sessions that the cases insert, and what they read back.

use auth_core::{NewSession, SessionIdHash, StoreError, UserIdHash};
use time::{Duration, OffsetDateTime};

use super::Store;

pub fn key(number: u8) -> SessionIdHash {
    // The first bit is set: keys must not be compared as signed numbers.
    SessionIdHash::from_bytes([number | 0x80; 16])
}

pub fn user(number: u8) -> UserIdHash {
    UserIdHash::from_bytes([number; 16])
}

/// Returns a time in whole seconds, as stores keep them.
pub fn in_seconds(seconds: i64) -> OffsetDateTime {
    let now = OffsetDateTime::now_utc().replace_nanosecond(0).unwrap();
    now + Duration::seconds(seconds)
}

/// Builds a session of user 1.
pub fn session(number: u8, expires_at: OffsetDateTime) -> NewSession {
    session_of(1, number, expires_at)
}

pub fn session_of(owner: u8, number: u8, expires_at: OffsetDateTime) -> NewSession {
    let mut session = NewSession::new(
        key(number),
        user(owner),
        vec![number, 0, 255],
        format!("tokens {number}").into_bytes(),
        in_seconds(-100),
        expires_at,
    );
    session.sealed_device = format!("device {number}").into_bytes();
    session
}

/// Inserts a session of user 1 that expires in an hour.
pub async fn put(store: &Store, number: u8) {
    store
        .create(session(number, in_seconds(3600)))
        .await
        .unwrap();
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
