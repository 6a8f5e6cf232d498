//! Lists and administration of a [`MemoryStore`].

use async_trait::async_trait;

use super::MemoryStore;
use crate::store::{
    SessionAdmin,
    error::StoreError,
    ids::{SealingKeyId, SessionIdHash, UserIdHash},
    rows::{EndedSession, SessionRow, UserSessions},
};

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
