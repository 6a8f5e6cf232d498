//! The refresh tokens of sessions that the sweep deletes.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use auth_core::{
    Auth, AuthEvent, EndedSession, ExpiredRevocation, GrantUse, Hooks, LogoutTarget,
    LogoutTokenIdHash, ProviderLogout, ProviderSessionIdHash, RevokeExpired, SessionAdmin as _,
    SessionStore as _, SignedOutBy,
};
use auth_sqlx::SqlStore;
use auth_testkit::{
    CookieJar, REFRESH_TOKEN, SUB, TestProvider, settings,
    steps::{session, signed_in, signed_in_as},
};
use time::OffsetDateTime;

use crate::stores::{EXPIRED, Fresh, key, seconds, session_of, user};

for_each_database! {
    tokens_of_expired_sessions_are_revoked_once,
    a_grant_that_a_live_session_may_share_is_not_revoked,
    a_provider_that_is_down_stops_the_sweep_of_sessions,
    an_expired_session_of_an_application_loses_its_refresh_token,
    an_overloaded_provider_is_not_asked_by_the_sweep,
    a_pause_because_of_an_outage_is_one_for_the_sweep_too,
}

/// What the store gave away, and whether the provider is down.
#[derive(Clone, Default)]
struct Provider {
    given: Arc<Mutex<Vec<EndedSession>>>,
    is_down: Arc<AtomicBool>,
    /// It is down, which nobody knows before it is asked to revoke a token.
    turns_out_to_be_down: Arc<AtomicBool>,
}

impl Provider {
    fn of(store: &SqlStore) -> Self {
        let provider = Self::default();
        let of_store = provider.clone();
        store.revoke_expired_with(RevokeExpired::new(move |ended| {
            let mut given = of_store.given.lock().unwrap();
            let is_asked = ended.is_empty();
            given.extend(ended);
            let turns_out = of_store.turns_out_to_be_down.load(Ordering::Relaxed);
            let is_down = of_store.is_down.load(Ordering::Relaxed) || turns_out && !is_asked;
            let outcome = if is_down {
                ExpiredRevocation::ProviderDown
            } else {
                ExpiredRevocation::Done
            };
            async move { outcome }
        }));
        provider
    }

    fn given(&self) -> Vec<EndedSession> {
        let mut given = std::mem::take(&mut *self.given.lock().unwrap());
        given.sort_by_key(|session| session.key);
        given
    }
}

fn with_tokens(number: u8) -> EndedSession {
    EndedSession::new(key(number), format!("tokens {number}").into_bytes())
}

async fn add(store: &SqlStore, owner: u8, number: u8, provider: Option<u8>, lifetime: Duration) {
    let mut session = session_of(owner, number, lifetime);
    session.provider_session =
        provider.map(|number| ProviderSessionIdHash::from_bytes([number | 0x80; 16]));
    store.create(session).await.unwrap();
}

async fn tokens_of_expired_sessions_are_revoked_once(database: &impl Fresh) {
    let store = database.open().await;
    let provider = Provider::of(&store);
    for number in 1..=80 {
        add(&store, number, number, Some(number), EXPIRED).await;
    }
    add(&store, 90, 90, Some(90), seconds(3600)).await;
    assert_eq!(store.sweep().await.unwrap(), 80);
    let expected: Vec<_> = (1..=80).map(with_tokens).collect();
    assert_eq!(provider.given(), expected);
    assert_eq!(store.sweep().await.unwrap(), 0);
    assert_eq!(provider.given(), []);
    assert_eq!(store.list_page(None, 9).await.unwrap().len(), 1);
}

async fn a_grant_that_a_live_session_may_share_is_not_revoked(database: &impl Fresh) {
    let store = database.open().await;
    let provider = Provider::of(&store);
    // In the provider session of a session that lives.
    add(&store, 1, 1, Some(1), EXPIRED).await;
    add(&store, 1, 2, Some(1), seconds(3600)).await;
    // In a provider session of its own, of the same user.
    add(&store, 1, 3, Some(3), EXPIRED).await;
    // Unknown where it began, and the user has a session that lives.
    add(&store, 1, 4, None, EXPIRED).await;
    // Unknown as well, and the user has none.
    add(&store, 2, 5, None, EXPIRED).await;
    // Two in one provider session that have both expired.
    add(&store, 3, 6, Some(6), EXPIRED).await;
    add(&store, 3, 7, Some(6), EXPIRED).await;
    assert_eq!(store.sweep().await.unwrap(), 6);
    let shared = [1, 4].map(|number| with_tokens(number).with_grant(GrantUse::MayBeShared));
    let mut expected = [3, 5, 6, 7].map(with_tokens).to_vec();
    expected.extend(shared);
    expected.sort_by_key(|session| session.key);
    assert_eq!(provider.given(), expected);
    assert!(store.load(&key(2)).await.unwrap().is_some());
}

async fn a_provider_that_is_down_stops_the_sweep_of_sessions(database: &impl Fresh) {
    let store = database.open().await;
    let provider = Provider::of(&store);
    for number in 1..=60 {
        add(&store, number, number, Some(number), EXPIRED).await;
    }
    let old = ProviderLogout::new(
        LogoutTokenIdHash::from_bytes([1; 16]),
        LogoutTarget::User(user(99)),
        OffsetDateTime::UNIX_EPOCH,
        Duration::ZERO,
    );
    store.apply_provider_logout(&old).await.unwrap();
    provider.is_down.store(true, Ordering::Relaxed);
    // The report, and the logout that it was.
    assert_eq!(store.sweep().await.unwrap(), 2);
    assert_eq!(provider.given(), []);
    provider.is_down.store(false, Ordering::Relaxed);
    provider.turns_out_to_be_down.store(true, Ordering::Relaxed);
    // One small batch.
    assert_eq!(store.sweep().await.unwrap(), 10);
    assert_eq!(provider.given().len(), 10);
    provider
        .turns_out_to_be_down
        .store(false, Ordering::Relaxed);
    assert_eq!(store.sweep().await.unwrap(), 50);
    assert_eq!(provider.given().len(), 50);
}

async fn an_expired_session_of_an_application_loses_its_refresh_token(database: &impl Fresh) {
    let provider = TestProvider::start().await;
    let store = database.open().await;
    let config = settings(&provider, "http://localhost:3000")
        .idle_lifetime(Duration::from_secs(1))
        .build()
        .unwrap();
    let told: Arc<Mutex<Vec<_>>> = Arc::default();
    let hooks = Hooks::new().on_event({
        let told = Arc::clone(&told);
        move |event| {
            if let AuthEvent::SignedOut { sub, by, .. } = event {
                told.lock().unwrap().push((sub, by));
            }
            async { Ok(()) }
        }
    });
    let auth = Auth::builder(config, store.clone())
        .hooks(hooks)
        .build()
        .unwrap();
    signed_in(&auth, &provider).await;
    assert_eq!(store.sweep().await.unwrap(), 0);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(store.sweep().await.unwrap(), 1);
    assert_eq!(provider.state().revoked, [REFRESH_TOKEN]);
    auth.finish().await;
    let expected = [(Some(SUB.to_owned()), SignedOutBy::Expiry)];
    assert_eq!(*told.lock().unwrap(), expected);
    // The store does not keep the application alive.
    drop(auth);
    assert_eq!(store.sweep().await.unwrap(), 0);
}

const TOKEN: &str = "/oidc/token";
const REVOCATION: &str = "/oidc/token/revocation";

/// An application with 60 sessions that have expired, and one that has not.
async fn with_expired_sessions(database: &impl Fresh) -> (TestProvider, SqlStore, Auth, CookieJar) {
    let provider = TestProvider::start().await;
    let store = database.open().await;
    let config = settings(&provider, "http://localhost:3000");
    let auth = Auth::new(config.build().unwrap(), store.clone()).unwrap();
    // Each in a session of its own at the provider.
    provider.tamper(|draft| {
        let sid = draft.claims["sub"].clone();
        draft.claims.insert("sid".to_owned(), sid);
    });
    for number in 0..60 {
        signed_in_as(&auth, &provider, format!("member-{number}")).await;
    }
    database
        .run("update tower_sessions set expiry_date = '2001-01-01T00:00:00Z'")
        .await;
    let browser = signed_in(&auth, &provider).await;
    (provider, store, auth, browser)
}

async fn an_overloaded_provider_is_not_asked_by_the_sweep(database: &impl Fresh) {
    for status in [429, 503] {
        let (provider, store, _auth, _) = with_expired_sessions(database).await;
        provider.fail(REVOCATION, status, "");
        assert_eq!(store.sweep().await.unwrap(), 10, "one small batch");
        // Those that were sent together.
        assert!(provider.hits(REVOCATION) <= 10, "{status}");
        provider.state().faults.clear();
        assert_eq!(store.sweep().await.unwrap(), 50);
        assert_eq!(provider.state().revoked.len(), 50);
        database.run("delete from tower_sessions").await;
    }
}

async fn a_pause_because_of_an_outage_is_one_for_the_sweep_too(database: &impl Fresh) {
    let (provider, store, auth, browser) = with_expired_sessions(database).await;
    provider.fail(TOKEN, 503, "");
    let current = session(&auth, &browser).await;
    auth.refresh_claims(&current).await.unwrap_err();
    assert_eq!(store.sweep().await.unwrap(), 0, "no token is lost");
    assert_eq!(provider.hits(REVOCATION), 0);
    provider.state().faults.clear();
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(store.sweep().await.unwrap(), 60);
    assert_eq!(provider.state().revoked.len(), 60);
}
