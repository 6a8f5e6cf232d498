//! `reseal` replaces sealed values whose content stays the same.

use auth_core::{LeaseOutcome, SessionRow, WriteOutcome};

use crate::conformance::{
    Store,
    rows::{key, put, seconds, user},
};

cases! {
    $ __reseal_conforms of reseal {
        requests:;
        administration:
            all_that_is_still_old_is_replaced,
            what_was_written_since_stays,
            versions_and_leases_stay,
            what_is_gone_is_not_brought_back;
    }
}

async fn row(store: &Store) -> SessionRow {
    store.list_for_user(&user(1), 9).await.unwrap().remove(0)
}

fn resealed(old: &SessionRow) -> SessionRow {
    let mut new = old.clone();
    new.sealed = b"new session".into();
    new.sealed_tokens = b"new tokens".into();
    new.sealed_device = b"new device".into();
    new
}

async fn all_that_is_still_old_is_replaced(store: Store) {
    put(&store, 1).await;
    put(&store, 2).await;
    let rows = store.list_page(None, 9).await.unwrap();
    let (old, other) = (&rows[0], &rows[1]);
    let new = resealed(old);
    store.reseal(old, &new).await.unwrap();
    let rows = store.list_page(None, 9).await.unwrap();
    assert_eq!(rows, [new.clone(), other.clone()]);
    let loaded = store.load(&key(1)).await.unwrap().unwrap();
    assert_eq!(loaded.sealed, new.sealed);
}

async fn what_was_written_since_stays(store: Store) {
    put(&store, 1).await;
    let old = row(&store).await;
    let saved = store.save_tokens(&key(1), 1, b"renewed").await.unwrap();
    assert_eq!(saved, WriteOutcome::Applied);
    let end = store.extend(&key(1), old.expires_at, seconds(7200)).await;
    let end = end.unwrap().unwrap();
    store.reseal(&old, &resealed(&old)).await.unwrap();
    let now = row(&store).await;
    assert_eq!(now.sealed, b"new session");
    assert_eq!(now.sealed_tokens, b"renewed");
    assert_eq!(now.sealed_device, b"new device");
    assert_eq!(now.expires_at, end);
    // The second time no value is the old one.
    let mut never = resealed(&old);
    never.sealed = b"never".into();
    never.sealed_device = b"never".into();
    store.reseal(&old, &never).await.unwrap();
    assert_eq!(row(&store).await, now);
    let loaded = store.load(&key(1)).await.unwrap().unwrap();
    assert_eq!(loaded.expires_at, end);
}

async fn versions_and_leases_stay(store: Store) {
    put(&store, 1).await;
    let minute = std::time::Duration::from_secs(60);
    let leased = store.lease_tokens(&key(1), 1, 7, minute).await.unwrap();
    assert_eq!(leased, LeaseOutcome::Granted);
    let old = row(&store).await;
    store.reseal(&old, &resealed(&old)).await.unwrap();
    let leased = store.lease_tokens(&key(1), 1, 8, minute).await.unwrap();
    assert_eq!(leased, LeaseOutcome::Denied);
    let saved = store.save_tokens(&key(1), 1, b"renewed").await.unwrap();
    assert_eq!(
        saved,
        WriteOutcome::Applied,
        "the version from before still works"
    );
    let tokens = store.load_tokens(&key(1)).await.unwrap().unwrap();
    assert_eq!(
        (tokens.sealed.as_slice(), tokens.version),
        (&b"renewed"[..], 2)
    );
}

async fn what_is_gone_is_not_brought_back(store: Store) {
    put(&store, 1).await;
    let old = row(&store).await;
    store.delete(&key(1)).await.unwrap().unwrap();
    store.reseal(&old, &resealed(&old)).await.unwrap();
    assert!(store.load(&key(1)).await.unwrap().is_none());
    assert!(store.load_tokens(&key(1)).await.unwrap().is_none());
    assert!(store.list_page(None, 9).await.unwrap().is_empty());
}
