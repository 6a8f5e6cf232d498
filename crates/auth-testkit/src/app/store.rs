//! A store that counts calls and fails on demand.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use auth_core::{
    Clock, EndedSession, LeaseHolder, LeaseOutcome, LogoutTokenIdHash, MemoryStore, NewSession,
    ProviderLogout, ProviderLogoutOutcome, ProviderSessionIdHash, SealingKeyId, SessionAdmin,
    SessionIdHash, SessionRow, SessionStore, StoreError, StoredSession, StoredTokens,
    TokensVersion, UserChange, UserIdHash, UserSessions, WriteOutcome,
};
use time::OffsetDateTime;

/// A store that counts the calls of each method and fails or hangs on demand.
/// Methods are named as in [`SessionStore`] and [`SessionAdmin`]. Clones share one
/// store.
#[derive(Clone, Debug)]
pub struct TestStore<S = MemoryStore> {
    /// The store behind it: calls to it are not counted and do not fail.
    pub store: S,
    clock: Option<Arc<dyn Clock>>,
    watch: Arc<Mutex<Watch>>,
}

#[derive(Debug, Default)]
struct Watch {
    calls: HashMap<&'static str, usize>,
    failing: HashSet<&'static str>,
    hanging: HashSet<&'static str>,
    delays: HashMap<&'static str, Duration>,
    is_down: bool,
    last_provider_session: Option<ProviderSessionIdHash>,
}

/// An empty [`MemoryStore`]. Not of every store, so that `TestStore::default()` says
/// which one.
impl Default for TestStore {
    fn default() -> Self {
        Self::new(MemoryStore::new())
    }
}

impl<S> TestStore<S> {
    /// Wraps a store.
    pub fn new(store: S) -> Self {
        Self {
            store,
            clock: None,
            watch: Arc::default(),
        }
    }

    /// Tells the application the time of this clock as that of the store, so that
    /// claims and tokens get old. When sessions end is not changed.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Makes every method fail (`true`), or work again (`false`).
    pub fn set_down(&self, is_down: bool) {
        self.watch.lock().unwrap().is_down = is_down;
    }

    /// Makes one method fail until [`repair`](Self::repair).
    pub fn fail(&self, method: &'static str) {
        self.watch.lock().unwrap().failing.insert(method);
    }

    /// Makes one method wait forever, as with a locked database.
    pub fn hang(&self, method: &'static str) {
        self.watch.lock().unwrap().hanging.insert(method);
    }

    /// Makes one method take this long before it does its work.
    pub fn delay(&self, method: &'static str, by: Duration) {
        self.watch.lock().unwrap().delays.insert(method, by);
    }

    /// Undoes [`fail`](Self::fail).
    pub fn repair(&self, method: &'static str) {
        self.watch.lock().unwrap().failing.remove(method);
    }

    /// Returns how often a method was called since it was last asked for here.
    pub fn take_calls(&self, method: &'static str) -> usize {
        let mut watch = self.watch.lock().unwrap();
        watch.calls.remove(method).unwrap_or_default()
    }

    pub(super) fn forget_calls(&self) {
        self.watch.lock().unwrap().calls.clear();
    }

    /// Returns the provider session of the session that was created last.
    pub fn last_provider_session(&self) -> Option<ProviderSessionIdHash> {
        self.watch.lock().unwrap().last_provider_session
    }

    async fn enter(&self, method: &'static str) -> Result<(), StoreError> {
        let (hangs, delay) = {
            let mut watch = self.watch.lock().unwrap();
            *watch.calls.entry(method).or_default() += 1;
            if watch.is_down || watch.failing.contains(method) {
                return Err(StoreError::new("the test made the store fail"));
            }
            let delay = watch.delays.get(method).copied();
            (watch.hanging.contains(method), delay)
        };
        if let Some(delay) = delay {
            tokio::time::sleep(delay).await;
        }
        if hangs {
            std::future::pending::<()>().await;
        }
        Ok(())
    }
}

/// Delegates the methods of a trait to the store behind the [`TestStore`].
macro_rules! delegate {
    ($trait:ident { $($own:tt)* } $($method:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {
        #[async_trait]
        impl<S: SessionStore> $trait for TestStore<S> {
            $($own)*

            $(async fn $method(&self, $($argument: $type),*) -> Result<$answer, StoreError> {
                self.enter(stringify!($method)).await?;
                $trait::$method(&self.store, $($argument),*).await
            })*
        }
    };
}

delegate! {
    SessionStore {
        async fn create(&self, session: NewSession) -> Result<WriteOutcome, StoreError> {
            self.enter("create").await?;
            self.watch.lock().unwrap().last_provider_session = session.provider_session;
            self.store.create(session).await
        }

        async fn now(&self) -> Result<OffsetDateTime, StoreError> {
            self.enter("now").await?;
            let now = self.store.now().await?;
            Ok(self.clock.as_ref().map_or(now, |clock| clock.now()))
        }

        async fn load(&self, key: &SessionIdHash) -> Result<Option<StoredSession>, StoreError> {
            self.enter("load").await?;
            let mut found = self.store.load(key).await?;
            if let (Some(session), Some(clock)) = (&mut found, &self.clock) {
                session.read_at = clock.now();
            }
            Ok(found)
        }
    }
    extend(key: &SessionIdHash, from: OffsetDateTime, lifetime: Duration) -> Option<OffsetDateTime>;
    compare_and_swap(key: &SessionIdHash, old: &[u8], new: &[u8]) -> WriteOutcome;
    delete(key: &SessionIdHash) -> Option<Vec<u8>>;
    delete_if_version(key: &SessionIdHash, version: TokensVersion) -> WriteOutcome;
    load_tokens(key: &SessionIdHash) -> Option<StoredTokens>;
    lease_tokens(key: &SessionIdHash, version: TokensVersion, holder: LeaseHolder, length: Duration) -> LeaseOutcome;
    release_tokens(key: &SessionIdHash, holder: LeaseHolder) -> ();
    save_tokens(key: &SessionIdHash, version: TokensVersion, sealed: &[u8]) -> WriteOutcome;
    apply_provider_logout(logout: &ProviderLogout) -> ProviderLogoutOutcome;
    apply_user_change(change: &UserChange) -> WriteOutcome;
    forget_report(key: &LogoutTokenIdHash) -> ();
    clear_claims_stale_since(key: &SessionIdHash, since: OffsetDateTime) -> ();
    id_hash_keys() -> Vec<(SealingKeyId, Vec<u8>)>;
    insert_id_hash_key(sealed_with: SealingKeyId, sealed: &[u8]) -> ();
}

delegate! {
    SessionAdmin {}
    list_for_user(user: &UserIdHash, limit: u32) -> Vec<SessionRow>;
    delete_for_user(user: &UserIdHash, which: UserSessions) -> Vec<EndedSession>;
    list_page(after: Option<SessionIdHash>, limit: u32) -> Vec<SessionRow>;
    reseal(old: &SessionRow, new: &SessionRow) -> ();
    replace_id_hash_keys(sealed_with: SealingKeyId, sealed: &[u8]) -> ();
}
