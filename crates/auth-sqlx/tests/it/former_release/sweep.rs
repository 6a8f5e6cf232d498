//! The sweeps of both releases on one database.

use auth_core::SessionStore;
use time::OffsetDateTime;

use super::store::{FormerRelease, FormerStore as _};
use crate::stores::{EXPIRED, key, seconds, session, user};

for_each_database! {
    an_expired_session_is_none_for_either_release,
    a_sweep_of_either_release_deletes_only_expired_sessions,
    sweeps_of_both_releases_at_once_share_the_work,
}

/// Creates an expired session (`number`) and a live one (`number + 1`).
async fn create_two(store: &impl SessionStore, number: u8) {
    let (expired, live) = (session(number, EXPIRED), session(number + 1, seconds(3600)));
    store.create(expired).await.unwrap();
    store.create(live).await.unwrap();
}

async fn an_expired_session_is_none_for_either_release(database: &impl FormerRelease) {
    let (former, this) = (database.open_former().await, database.open().await);
    former.create(session(1, seconds(1))).await.unwrap();
    this.create(session(2, seconds(1))).await.unwrap();
    tokio::time::sleep(seconds(2)).await;
    for store in [&former as &dyn SessionStore, &this] {
        for number in 1..=2 {
            assert!(store.load(&key(number)).await.unwrap().is_none());
            assert!(store.load_tokens(&key(number)).await.unwrap().is_none());
        }
        assert_eq!(store.list_for_user(&user(1), 9).await.unwrap(), []);
        assert_eq!(store.list_page(None, 9).await.unwrap(), []);
    }
    former.close().await;
    this.close().await;
}

async fn a_sweep_of_either_release_deletes_only_expired_sessions(database: &impl FormerRelease) {
    let (former, this) = (database.open_former().await, database.open().await);
    let now = OffsetDateTime::now_utc();
    for sweeps_with_former in [true, false] {
        create_two(&former, 1).await;
        create_two(&this, 3).await;
        let swept = if sweeps_with_former {
            former.delete_expired(now, 9).await
        } else {
            this.delete_expired(9).await
        };
        assert_eq!(swept.unwrap(), 2);
        for number in [2, 4] {
            assert!(former.load(&key(number)).await.unwrap().is_some());
            assert!(this.load_tokens(&key(number)).await.unwrap().is_some());
        }
        assert_eq!(database.count("tower_sessions").await, Some(2));
        assert_eq!(database.count("auth_tokens").await, Some(2));
        assert!(this.delete(&key(2)).await.unwrap().is_some());
        assert!(former.delete(&key(4)).await.unwrap().is_some());
    }
    former.close().await;
    this.close().await;
}

async fn sweeps_of_both_releases_at_once_share_the_work(database: &impl FormerRelease) {
    let (former, this) = (database.open_former().await, database.open().await);
    for number in 0..50 {
        create_two(&former, 2 * number).await;
    }
    let now = OffsetDateTime::now_utc();
    let (mut by_former, mut by_this) = (0, 0);
    for _ in 0..10 {
        let (one, other) = tokio::join!(former.delete_expired(now, 5), this.delete_expired(5));
        by_former += one.unwrap();
        by_this += other.unwrap();
    }
    assert_eq!(by_former + by_this, 50);
    assert_eq!(database.count("tower_sessions").await, Some(50));
    former.close().await;
    this.close().await;
}
