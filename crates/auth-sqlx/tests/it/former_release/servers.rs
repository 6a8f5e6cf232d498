//! Servers of both releases on one database, in the middle of sessions.

use std::time::Duration;

use auth_core::{Auth, SessionStore, SignOutOptions};
use auth_sqlx::SqlStore;
use auth_testkit::{CookieJar, SUB, TestClock, TestProvider, TestStore, settings, steps};

use super::store::{FormerRelease, FormerStore};
use crate::stores::{key, seconds, session, user};

for_each_database! {
    each_release_reads_extends_and_ends_sessions_of_the_other,
    each_release_uses_the_tokens_that_the_other_has_refreshed,
    servers_of_both_releases_refresh_a_token_only_once,
    sessions_survive_an_upgrade_a_rollback_and_another_upgrade,
    sessions_survive_a_rollback_of_a_database_that_this_release_created,
}

/// Servers of both releases. The former release's server is the sign-in code of
/// this release on that release's store.
pub struct Servers<S> {
    pub provider: TestProvider,
    pub clock: TestClock,
    pub former_store: S,
    pub this_store: SqlStore,
    pub former: Auth,
    pub this: Auth,
}

/// The signing key of webhooks.
pub const WEBHOOK_KEY: &str = "the signing key of the webhook";

impl<S: FormerStore + Clone> Servers<S> {
    pub async fn start(database: &impl FormerRelease<Store = S>) -> Self {
        let provider = TestProvider::start().await;
        let clock = TestClock::new();
        provider.state().clock = Some(clock.clone());
        provider.state().refresh.rotates = true;
        let former_store = database.open_former().await;
        let this_store = database.open().await;
        Self {
            former: server(&provider, former_store.clone(), &clock),
            this: server(&provider, this_store.clone(), &clock),
            former_store,
            this_store,
            provider,
            clock,
        }
    }

    /// Both servers, and both again in the other order.
    fn both_orders(&self) -> [(&Auth, &Auth); 2] {
        [(&self.former, &self.this), (&self.this, &self.former)]
    }

    pub async fn stop(self) {
        self.former.finish().await;
        self.this.finish().await;
        self.former_store.close().await;
        self.this_store.close().await;
    }
}

fn server(provider: &TestProvider, store: impl SessionStore, clock: &TestClock) -> Auth {
    // The former release does not refresh claims by their age, so neither server
    // does: these tests count the refreshes of tokens.
    let config = settings(provider, "http://localhost:3000")
        .claims_max_age(Duration::from_secs(24 * 60 * 60))
        .webhook_key(WEBHOOK_KEY);
    let store = TestStore::new(store).with_clock(clock.clone());
    Auth::with_clock(config.build().unwrap(), store, clock.clone()).unwrap()
}

async fn access_token(auth: &Auth, browser: &CookieJar) -> String {
    let token = steps::access_token(auth, browser).await.unwrap();
    token.expose().to_owned()
}

async fn each_release_reads_extends_and_ends_sessions_of_the_other(database: &impl FormerRelease) {
    let servers = Servers::start(database).await;
    for (one, other) in servers.both_orders() {
        let browser = steps::signed_in(one, &servers.provider).await;
        let second_browser = steps::signed_in(one, &servers.provider).await;
        assert_eq!(steps::user(other, &browser).await.as_deref(), Some(SUB));
        let session = steps::session(other, &browser).await;
        assert_eq!(other.sessions(&session).await.unwrap().len(), 2);
        let ended = other.end_other_sessions(&session).await.unwrap();
        assert_eq!(ended.ended, 1);
        assert_eq!(steps::user(one, &second_browser).await, None);
        let options = SignOutOptions::new().application_only();
        other.sign_out(&options, &browser.cookies()).await.unwrap();
        assert_eq!(steps::user(one, &browser).await, None);
    }
    let (former, this) = (&servers.former_store, &servers.this_store);
    former.create(session(1, seconds(60))).await.unwrap();
    each_release_extends_what_the_other_has_extended(this, former).await;
    this.create(session(1, seconds(60))).await.unwrap();
    each_release_extends_what_the_other_has_extended(former, this).await;
    servers.stop().await;
}

/// Extends session 1 on one store, then on the other, and deletes it.
async fn each_release_extends_what_the_other_has_extended(
    one: &impl SessionStore,
    other: &impl SessionStore,
) {
    let begun = other.load(&key(1)).await.unwrap().unwrap().expires_at;
    tokio::time::sleep(seconds(1)).await;
    let extended = one.extend(&key(1), begun, seconds(120)).await.unwrap();
    let extended = extended.unwrap();
    assert!(extended > begun + seconds(60));
    // The former expiry no longer counts, for either release.
    for store in [one as &dyn SessionStore, other] {
        let late = store.extend(&key(1), begun, seconds(999)).await.unwrap();
        assert_eq!(late, None);
        let found = store.load(&key(1)).await.unwrap().unwrap();
        assert_eq!(found.expires_at, extended);
        let listed = store.list_for_user(&user(1), 9).await.unwrap();
        assert_eq!(listed[0].used_at, extended - seconds(120));
        assert_eq!(listed[0].begun_at, begun - seconds(60));
    }
    tokio::time::sleep(seconds(1)).await;
    let again = other.extend(&key(1), extended, seconds(180)).await.unwrap();
    let again = again.unwrap();
    assert!(again > extended + seconds(60));
    let found = one.load(&key(1)).await.unwrap().unwrap();
    assert_eq!(found.expires_at, again);
    let listed = one.list_for_user(&user(1), 9).await.unwrap();
    assert_eq!(listed[0].used_at, again - seconds(180));
    one.delete(&key(1)).await.unwrap().unwrap();
}

async fn each_release_uses_the_tokens_that_the_other_has_refreshed(database: &impl FormerRelease) {
    let servers = Servers::start(database).await;
    for (one, other) in servers.both_orders() {
        let browser = steps::signed_in(one, &servers.provider).await;
        let first = access_token(one, &browser).await;
        assert_eq!(access_token(other, &browser).await, first);
        // Each refresh needs the refresh token that the other release has stored.
        let (mut current, mut refreshed) = (first, servers.provider.state().refresh.sent.len());
        for (refreshes, reads) in [(one, other), (other, one), (one, other)] {
            servers.clock.advance(Duration::from_secs(3600));
            let new = access_token(refreshes, &browser).await;
            assert_ne!(new, current);
            assert_eq!(access_token(reads, &browser).await, new);
            refreshed += 1;
            assert_eq!(servers.provider.state().refresh.sent.len(), refreshed);
            current = new;
        }
    }
    servers.stop().await;
}

async fn servers_of_both_releases_refresh_a_token_only_once(database: &impl FormerRelease) {
    let servers = Servers::start(database).await;
    for (one, other) in servers.both_orders() {
        let browser = steps::signed_in(one, &servers.provider).await;
        let delay = Duration::from_millis(300);
        servers.provider.state().delays.insert("/oidc/token", delay);
        servers.provider.state().refresh.sent.clear();
        servers.clock.advance(Duration::from_secs(3600));
        let (first, second, third, fourth) = tokio::join!(
            access_token(one, &browser),
            access_token(other, &browser),
            access_token(other, &browser),
            access_token(one, &browser),
        );
        assert_eq!([&second, &third, &fourth], [&first; 3]);
        assert_eq!(servers.provider.state().refresh.sent.len(), 1);
        servers.provider.state().delays.clear();
    }
    servers.stop().await;
}

async fn sessions_survive_an_upgrade_a_rollback_and_another_upgrade(database: &impl FormerRelease) {
    let provider = TestProvider::start().await;
    let clock = TestClock::new();
    provider.state().clock = Some(clock.clone());
    provider.state().refresh.rotates = true;

    let store = database.open_former().await;
    let former = server(&provider, store.clone(), &clock);
    let browser = steps::signed_in(&former, &provider).await;
    former.finish().await;
    store.close().await;

    let upgraded = database.open().await;
    let this = server(&provider, upgraded.clone(), &clock);
    let new_browser = steps::signed_in(&this, &provider).await;
    clock.advance(Duration::from_secs(3600));
    let token = access_token(&this, &browser).await;
    this.finish().await;
    upgraded.close().await;

    let store = database.open_former().await;
    let rolled_back = server(&provider, store.clone(), &clock);
    assert_eq!(access_token(&rolled_back, &browser).await, token);
    clock.advance(Duration::from_secs(3600));
    let token = access_token(&rolled_back, &new_browser).await;
    rolled_back.finish().await;
    store.close().await;

    let store = database.open().await;
    let upgraded_again = server(&provider, store.clone(), &clock);
    assert_eq!(access_token(&upgraded_again, &new_browser).await, token);
    let session = steps::session(&upgraded_again, &browser).await;
    assert_eq!(upgraded_again.sessions(&session).await.unwrap().len(), 2);
    store.close().await;
}

/// As the crate's documentation says: with the statements of `rollback/`.
async fn sessions_survive_a_rollback_of_a_database_that_this_release_created(
    database: &impl FormerRelease,
) {
    database.open().await.close().await;
    database.run(database.rollback()).await;
    let servers = Servers::start(database).await;
    let browser = steps::signed_in(&servers.this, &servers.provider).await;
    let token = access_token(&servers.this, &browser).await;
    assert_eq!(access_token(&servers.former, &browser).await, token);
    servers.stop().await;
}
