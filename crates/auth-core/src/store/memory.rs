//! A store in this process's memory.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use time::OffsetDateTime;

use super::{
    SessionAdmin, SessionStore,
    error::StoreError,
    ids::{LogoutTokenIdHash, ProviderSessionIdHash, SealingKeyId, SessionIdHash, UserIdHash},
    provider_logout::{LogoutTarget, ProviderLogout, ProviderLogoutOutcome},
    rows::{
        EndedSession, LeaseHolder, LeaseOutcome, NewSession, SessionRow, StoredSession,
        StoredTokens, TokensVersion, UserSessions, WriteOutcome,
    },
};
use crate::clock::{Clock, SystemClock};

/// Keeps sessions in memory. They end with the process, and other processes do not
/// see them. Intended for first experiments and for tests.
#[derive(Clone, Debug)]
pub struct MemoryStore {
    tables: Arc<Mutex<Tables>>,
    clock: Arc<dyn Clock>,
}

#[derive(Debug, Default)]
struct Tables {
    sessions: BTreeMap<SessionIdHash, Entry>,
    logouts: BTreeMap<LogoutTokenIdHash, Logout>,
    id_hash_keys: Vec<(SealingKeyId, Vec<u8>)>,
}

#[derive(Debug)]
struct Entry {
    row: SessionRow,
    user: UserIdHash,
    provider_session: Option<ProviderSessionIdHash>,
    version: TokensVersion,
    lease: Option<(LeaseHolder, Instant)>,
}

/// A remembered logout token.
#[derive(Debug)]
struct Logout {
    provider_session: Option<ProviderSessionIdHash>,
    forget_at: OffsetDateTime,
}

impl Tables {
    fn remove_expired(&mut self, now: OffsetDateTime) {
        self.sessions.retain(|_, entry| entry.row.expires_at > now);
        self.logouts.retain(|_, logout| logout.forget_at > now);
    }

    /// Ends the selected sessions.
    fn end(&mut self, is_selected: impl Fn(&SessionIdHash, &Entry) -> bool) -> Vec<EndedSession> {
        let mut ended = Vec::new();
        self.sessions.retain(|key, entry| {
            let is_selected = is_selected(key, entry);
            if is_selected {
                ended.push(EndedSession::new(*key, entry.row.sealed_tokens.clone()));
            }
            !is_selected
        });
        ended
    }
}

impl MemoryStore {
    /// Creates an empty store.
    pub fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock))
    }

    /// Creates an empty store that reads the time from `clock`.
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self {
            tables: Arc::default(),
            clock,
        }
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the session with this key, unless it has expired.
    fn current<T>(&self, key: &SessionIdHash, read: impl FnOnce(&Entry) -> T) -> Option<T> {
        let now = self.clock.now();
        let tables = self.tables();
        let entry = tables.sessions.get(key)?;
        (entry.row.expires_at > now).then(|| read(entry))
    }

    fn change(
        &self,
        key: &SessionIdHash,
        version: TokensVersion,
        change: impl FnOnce(&mut Entry),
    ) -> WriteOutcome {
        match self.tables().sessions.get_mut(key) {
            Some(entry) if entry.version == version => {
                change(entry);
                WriteOutcome::Applied
            }
            _ => WriteOutcome::NotApplied,
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
    async fn create(&self, session: NewSession) -> Result<WriteOutcome, StoreError> {
        let now = self.clock.now();
        let mut tables = self.tables();
        tables.remove_expired(now);
        let is_logged_out = session.provider_session.is_some_and(|key| {
            let mut logouts = tables.logouts.values();
            logouts.any(|logout| logout.provider_session == Some(key))
        });
        if is_logged_out {
            return Ok(WriteOutcome::NotApplied);
        }
        if tables.sessions.contains_key(&session.key) {
            return Err(StoreError::new("a session with this key exists already"));
        }
        let entry = Entry {
            user: session.user,
            provider_session: session.provider_session,
            version: 1,
            lease: None,
            row: SessionRow::of(session),
        };
        tables.sessions.insert(entry.row.key, entry);
        Ok(WriteOutcome::Applied)
    }

    async fn load(&self, key: &SessionIdHash) -> Result<Option<StoredSession>, StoreError> {
        Ok(self.current(key, |entry| {
            StoredSession::new(entry.row.sealed.clone(), entry.row.expires_at)
        }))
    }

    async fn extend(
        &self,
        key: &SessionIdHash,
        from: OffsetDateTime,
        to: OffsetDateTime,
        used_at: OffsetDateTime,
    ) -> Result<(), StoreError> {
        if let Some(entry) = self
            .tables()
            .sessions
            .get_mut(key)
            .filter(|entry| entry.row.expires_at == from)
        {
            entry.row.expires_at = to;
            entry.row.used_at = used_at;
        }
        Ok(())
    }

    async fn compare_and_swap(
        &self,
        key: &SessionIdHash,
        old: &[u8],
        new: &[u8],
    ) -> Result<WriteOutcome, StoreError> {
        match self.tables().sessions.get_mut(key) {
            Some(entry) if entry.row.sealed == old => {
                entry.row.sealed = new.to_vec();
                Ok(WriteOutcome::Applied)
            }
            _ => Ok(WriteOutcome::NotApplied),
        }
    }

    async fn delete(&self, key: &SessionIdHash) -> Result<Option<Vec<u8>>, StoreError> {
        let removed = self.tables().sessions.remove(key);
        Ok(removed.map(|entry| entry.row.sealed_tokens))
    }

    async fn delete_if_version(
        &self,
        key: &SessionIdHash,
        version: TokensVersion,
    ) -> Result<WriteOutcome, StoreError> {
        let sessions = &mut self.tables().sessions;
        if sessions
            .get(key)
            .is_none_or(|entry| entry.version != version)
        {
            return Ok(WriteOutcome::NotApplied);
        }
        sessions.remove(key);
        Ok(WriteOutcome::Applied)
    }

    async fn load_tokens(&self, key: &SessionIdHash) -> Result<Option<StoredTokens>, StoreError> {
        Ok(self.current(key, |entry| {
            StoredTokens::new(entry.row.sealed_tokens.clone(), entry.version)
        }))
    }

    async fn lease_tokens(
        &self,
        key: &SessionIdHash,
        version: TokensVersion,
        holder: LeaseHolder,
        length: Duration,
    ) -> Result<LeaseOutcome, StoreError> {
        let now = Instant::now();
        let mut leased = LeaseOutcome::Denied;
        self.change(key, version, |entry| {
            let is_free = entry
                .lease
                .is_none_or(|(held_by, until)| held_by == holder || until <= now);
            if is_free {
                entry.lease = Some((holder, now + length));
                leased = LeaseOutcome::Granted;
            }
        });
        Ok(leased)
    }

    async fn release_tokens(
        &self,
        key: &SessionIdHash,
        holder: LeaseHolder,
    ) -> Result<(), StoreError> {
        if let Some(entry) = self.tables().sessions.get_mut(key) {
            entry.lease = entry.lease.filter(|&(held_by, _)| held_by != holder);
        }
        Ok(())
    }

    async fn save_tokens(
        &self,
        key: &SessionIdHash,
        version: TokensVersion,
        sealed: &[u8],
    ) -> Result<WriteOutcome, StoreError> {
        Ok(self.change(key, version, |entry| {
            entry.row.sealed_tokens = sealed.to_vec();
            entry.version += 1;
            entry.lease = None;
        }))
    }

    async fn apply_provider_logout(
        &self,
        logout: &ProviderLogout,
    ) -> Result<ProviderLogoutOutcome, StoreError> {
        let now = self.clock.now();
        let mut tables = self.tables();
        tables.remove_expired(now);
        if let Some(token) = logout.token {
            if tables.logouts.contains_key(&token.key) {
                return Ok(ProviderLogoutOutcome::Replayed);
            }
            let remembered = Logout {
                provider_session: logout.provider_session(),
                forget_at: token.until,
            };
            tables.logouts.insert(token.key, remembered);
        }
        let ended = tables.end(|_, entry| match logout.of {
            LogoutTarget::ProviderSession(key) => entry.provider_session == Some(key),
            LogoutTarget::User(user) => entry.user == user,
        });
        Ok(ProviderLogoutOutcome::Ended(ended))
    }

    async fn id_hash_keys(&self) -> Result<Vec<(SealingKeyId, Vec<u8>)>, StoreError> {
        Ok(self.tables().id_hash_keys.clone())
    }

    async fn insert_id_hash_key(
        &self,
        sealed_with: SealingKeyId,
        sealed: &[u8],
    ) -> Result<(), StoreError> {
        let id_hash_keys = &mut self.tables().id_hash_keys;
        if id_hash_keys.iter().all(|(id, _)| *id != sealed_with) {
            id_hash_keys.push((sealed_with, sealed.to_vec()));
        }
        Ok(())
    }
}

#[async_trait]
impl SessionAdmin for MemoryStore {
    async fn list_for_user(
        &self,
        user: &UserIdHash,
        limit: u32,
    ) -> Result<Vec<SessionRow>, StoreError> {
        let now = self.clock.now();
        let mut rows: Vec<_> = self
            .tables()
            .sessions
            .values()
            .filter(|entry| entry.user == *user && entry.row.expires_at > now)
            .map(|entry| entry.row.clone())
            .collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.used_at));
        rows.truncate(limit as usize);
        Ok(rows)
    }

    async fn delete_for_user(
        &self,
        user: &UserIdHash,
        which: UserSessions,
    ) -> Result<Vec<EndedSession>, StoreError> {
        Ok(self.tables().end(|key, entry| {
            entry.user == *user
                && match which {
                    UserSessions::One(one) => *key == one,
                    UserSessions::AllExcept(one) => *key != one,
                    UserSessions::All => true,
                }
        }))
    }

    async fn list_page(
        &self,
        after: Option<SessionIdHash>,
        limit: u32,
    ) -> Result<Vec<SessionRow>, StoreError> {
        let now = self.clock.now();
        Ok(self
            .tables()
            .sessions
            .values()
            .filter(|entry| after.is_none_or(|after| entry.row.key > after))
            .filter(|entry| entry.row.expires_at > now)
            .take(limit as usize)
            .map(|entry| entry.row.clone())
            .collect())
    }

    async fn reseal(&self, old: &SessionRow, new: &SessionRow) -> Result<(), StoreError> {
        if let Some(entry) = self.tables().sessions.get_mut(&old.key) {
            let row = &mut entry.row;
            for (current, old, new) in [
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
                if current == old {
                    current.clone_from(new);
                }
            }
        }
        Ok(())
    }

    async fn replace_id_hash_keys(
        &self,
        sealed_with: SealingKeyId,
        sealed: &[u8],
    ) -> Result<(), StoreError> {
        self.tables().id_hash_keys = vec![(sealed_with, sealed.to_vec())];
        Ok(())
    }
}
