//! What every session store has to do, concurrency included; run for each.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

use std::{
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};

use auth_core::{MemoryStore, NewSession, SessionKey, SessionStore};
use server::{OpenError, SqliteSessions};
use time::{Duration, OffsetDateTime};
use tokio::task::JoinSet;

/// A folder of its own, gone with its value.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("auth-store-{}-{number}", std::process::id()));
        Self(path)
    }

    async fn open(&self) -> SqliteSessions {
        SqliteSessions::open(&self.0.join("nested/auth.db"))
            .await
            .unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn key(number: u8) -> SessionKey {
    // The first bit set: keys are no signed numbers.
    SessionKey::from_bytes([number | 0x80; 16])
}

/// Whole seconds, as sessions end.
fn in_seconds(seconds: i64) -> OffsetDateTime {
    let now = OffsetDateTime::now_utc().replace_nanosecond(0).unwrap();
    now + Duration::seconds(seconds)
}

fn session(number: u8, expires_at: OffsetDateTime) -> NewSession {
    NewSession::new(
        key(number),
        vec![number, 0, 255],
        format!("tokens {number}").into_bytes(),
        expires_at,
    )
}

/// The conformance suite.
async fn conforms(store: impl SessionStore + Clone) {
    created_loaded_and_deleted(&store).await;
    an_ended_session_is_none(&store).await;
    an_end_is_moved_by_one_request(&store).await;
    nothing_brings_a_deleted_session_back(store.clone()).await;
    tokens_are_given_once(store).await;
}

async fn created_loaded_and_deleted(store: &impl SessionStore) {
    let expires_at = in_seconds(3600);
    assert!(store.load(&key(1)).await.unwrap().is_none());
    store.create(session(1, expires_at)).await.unwrap();
    store.create(session(2, expires_at)).await.unwrap();
    let loaded = store.load(&key(1)).await.unwrap().unwrap();
    assert_eq!(loaded.sealed, [1, 0, 255]);
    assert_eq!(loaded.expires_at, expires_at);
    assert_eq!(
        store.delete(&key(1)).await.unwrap().as_deref(),
        Some(b"tokens 1".as_slice())
    );
    assert!(store.load(&key(1)).await.unwrap().is_none());
    assert!(store.delete(&key(1)).await.unwrap().is_none());
    assert!(
        store.load(&key(2)).await.unwrap().is_some(),
        "the other stays"
    );
}

async fn an_ended_session_is_none(store: &impl SessionStore) {
    store.create(session(3, in_seconds(-2))).await.unwrap();
    assert!(store.load(&key(3)).await.unwrap().is_none());
}

async fn an_end_is_moved_by_one_request(store: &impl SessionStore) {
    let (from, to, later) = (in_seconds(60), in_seconds(3600), in_seconds(7200));
    store.create(session(4, from)).await.unwrap();
    store.extend(&key(4), from, to).await.unwrap();
    // A slower request that saw the old end.
    store.extend(&key(4), from, later).await.unwrap();
    let loaded = store.load(&key(4)).await.unwrap().unwrap();
    assert_eq!(loaded.expires_at, to);
    assert_eq!(loaded.sealed, [4, 0, 255]);
}

async fn nothing_brings_a_deleted_session_back(store: impl SessionStore + Clone) {
    for round in 0..50 {
        let from = in_seconds(60);
        store.create(session(5, from)).await.unwrap();
        let mut tasks = JoinSet::new();
        for step in 0..8 {
            let store = store.clone();
            tasks.spawn(async move {
                if step == round % 8 {
                    store.delete(&key(5)).await.unwrap();
                } else {
                    let to = from + Duration::seconds(100);
                    store.extend(&key(5), from, to).await.unwrap();
                }
            });
        }
        tasks.join_all().await;
        store.extend(&key(5), from, in_seconds(900)).await.unwrap();
        assert!(
            store.load(&key(5)).await.unwrap().is_none(),
            "round {round}"
        );
    }
}

async fn tokens_are_given_once(store: impl SessionStore + Clone) {
    store.create(session(6, in_seconds(60))).await.unwrap();
    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        let store = store.clone();
        tasks.spawn(async move { store.delete(&key(6)).await.unwrap() });
    }
    let given = tasks.join_all().await;
    assert_eq!(given.iter().filter(|tokens| tokens.is_some()).count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_conforms() {
    conforms(MemoryStore::new()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_conforms() {
    let folder = Folder::new();
    conforms(folder.open().await).await;
}

#[tokio::test]
async fn sqlite_keeps_sessions_over_a_restart() {
    let folder = Folder::new();
    let store = folder.open().await;
    store.create(session(1, in_seconds(3600))).await.unwrap();
    store.close().await;
    let store = folder.open().await;
    assert!(store.load(&key(1)).await.unwrap().is_some());
}

#[tokio::test]
async fn sqlite_refuses_a_key_that_is_taken() {
    let folder = Folder::new();
    let store = folder.open().await;
    store.create(session(1, in_seconds(3600))).await.unwrap();
    assert!(store.create(session(1, in_seconds(60))).await.is_err());
    let loaded = store.load(&key(1)).await.unwrap().unwrap();
    assert_eq!(loaded.expires_at, in_seconds(3600), "the first stays");
}

#[tokio::test]
async fn sqlite_sweeps_expired_sessions_in_batches_and_their_tokens_too() {
    let folder = Folder::new();
    let store = folder.open().await;
    for number in 1..=5 {
        store
            .create(session(number, in_seconds(-10)))
            .await
            .unwrap();
    }
    store.create(session(6, in_seconds(3600))).await.unwrap();
    let now = OffsetDateTime::now_utc();
    assert_eq!(store.delete_expired(now, 3).await.unwrap(), 3);
    assert_eq!(store.delete_expired(now, 3).await.unwrap(), 2);
    assert_eq!(store.delete_expired(now, 3).await.unwrap(), 0);
    assert!(store.load(&key(6)).await.unwrap().is_some());
    for number in 1..=5 {
        assert!(store.delete(&key(number)).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn sqlite_says_what_is_wrong_with_a_file_it_cannot_use() {
    let folder = Folder::new();
    std::fs::create_dir_all(&folder.0).unwrap();
    let no_database = folder.0.join("text.db");
    std::fs::write(
        &no_database,
        "this is a text, long enough to be read as a header ".repeat(10),
    )
    .unwrap();
    for path in [no_database, folder.0.clone(), "/dev/null/auth.db".into()] {
        let error = SqliteSessions::open(&path).await.unwrap_err();
        assert!(
            matches!(error, OpenError::Open { .. } | OpenError::Directory { .. }),
            "{error:?}"
        );
        assert!(
            error.to_string().contains(&path.display().to_string()),
            "{error}"
        );
    }
}
