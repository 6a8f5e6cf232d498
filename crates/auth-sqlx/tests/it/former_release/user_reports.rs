//! Reports of users that only this release knows, with servers of both releases
//! on one database.

use std::time::Duration;

use auth_core::{
    Auth, Clock as _, LeaseOutcome, SessionAdmin as _, SessionRow, SessionStore as _,
    WebhookOutcome, WriteOutcome,
};
use auth_sqlx::SqlStore;
use auth_testkit::{CookieJar, SUB, steps, webhook_signature};
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use url::Url;

use super::{
    servers::{Servers, WEBHOOK_KEY},
    store::{FormerRelease, FormerStore},
};
use crate::stores::seconds;

for_each_database! {
    claims_stay_marked_whatever_the_former_release_writes,
    a_suspended_user_stays_signed_out_whatever_the_former_release_writes,
    the_former_release_does_not_refuse_a_sign_in_that_was_under_way,
    the_former_release_leaves_logouts_of_users_to_this_one,
}

/// Sends a webhook about the user to the server of this release.
async fn report<S>(servers: &Servers<S>, event: &str, data: Value) {
    // No two reports are the same.
    servers.clock.advance(Duration::from_millis(1));
    let at = servers.clock.now().format(&Rfc3339).unwrap();
    let body = json!({"event": event, "createdAt": at, "data": data}).to_string();
    let signature = webhook_signature(WEBHOOK_KEY, body.as_bytes());
    let webhooks = servers.this.webhooks();
    let done = webhooks.receive(body.as_bytes(), &signature).await.unwrap();
    assert!(matches!(done, WebhookOutcome::Applied { .. }), "{done:?}");
}

async fn set_suspended<S>(servers: &Servers<S>, is_suspended: bool) {
    let data = json!({"id": SUB, "isSuspended": is_suspended});
    report(servers, "User.SuspensionStatus.Updated", data).await;
}

/// Returns the row of the only session.
async fn only_row(store: &SqlStore) -> SessionRow {
    let mut rows = store.list_page(None, 9).await.unwrap();
    assert_eq!(rows.len(), 1);
    rows.remove(0)
}

/// Returns the mark of a session, as this release reads it. Not with `Auth`, which
/// would fetch the claims again.
async fn mark(store: &SqlStore, row: &SessionRow) -> Option<OffsetDateTime> {
    let session = store.load(&row.key).await.unwrap().unwrap();
    let tokens = store.load_tokens(&row.key).await.unwrap().unwrap();
    assert_eq!(session.claims_stale_since, tokens.claims_stale_since);
    session.claims_stale_since
}

/// Returns the row with other sealed values.
fn resealed(row: &SessionRow) -> SessionRow {
    let mut new = row.clone();
    new.sealed_device = b"new device".to_vec();
    new
}

async fn claims_stay_marked_whatever_the_former_release_writes(database: &impl FormerRelease) {
    let servers = Servers::start(database).await;
    let (former, this) = (&servers.former_store, &servers.this_store);
    for signs_in in [&servers.former, &servers.this] {
        let browser = steps::signed_in(signs_in, &servers.provider).await;
        let row = only_row(this).await;
        assert_eq!(mark(this, &row).await, None);
        report(&servers, "User.Data.Updated", json!({"id": SUB})).await;
        let marked = mark(this, &row).await;
        assert!(marked.is_some());

        // It reads, and refreshes the tokens and the claims.
        let before = steps::access_token(&servers.former, &browser).await;
        servers.clock.advance(Duration::from_secs(3600));
        let after = steps::access_token(&servers.former, &browser).await;
        assert_ne!(before.unwrap().expose(), after.unwrap().expose());
        assert_eq!(mark(this, &row).await, marked);
        // It extends, seals again and writes tokens.
        let found = former.load(&row.key).await.unwrap().unwrap();
        let extended = former.extend(&row.key, found.expires_at, seconds(3600));
        assert!(extended.await.unwrap().is_some());
        let row = only_row(this).await;
        former.reseal(&row, &resealed(&row)).await.unwrap();
        assert_eq!(only_row(this).await.sealed_device, b"new device");
        let written = former.compare_and_swap(&row.key, &row.sealed, &row.sealed);
        assert_eq!(written.await.unwrap(), WriteOutcome::Applied);
        let tokens = former.load_tokens(&row.key).await.unwrap().unwrap();
        let saved = former.save_tokens(&row.key, tokens.version, &tokens.sealed);
        assert_eq!(saved.await.unwrap(), WriteOutcome::Applied);
        assert_eq!(mark(this, &row).await, marked);

        // This release asks the provider, however old the claims may be.
        let session = steps::session(&servers.this, &browser).await;
        assert_eq!(session.claims_stale_since(), marked);
        let year = Duration::from_secs(365 * 24 * 60 * 60);
        servers.this.fresh_claims(&session, year).await.unwrap();
        assert_eq!(mark(this, &row).await, None);
        this.delete(&row.key).await.unwrap().unwrap();
    }
    servers.stop().await;
}

async fn a_suspended_user_stays_signed_out_whatever_the_former_release_writes(
    database: &impl FormerRelease,
) {
    let servers = Servers::start(database).await;
    let (former, this) = (&servers.former_store, &servers.this_store);
    for signs_in in [&servers.former, &servers.this] {
        set_suspended(&servers, false).await;
        let browser = steps::signed_in(signs_in, &servers.provider).await;
        let row = only_row(this).await;
        let found = former.load(&row.key).await.unwrap().unwrap();
        let tokens = former.load_tokens(&row.key).await.unwrap().unwrap();
        set_suspended(&servers, true).await;
        for auth in [&servers.former, &servers.this] {
            assert_eq!(steps::user(auth, &browser).await, None);
        }
        // What requests of the former release still write.
        let extended = former.extend(&row.key, found.expires_at, seconds(3600));
        assert_eq!(extended.await.unwrap(), None);
        let written = former.compare_and_swap(&row.key, &row.sealed, b"new");
        assert_eq!(written.await.unwrap(), WriteOutcome::NotApplied);
        let leased = former.lease_tokens(&row.key, tokens.version, 7, seconds(60));
        assert_eq!(leased.await.unwrap(), LeaseOutcome::Denied);
        let saved = former.save_tokens(&row.key, tokens.version, b"new");
        assert_eq!(saved.await.unwrap(), WriteOutcome::NotApplied);
        former.reseal(&row, &resealed(&row)).await.unwrap();
        assert_eq!(this.list_page(None, 9).await.unwrap(), []);
        assert_eq!(former.list_page(None, 9).await.unwrap(), []);
        assert!(this.load_tokens(&row.key).await.unwrap().is_none());
    }
    servers.stop().await;
}

async fn complete<S>(servers: &Servers<S>, auth: &Auth, under_way: (CookieJar, Url)) -> bool {
    let (mut browser, address) = under_way;
    let query = servers.provider.authorize_as(&address, SUB);
    let completed = steps::complete(auth, &mut browser, &query).await;
    let is_signed_in = steps::user(auth, &browser).await.is_some();
    assert_eq!(completed.is_ok(), is_signed_in);
    is_signed_in
}

/// A gap, which the crate's documentation names.
async fn the_former_release_does_not_refuse_a_sign_in_that_was_under_way(
    database: &impl FormerRelease,
) {
    let servers = Servers::start(database).await;
    let mut under_way = Vec::new();
    for auth in [&servers.this, &servers.former] {
        let mut browser = CookieJar::default();
        let address = steps::begin(auth, &mut browser, "/").await;
        under_way.push((browser, address));
    }
    set_suspended(&servers, true).await;
    let (at_former, at_this) = (under_way.remove(1), under_way.remove(0));
    assert!(!complete(&servers, &servers.this, at_this).await);
    assert!(complete(&servers, &servers.former, at_former).await);
    // The next report ends that session, although it began after the first one.
    report(&servers, "User.Deleted", json!({"id": SUB})).await;
    assert_eq!(servers.this_store.list_page(None, 9).await.unwrap(), []);
    servers.stop().await;
}

/// After a rollback they stay in the table. The next upgrade sweeps them.
async fn the_former_release_leaves_logouts_of_users_to_this_one(database: &impl FormerRelease) {
    let servers = Servers::start(database).await;
    set_suspended(&servers, true).await;
    database
        .run("update auth_user_logouts set forget_at = 0; update auth_logouts set forget_at = 0")
        .await;
    let now = OffsetDateTime::now_utc();
    let swept = servers.former_store.delete_expired(now, 9).await.unwrap();
    assert_eq!(swept, 1, "the report");
    assert_eq!(database.count("auth_user_logouts").await, Some(1));
    assert_eq!(servers.this_store.delete_expired(9).await.unwrap(), 1);
    assert_eq!(database.count("auth_user_logouts").await, Some(0));
    servers.stop().await;
}
