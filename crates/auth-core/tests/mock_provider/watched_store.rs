//! A store that counts what is asked of it, and fails on demand.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use auth_core::{
    EndedSession, LeaseHolder, Leased, MemoryStore, NewSession, ProviderLogout, ProviderLogoutDone,
    ProviderSessionKey, SealingKeyId, SessionKey, SessionRow, SessionStore, StoreError,
    StoredSession, StoredTokens, TokensVersion, UserKey, Which, Written,
};
use time::OffsetDateTime;

/// Clones share one store.
#[derive(Clone, Debug, Default)]
pub struct WatchedStore {
    pub store: MemoryStore,
    watch: Arc<Mutex<Watch>>,
}

#[derive(Debug, Default)]
struct Watch {
    calls: HashMap<&'static str, usize>,
    failing: HashSet<&'static str>,
    hanging: HashSet<&'static str>,
    is_down: bool,
    begun_in: Option<ProviderSessionKey>,
}

impl WatchedStore {
    pub fn new(store: MemoryStore) -> Self {
        Self {
            store,
            watch: Arc::default(),
        }
    }

    /// Switches the whole store off, or on again.
    pub fn switch(&self, is_down: bool) {
        self.watch.lock().unwrap().is_down = is_down;
    }

    /// Makes one method fail until [`mend`](Self::mend).
    pub fn fail(&self, method: &'static str) {
        self.watch.lock().unwrap().failing.insert(method);
    }

    /// Makes one method never come back, as with a locked database.
    pub fn hang(&self, method: &'static str) {
        self.watch.lock().unwrap().hanging.insert(method);
    }

    pub fn mend(&self, method: &'static str) {
        self.watch.lock().unwrap().failing.remove(method);
    }

    /// How often a method was called since the last question.
    pub fn take(&self, method: &'static str) -> usize {
        let mut watch = self.watch.lock().unwrap();
        watch.calls.remove(method).unwrap_or_default()
    }

    /// The provider session of the session that was last to be created.
    pub fn begun_in(&self) -> Option<ProviderSessionKey> {
        self.watch.lock().unwrap().begun_in
    }

    async fn reach(&self, method: &'static str) -> Result<(), StoreError> {
        let hangs = {
            let mut watch = self.watch.lock().unwrap();
            *watch.calls.entry(method).or_default() += 1;
            if watch.is_down || watch.failing.contains(method) {
                return Err(StoreError::new("the store is switched off"));
            }
            watch.hanging.contains(method)
        };
        if hangs {
            std::future::pending::<()>().await;
        }
        Ok(())
    }
}

macro_rules! watched {
    ($($method:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {
        #[async_trait]
        impl SessionStore for WatchedStore {
            async fn create(&self, session: NewSession) -> Result<Written, StoreError> {
                self.reach("create").await?;
                self.watch.lock().unwrap().begun_in = session.provider_session;
                self.store.create(session).await
            }

            $(async fn $method(&self, $($argument: $type),*) -> Result<$answer, StoreError> {
                self.reach(stringify!($method)).await?;
                self.store.$method($($argument),*).await
            })*
        }
    };
}

watched! {
    load(key: &SessionKey) -> Option<StoredSession>;
    extend(key: &SessionKey, from: OffsetDateTime, to: OffsetDateTime, used_at: OffsetDateTime) -> ();
    replace(key: &SessionKey, old: &[u8], new: &[u8]) -> Written;
    delete(key: &SessionKey) -> Option<Vec<u8>>;
    delete_unchanged(key: &SessionKey, version: TokensVersion) -> Written;
    load_tokens(key: &SessionKey) -> Option<StoredTokens>;
    lease_tokens(key: &SessionKey, version: TokensVersion, holder: LeaseHolder, length: Duration) -> Leased;
    release_tokens(key: &SessionKey, holder: LeaseHolder) -> ();
    save_tokens(key: &SessionKey, version: TokensVersion, sealed: &[u8]) -> Written;
    sessions_of(user: &UserKey, most: u32) -> Vec<SessionRow>;
    delete_of(user: &UserKey, which: Which) -> Vec<EndedSession>;
    end_for_provider(logout: &ProviderLogout) -> ProviderLogoutDone;
    sessions_after(after: Option<SessionKey>, most: u32) -> Vec<SessionRow>;
    reseal(old: &SessionRow, new: &SessionRow) -> ();
    hash_keys() -> Vec<(SealingKeyId, Vec<u8>)>;
    keep_hash_key(sealed_with: SealingKeyId, sealed: &[u8]) -> ();
    replace_hash_keys(sealed_with: SealingKeyId, sealed: &[u8]) -> ();
}
