//! Databases that another connection has locked.

use std::time::{Duration, Instant};

use auth_core::StoreError;

/// Asserts that the operation fails soon after the timeout of five seconds.
async fn gives_up_in_time<T>(work: impl Future<Output = Result<T, StoreError>>) {
    let began = Instant::now();
    let done = work.await;
    let took = began.elapsed();
    assert!(done.is_err());
    assert!(took > Duration::from_secs(4), "{took:?}");
    assert!(took < Duration::from_secs(8), "{took:?}");
}

mod sqlite {
    use auth_core::SessionStore as _;
    use sqlx::Executor as _;

    use super::*;
    use crate::stores::{Folder, Fresh as _, key, seconds, session};

    #[tokio::test(flavor = "multi_thread")]
    async fn operations_fail_in_time_if_the_database_is_locked() {
        let folder = Folder::new();
        let store = folder.open().await;
        store.create(session(1, seconds(3600))).await.unwrap();
        let mut other = folder.connect().await;
        other.execute("begin exclusive").await.unwrap();
        gives_up_in_time(store.create(session(2, seconds(3600)))).await;
        gives_up_in_time(store.save_tokens(&key(1), 1, b"new")).await;
        assert!(store.load(&key(1)).await.unwrap().is_some(), "reads go on");
        other.execute("rollback").await.unwrap();
        store.create(session(2, seconds(3600))).await.unwrap();
        assert!(store.delete(&key(1)).await.unwrap().is_some());
    }
}

mod postgres {
    use auth_core::SessionStore as _;
    use sqlx::Executor as _;

    use super::*;
    use crate::stores::{Fresh as _, Schema, key, seconds, session};

    #[tokio::test(flavor = "multi_thread")]
    async fn operations_fail_in_time_if_a_table_is_locked() {
        let Some(schema) = Schema::new().await else {
            return;
        };
        let store = schema.open().await;
        store.create(session(1, seconds(3600))).await.unwrap();
        let mut other = schema.connect().await;
        other.execute("begin").await.unwrap();
        other.execute("lock table tower_sessions").await.unwrap();
        gives_up_in_time(store.load(&key(1))).await;
        gives_up_in_time(store.delete(&key(1))).await;
        other.execute("rollback").await.unwrap();
        assert!(store.load(&key(1)).await.unwrap().is_some());
        assert!(store.delete(&key(1)).await.unwrap().is_some());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn waiting_writers_do_not_block_readers() {
        let Some(schema) = Schema::new().await else {
            return;
        };
        let store = schema.open().await;
        store.create(session(1, seconds(3600))).await.unwrap();
        let mut other = schema.connect().await;
        other.execute("begin").await.unwrap();
        // The lock that `create index` takes: reads continue, and writes wait.
        other
            .execute("lock table auth_tokens in share mode")
            .await
            .unwrap();
        for _ in 0..30 {
            let store = store.clone();
            tokio::spawn(async move { store.save_tokens(&key(1), 1, b"new").await });
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        let began = Instant::now();
        for _ in 0..20 {
            assert!(store.load(&key(1)).await.unwrap().is_some());
        }
        assert!(began.elapsed() < Duration::from_secs(2));
        other.execute("rollback").await.unwrap();
    }
}
