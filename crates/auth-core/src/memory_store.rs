//! Sessions in this process's memory.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::{
    Clock, EndedSession, LeaseHolder, Leased, LogoutOf, LogoutTokenKey, NewSession, ProviderLogout,
    ProviderLogoutDone, ProviderSessionKey, SealingKeyId, SessionKey, SessionRow, SessionStore,
    StoreError, StoredSession, StoredTokens, SystemClock, TokensVersion, UserKey, Which, Written,
};

/// Keeps sessions in memory: they end with the process and are unknown to
/// others. For a first try and for tests.
#[derive(Clone, Debug)]
pub struct MemoryStore {
    tables: Arc<Mutex<Tables>>,
    clock: Arc<dyn Clock>,
}

#[derive(Debug, Default)]
struct Tables {
    sessions: BTreeMap<SessionKey, Kept>,
    logouts: BTreeMap<LogoutTokenKey, Logout>,
    hash_keys: Vec<(SealingKeyId, Vec<u8>)>,
}

#[derive(Debug)]
struct Kept {
    row: SessionRow,
    user: UserKey,
    provider_session: Option<ProviderSessionKey>,
    version: TokensVersion,
    lease: Option<(LeaseHolder, Instant)>,
}

/// A logout token that is remembered.
#[derive(Debug)]
struct Logout {
    provider_session: Option<ProviderSessionKey>,
    forget_at: OffsetDateTime,
}

impl Tables {
    fn forget(&mut self, now: OffsetDateTime) {
        self.sessions.retain(|_, kept| kept.row.expires_at > now);
        self.logouts.retain(|_, logout| logout.forget_at > now);
    }

    /// Ends those that are meant.
    fn end(&mut self, is_meant: impl Fn(&SessionKey, &Kept) -> bool) -> Vec<EndedSession> {
        let mut ended = Vec::new();
        self.sessions.retain(|key, kept| {
            let is_meant = is_meant(key, kept);
            if is_meant {
                ended.push(EndedSession::new(*key, kept.row.sealed_tokens.clone()));
            }
            !is_meant
        });
        ended
    }
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock))
    }

    /// An empty store that reads the time from `clock`.
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self {
            tables: Arc::default(),
            clock,
        }
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The session of that key, unless it is past its end.
    fn current<T>(&self, key: &SessionKey, read: impl FnOnce(&Kept) -> T) -> Option<T> {
        let now = self.clock.now();
        let tables = self.tables();
        let kept = tables.sessions.get(key)?;
        (kept.row.expires_at > now).then(|| read(kept))
    }

    fn change(
        &self,
        key: &SessionKey,
        version: TokensVersion,
        change: impl FnOnce(&mut Kept),
    ) -> Written {
        match self.tables().sessions.get_mut(key) {
            Some(kept) if kept.version == version => {
                change(kept);
                Written::Yes
            }
            _ => Written::No,
        }
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl SessionStore for MemoryStore {
    async fn create(&self, session: NewSession) -> Result<Written, StoreError> {
        let now = self.clock.now();
        let mut tables = self.tables();
        tables.forget(now);
        let is_logged_out = session.provider_session.is_some_and(|key| {
            let mut logouts = tables.logouts.values();
            logouts.any(|logout| logout.provider_session == Some(key))
        });
        if is_logged_out {
            return Ok(Written::No);
        }
        if tables.sessions.contains_key(&session.key) {
            return Err(StoreError::new("the session's key is taken"));
        }
        let kept = Kept {
            user: session.user,
            provider_session: session.provider_session,
            version: 1,
            lease: None,
            row: SessionRow::of(session),
        };
        tables.sessions.insert(kept.row.key, kept);
        Ok(Written::Yes)
    }

    async fn load(&self, key: &SessionKey) -> Result<Option<StoredSession>, StoreError> {
        Ok(self.current(key, |kept| {
            StoredSession::new(kept.row.sealed.clone(), kept.row.expires_at)
        }))
    }

    async fn extend(
        &self,
        key: &SessionKey,
        from: OffsetDateTime,
        to: OffsetDateTime,
        used_at: OffsetDateTime,
    ) -> Result<(), StoreError> {
        if let Some(kept) = self
            .tables()
            .sessions
            .get_mut(key)
            .filter(|kept| kept.row.expires_at == from)
        {
            kept.row.expires_at = to;
            kept.row.used_at = used_at;
        }
        Ok(())
    }

    async fn replace(
        &self,
        key: &SessionKey,
        old: &[u8],
        new: &[u8],
    ) -> Result<Written, StoreError> {
        match self.tables().sessions.get_mut(key) {
            Some(kept) if kept.row.sealed == old => {
                kept.row.sealed = new.to_vec();
                Ok(Written::Yes)
            }
            _ => Ok(Written::No),
        }
    }

    async fn delete(&self, key: &SessionKey) -> Result<Option<Vec<u8>>, StoreError> {
        let removed = self.tables().sessions.remove(key);
        Ok(removed.map(|kept| kept.row.sealed_tokens))
    }

    async fn delete_unchanged(
        &self,
        key: &SessionKey,
        version: TokensVersion,
    ) -> Result<Written, StoreError> {
        let sessions = &mut self.tables().sessions;
        if sessions.get(key).is_none_or(|kept| kept.version != version) {
            return Ok(Written::No);
        }
        sessions.remove(key);
        Ok(Written::Yes)
    }

    async fn load_tokens(&self, key: &SessionKey) -> Result<Option<StoredTokens>, StoreError> {
        Ok(self.current(key, |kept| {
            StoredTokens::new(kept.row.sealed_tokens.clone(), kept.version)
        }))
    }

    async fn lease_tokens(
        &self,
        key: &SessionKey,
        version: TokensVersion,
        holder: LeaseHolder,
        length: Duration,
    ) -> Result<Leased, StoreError> {
        let now = Instant::now();
        let mut leased = Leased::No;
        self.change(key, version, |kept| {
            let is_free = kept
                .lease
                .is_none_or(|(held_by, until)| held_by == holder || until <= now);
            if is_free {
                kept.lease = Some((holder, now + length));
                leased = Leased::Yes;
            }
        });
        Ok(leased)
    }

    async fn release_tokens(
        &self,
        key: &SessionKey,
        holder: LeaseHolder,
    ) -> Result<(), StoreError> {
        if let Some(kept) = self.tables().sessions.get_mut(key) {
            kept.lease = kept.lease.filter(|&(held_by, _)| held_by != holder);
        }
        Ok(())
    }

    async fn save_tokens(
        &self,
        key: &SessionKey,
        version: TokensVersion,
        sealed: &[u8],
    ) -> Result<Written, StoreError> {
        Ok(self.change(key, version, |kept| {
            kept.row.sealed_tokens = sealed.to_vec();
            kept.version += 1;
            kept.lease = None;
        }))
    }

    async fn sessions_of(&self, user: &UserKey, most: u32) -> Result<Vec<SessionRow>, StoreError> {
        let now = self.clock.now();
        let mut rows: Vec<_> = self
            .tables()
            .sessions
            .values()
            .filter(|kept| kept.user == *user && kept.row.expires_at > now)
            .map(|kept| kept.row.clone())
            .collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.used_at));
        rows.truncate(most as usize);
        Ok(rows)
    }

    async fn delete_of(
        &self,
        user: &UserKey,
        which: Which,
    ) -> Result<Vec<EndedSession>, StoreError> {
        Ok(self.tables().end(|key, kept| {
            kept.user == *user
                && match which {
                    Which::One(one) => *key == one,
                    Which::AllBut(one) => *key != one,
                    Which::All => true,
                }
        }))
    }

    async fn end_for_provider(
        &self,
        logout: &ProviderLogout,
    ) -> Result<ProviderLogoutDone, StoreError> {
        let now = self.clock.now();
        let mut tables = self.tables();
        tables.forget(now);
        if let Some(token) = logout.token {
            if tables.logouts.contains_key(&token.key) {
                return Ok(ProviderLogoutDone::Replayed);
            }
            let remembered = Logout {
                provider_session: logout.provider_session(),
                forget_at: token.until,
            };
            tables.logouts.insert(token.key, remembered);
        }
        let ended = tables.end(|_, kept| match logout.of {
            LogoutOf::ProviderSession(key) => kept.provider_session == Some(key),
            LogoutOf::User(user) => kept.user == user,
        });
        Ok(ProviderLogoutDone::Ended(ended))
    }

    async fn sessions_after(
        &self,
        after: Option<SessionKey>,
        most: u32,
    ) -> Result<Vec<SessionRow>, StoreError> {
        let now = self.clock.now();
        Ok(self
            .tables()
            .sessions
            .values()
            .filter(|kept| after.is_none_or(|after| kept.row.key > after))
            .filter(|kept| kept.row.expires_at > now)
            .take(most as usize)
            .map(|kept| kept.row.clone())
            .collect())
    }

    async fn reseal(&self, old: &SessionRow, new: &SessionRow) -> Result<(), StoreError> {
        if let Some(kept) = self.tables().sessions.get_mut(&old.key) {
            let row = &mut kept.row;
            for (kept, old, new) in [
                (&mut row.sealed, &old.sealed, &new.sealed),
                (
                    &mut row.sealed_tokens,
                    &old.sealed_tokens,
                    &new.sealed_tokens,
                ),
                (
                    &mut row.sealed_device,
                    &old.sealed_device,
                    &new.sealed_device,
                ),
            ] {
                if kept == old {
                    kept.clone_from(new);
                }
            }
        }
        Ok(())
    }

    async fn hash_keys(&self) -> Result<Vec<(SealingKeyId, Vec<u8>)>, StoreError> {
        Ok(self.tables().hash_keys.clone())
    }

    async fn keep_hash_key(
        &self,
        sealed_with: SealingKeyId,
        sealed: &[u8],
    ) -> Result<(), StoreError> {
        let hash_keys = &mut self.tables().hash_keys;
        if hash_keys.iter().all(|(id, _)| *id != sealed_with) {
            hash_keys.push((sealed_with, sealed.to_vec()));
        }
        Ok(())
    }

    async fn replace_hash_keys(
        &self,
        sealed_with: SealingKeyId,
        sealed: &[u8],
    ) -> Result<(), StoreError> {
        self.tables().hash_keys = vec![(sealed_with, sealed.to_vec())];
        Ok(())
    }
}
