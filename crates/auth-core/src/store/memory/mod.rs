//! A store in this process's memory.

mod admin;
mod reports;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use time::OffsetDateTime;

use self::reports::Reports;
use super::{
    SessionStore,
    error::StoreError,
    ids::{LogoutTokenIdHash, ProviderSessionIdHash, SealingKeyId, SessionIdHash, UserIdHash},
    provider_logout::{ProviderLogout, ProviderLogoutOutcome, UserChange, UserChangeKind},
    rows::{
        EndedSession, LeaseHolder, LeaseOutcome, NewSession, SessionRow, StoredSession,
        StoredTokens, TokensVersion, WriteOutcome,
    },
};
use crate::clock::{Clock, SystemClock, whole_seconds};

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
    reports: Reports,
    id_hash_keys: Vec<(SealingKeyId, Vec<u8>)>,
}

#[derive(Debug)]
struct Entry {
    row: SessionRow,
    user: UserIdHash,
    provider_session: Option<ProviderSessionIdHash>,
    issued_at: OffsetDateTime,
    claims_stale_since: Option<OffsetDateTime>,
    version: TokensVersion,
    lease: Option<(LeaseHolder, Instant)>,
}

impl Tables {
    fn remove_expired(&mut self, now: OffsetDateTime) {
        self.sessions.retain(|_, entry| entry.row.expires_at > now);
        self.reports.forget_old(now);
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
    fn current<T>(
        &self,
        key: &SessionIdHash,
        read: impl FnOnce(&Entry, OffsetDateTime) -> T,
    ) -> Option<T> {
        let now = self.clock.now();
        let tables = self.tables();
        let entry = tables.sessions.get(key)?;
        (entry.row.expires_at > now).then(|| read(entry, now))
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
    async fn now(&self) -> Result<OffsetDateTime, StoreError> {
        Ok(self.clock.now())
    }

    async fn create(&self, session: NewSession) -> Result<WriteOutcome, StoreError> {
        let now = self.clock.now();
        let mut tables = self.tables();
        tables.remove_expired(now);
        if tables.reports.refuse(&session) {
            return Ok(WriteOutcome::NotApplied);
        }
        if tables.sessions.contains_key(&session.key) {
            return Err(StoreError::new("a session with this key exists already"));
        }
        let entry = Entry {
            user: session.user,
            provider_session: session.provider_session,
            issued_at: session.issued_at,
            claims_stale_since: tables.reports.have_changed(&session).then_some(now),
            version: 1,
            lease: None,
            row: SessionRow::of(session, whole_seconds(now)),
        };
        tables.sessions.insert(entry.row.key, entry);
        Ok(WriteOutcome::Applied)
    }

    async fn load(&self, key: &SessionIdHash) -> Result<Option<StoredSession>, StoreError> {
        Ok(self.current(key, |entry, now| {
            StoredSession::new(entry.row.sealed.clone(), entry.row.expires_at, now)
                .claims_stale_since(entry.claims_stale_since)
        }))
    }

    async fn extend(
        &self,
        key: &SessionIdHash,
        from: OffsetDateTime,
        lifetime: Duration,
    ) -> Result<Option<OffsetDateTime>, StoreError> {
        let now = self.clock.now();
        let mut tables = self.tables();
        let found = tables.sessions.get_mut(key);
        let Some(entry) = found.filter(|entry| entry.row.expires_at == from && from > now) else {
            return Ok(None);
        };
        entry.row.used_at = whole_seconds(now);
        entry.row.expires_at = entry.row.used_at + lifetime;
        Ok(Some(entry.row.expires_at))
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
        Ok(self.current(key, |entry, _| {
            StoredTokens::new(entry.row.sealed_tokens.clone(), entry.version)
                .claims_stale_since(entry.claims_stale_since)
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
        if tables.reports.remember(&logout.token, now) == WriteOutcome::NotApplied {
            return Ok(ProviderLogoutOutcome::Replayed);
        }
        tables.reports.log_out(logout, now);
        let ended = tables.end(|_, entry| {
            reports::ends(logout, entry.user, entry.provider_session, entry.issued_at)
        });
        Ok(ProviderLogoutOutcome::Ended(ended))
    }

    async fn apply_user_change(&self, change: &UserChange) -> Result<WriteOutcome, StoreError> {
        let now = self.clock.now();
        let mut tables = self.tables();
        tables.remove_expired(now);
        if tables.reports.remember(&change.token, now) == WriteOutcome::NotApplied {
            return Ok(WriteOutcome::NotApplied);
        }
        match change.kind {
            UserChangeKind::Claims => {
                tables.reports.change(change, now);
                let sessions = tables.sessions.values_mut();
                for entry in sessions.filter(|entry| change.users.contains(&entry.user)) {
                    let former = entry.claims_stale_since;
                    let later = former.map(|since| since + Duration::from_millis(1));
                    entry.claims_stale_since = later.max(Some(now));
                }
            }
            UserChangeKind::Reinstated(at) => tables.reports.reinstate(&change.users, at),
        }
        Ok(WriteOutcome::Applied)
    }

    async fn forget_report(&self, key: &LogoutTokenIdHash) -> Result<(), StoreError> {
        self.tables().reports.forget(key);
        Ok(())
    }

    async fn clear_claims_stale_since(
        &self,
        key: &SessionIdHash,
        since: OffsetDateTime,
    ) -> Result<(), StoreError> {
        if let Some(entry) = self.tables().sessions.get_mut(key) {
            entry.claims_stale_since = entry.claims_stale_since.filter(|current| *current != since);
        }
        Ok(())
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
