//! Sessions in this process's memory.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use time::OffsetDateTime;

use super::{
    SessionStore,
    error::StoreError,
    ids::{LogoutTokenIdHash, ProviderSessionIdHash, SealingKeyId, SessionIdHash, UserIdHash},
    provider_logout::{LogoutTarget, ProviderLogout, ProviderLogoutOutcome},
    rows::{
        EndedSession, LeaseHolder, LeaseOutcome, NewSession, SessionRow, StoredSession,
        StoredTokens, TokensVersion, UserSessions, WriteOutcome,
    },
};
use crate::clock::{Clock, SystemClock};

/// Keeps sessions in memory: they end with the process and are unknown to
/// others. For a first try and for tests.
#[derive(Clone, Debug)]
pub struct MemoryStore {
    tables: Arc<Mutex<Tables>>,
    clock: Arc<dyn Clock>,
}

#[derive(Debug, Default)]
struct Tables {
    sessions: BTreeMap<SessionIdHash, Kept>,
    logouts: BTreeMap<LogoutTokenIdHash, Logout>,
    id_hash_keys: Vec<(SealingKeyId, Vec<u8>)>,
}

#[derive(Debug)]
struct Kept {
    row: SessionRow,
    user: UserIdHash,
    provider_session: Option<ProviderSessionIdHash>,
    version: TokensVersion,
    lease: Option<(LeaseHolder, Instant)>,
}

/// A logout token that is remembered.
#[derive(Debug)]
struct Logout {
    provider_session: Option<ProviderSessionIdHash>,
    forget_at: OffsetDateTime,
}

impl Tables {
    fn forget(&mut self, now: OffsetDateTime) {
        self.sessions.retain(|_, kept| kept.row.expires_at > now);
        self.logouts.retain(|_, logout| logout.forget_at > now);
    }

    /// Ends those that are meant.
    fn end(&mut self, is_meant: impl Fn(&SessionIdHash, &Kept) -> bool) -> Vec<EndedSession> {
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
    fn current<T>(&self, key: &SessionIdHash, read: impl FnOnce(&Kept) -> T) -> Option<T> {
        let now = self.clock.now();
        let tables = self.tables();
        let kept = tables.sessions.get(key)?;
        (kept.row.expires_at > now).then(|| read(kept))
    }

    fn change(
        &self,
        key: &SessionIdHash,
        version: TokensVersion,
        change: impl FnOnce(&mut Kept),
    ) -> WriteOutcome {
        match self.tables().sessions.get_mut(key) {
            Some(kept) if kept.version == version => {
                change(kept);
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
        tables.forget(now);
        let is_logged_out = session.provider_session.is_some_and(|key| {
            let mut logouts = tables.logouts.values();
            logouts.any(|logout| logout.provider_session == Some(key))
        });
        if is_logged_out {
            return Ok(WriteOutcome::NotApplied);
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
        Ok(WriteOutcome::Applied)
    }

    async fn load(&self, key: &SessionIdHash) -> Result<Option<StoredSession>, StoreError> {
        Ok(self.current(key, |kept| {
            StoredSession::new(kept.row.sealed.clone(), kept.row.expires_at)
        }))
    }

    async fn extend(
        &self,
        key: &SessionIdHash,
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

    async fn compare_and_swap(
        &self,
        key: &SessionIdHash,
        old: &[u8],
        new: &[u8],
    ) -> Result<WriteOutcome, StoreError> {
        match self.tables().sessions.get_mut(key) {
            Some(kept) if kept.row.sealed == old => {
                kept.row.sealed = new.to_vec();
                Ok(WriteOutcome::Applied)
            }
            _ => Ok(WriteOutcome::NotApplied),
        }
    }

    async fn delete(&self, key: &SessionIdHash) -> Result<Option<Vec<u8>>, StoreError> {
        let removed = self.tables().sessions.remove(key);
        Ok(removed.map(|kept| kept.row.sealed_tokens))
    }

    async fn delete_if_version(
        &self,
        key: &SessionIdHash,
        version: TokensVersion,
    ) -> Result<WriteOutcome, StoreError> {
        let sessions = &mut self.tables().sessions;
        if sessions.get(key).is_none_or(|kept| kept.version != version) {
            return Ok(WriteOutcome::NotApplied);
        }
        sessions.remove(key);
        Ok(WriteOutcome::Applied)
    }

    async fn load_tokens(&self, key: &SessionIdHash) -> Result<Option<StoredTokens>, StoreError> {
        Ok(self.current(key, |kept| {
            StoredTokens::new(kept.row.sealed_tokens.clone(), kept.version)
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
        self.change(key, version, |kept| {
            let is_free = kept
                .lease
                .is_none_or(|(held_by, until)| held_by == holder || until <= now);
            if is_free {
                kept.lease = Some((holder, now + length));
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
        if let Some(kept) = self.tables().sessions.get_mut(key) {
            kept.lease = kept.lease.filter(|&(held_by, _)| held_by != holder);
        }
        Ok(())
    }

    async fn save_tokens(
        &self,
        key: &SessionIdHash,
        version: TokensVersion,
        sealed: &[u8],
    ) -> Result<WriteOutcome, StoreError> {
        Ok(self.change(key, version, |kept| {
            kept.row.sealed_tokens = sealed.to_vec();
            kept.version += 1;
            kept.lease = None;
        }))
    }

    async fn list_for_user(
        &self,
        user: &UserIdHash,
        most: u32,
    ) -> Result<Vec<SessionRow>, StoreError> {
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

    async fn delete_for_user(
        &self,
        user: &UserIdHash,
        which: UserSessions,
    ) -> Result<Vec<EndedSession>, StoreError> {
        Ok(self.tables().end(|key, kept| {
            kept.user == *user
                && match which {
                    UserSessions::One(one) => *key == one,
                    UserSessions::AllExcept(one) => *key != one,
                    UserSessions::All => true,
                }
        }))
    }

    async fn apply_provider_logout(
        &self,
        logout: &ProviderLogout,
    ) -> Result<ProviderLogoutOutcome, StoreError> {
        let now = self.clock.now();
        let mut tables = self.tables();
        tables.forget(now);
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
        let ended = tables.end(|_, kept| match logout.of {
            LogoutTarget::ProviderSession(key) => kept.provider_session == Some(key),
            LogoutTarget::User(user) => kept.user == user,
        });
        Ok(ProviderLogoutOutcome::Ended(ended))
    }

    async fn list_page(
        &self,
        after: Option<SessionIdHash>,
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

    async fn replace_id_hash_keys(
        &self,
        sealed_with: SealingKeyId,
        sealed: &[u8],
    ) -> Result<(), StoreError> {
        self.tables().id_hash_keys = vec![(sealed_with, sealed.to_vec())];
        Ok(())
    }
}
