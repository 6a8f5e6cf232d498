//! Sessions in this process's memory.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::{Clock, NewSession, SessionKey, SessionStore, StoreError, StoredSession, SystemClock};

/// Keeps sessions in memory: they end with the process and are unknown to
/// others. For a first try and for tests.
#[derive(Clone, Debug)]
pub struct MemoryStore {
    sessions: Arc<Mutex<HashMap<SessionKey, NewSession>>>,
    clock: Arc<dyn Clock>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock))
    }

    /// An empty store that reads the time from `clock`.
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self {
            sessions: Arc::default(),
            clock,
        }
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<SessionKey, NewSession>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl SessionStore for MemoryStore {
    async fn create(&self, session: NewSession) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut sessions = self.sessions();
        sessions.retain(|_, session| session.expires_at > now);
        sessions.insert(session.key, session);
        Ok(())
    }

    async fn load(&self, key: &SessionKey) -> Result<Option<StoredSession>, StoreError> {
        Ok(self
            .sessions()
            .get(key)
            .filter(|session| session.expires_at > self.clock.now())
            .map(|session| StoredSession::new(session.sealed.clone(), session.expires_at)))
    }

    async fn extend(
        &self,
        key: &SessionKey,
        from: OffsetDateTime,
        to: OffsetDateTime,
    ) -> Result<(), StoreError> {
        if let Some(session) = self
            .sessions()
            .get_mut(key)
            .filter(|session| session.expires_at == from)
        {
            session.expires_at = to;
        }
        Ok(())
    }

    async fn delete(&self, key: &SessionKey) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self
            .sessions()
            .remove(key)
            .map(|session| session.sealed_tokens))
    }
}
