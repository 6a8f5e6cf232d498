//! A store that counts what is asked of it, and fails on demand.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use auth_core::{
    EndedSession, LeaseHolder, LeaseOutcome, MemoryStore, NewSession, ProviderLogout,
    ProviderLogoutOutcome, ProviderSessionIdHash, SealingKeyId, SessionIdHash, SessionRow,
    SessionStore, StoreError, StoredSession, StoredTokens, TokensVersion, UserIdHash, UserSessions,
    WriteOutcome,
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
    begun_in: Option<ProviderSessionIdHash>,
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
    pub fn begun_in(&self) -> Option<ProviderSessionIdHash> {
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
            async fn create(&self, session: NewSession) -> Result<WriteOutcome, StoreError> {
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
    load(key: &SessionIdHash) -> Option<StoredSession>;
    extend(key: &SessionIdHash, from: OffsetDateTime, to: OffsetDateTime, used_at: OffsetDateTime) -> ();
    compare_and_swap(key: &SessionIdHash, old: &[u8], new: &[u8]) -> WriteOutcome;
    delete(key: &SessionIdHash) -> Option<Vec<u8>>;
    delete_if_version(key: &SessionIdHash, version: TokensVersion) -> WriteOutcome;
    load_tokens(key: &SessionIdHash) -> Option<StoredTokens>;
    lease_tokens(key: &SessionIdHash, version: TokensVersion, holder: LeaseHolder, length: Duration) -> LeaseOutcome;
    release_tokens(key: &SessionIdHash, holder: LeaseHolder) -> ();
    save_tokens(key: &SessionIdHash, version: TokensVersion, sealed: &[u8]) -> WriteOutcome;
    list_for_user(user: &UserIdHash, most: u32) -> Vec<SessionRow>;
    delete_for_user(user: &UserIdHash, which: UserSessions) -> Vec<EndedSession>;
    apply_provider_logout(logout: &ProviderLogout) -> ProviderLogoutOutcome;
    list_page(after: Option<SessionIdHash>, most: u32) -> Vec<SessionRow>;
    reseal(old: &SessionRow, new: &SessionRow) -> ();
    id_hash_keys() -> Vec<(SealingKeyId, Vec<u8>)>;
    insert_id_hash_key(sealed_with: SealingKeyId, sealed: &[u8]) -> ();
    replace_id_hash_keys(sealed_with: SealingKeyId, sealed: &[u8]) -> ();
}
