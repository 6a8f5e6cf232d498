//! The session store's methods, for each of the three public types.

/// Implements [`SessionStore`](auth_core::SessionStore),
/// [`SessionAdmin`](auth_core::SessionAdmin) and the methods that all
/// stores have, for a type with a method `database()`.
macro_rules! session_store {
    ($store:ident) => {
        impl $store {
            fn database(&self) -> &$crate::store::database::Database {
                &self.0.database
            }

            /// Checks that the database answers, for a health check.
            ///
            /// # Errors
            ///
            /// Fails if the database does not answer.
            pub async fn check(&self) -> Result<(), auth_core::StoreError> {
                call!(self.database(), check())
            }

            /// Deletes at most `limit` rows that have expired by the database's clock:
            /// sessions first, then logouts that no longer need to be remembered.
            /// Returns how many it deleted.
            ///
            /// [`sweep`](Self::sweep) calls this until nothing is left.
            ///
            /// # Errors
            ///
            /// Fails if the database fails.
            pub async fn delete_expired(&self, limit: u32) -> Result<u64, auth_core::StoreError> {
                self.database().delete_expired(limit).await
            }

            /// Deletes all expired sessions and logouts now, and returns how many
            /// there were. An open store does so by itself every ten minutes.
            ///
            /// Works in batches of about 10 ms with pauses between them, so that
            /// the writes of requests do not wait long. Several servers may sweep
            /// the same database at once.
            ///
            /// # Errors
            ///
            /// Fails if the database fails. Earlier batches stay deleted.
            pub async fn sweep(&self) -> Result<u64, auth_core::StoreError> {
                $crate::store::sweep::sweep(self.database(), &self.0.revoke_expired).await
            }

            /// Ends the sweep, waits for running operations and closes the
            /// connections, for all clones. Every later operation fails.
            pub async fn close(&self) {
                self.0.close().await;
            }
        }

        const _: () = {
            use std::time::Duration;

            use auth_core::{
                EndedSession, LeaseHolder, LeaseOutcome, LogoutTokenIdHash, NewSession,
                ProviderLogout, ProviderLogoutOutcome, RevokeExpired, SealingKeyId, SessionAdmin,
                SessionIdHash, SessionRow, SessionStore, StoreError, StoredSession, StoredTokens,
                TokensVersion, UserChange, UserIdHash, UserSessions, WriteOutcome,
            };
            use time::OffsetDateTime;
            use $crate::store::database::call;

            #[async_trait::async_trait]
            impl SessionStore for $store {
                fn revoke_expired_with(&self, revoke: RevokeExpired) {
                    self.0.revoke_expired.set(revoke);
                }

                async fn now(&self) -> Result<OffsetDateTime, StoreError> {
                    call!(self.database(), now())
                }

                async fn create(&self, session: NewSession) -> Result<WriteOutcome, StoreError> {
                    call!(self.database(), create(session))
                }

                async fn load(
                    &self,
                    key: &SessionIdHash,
                ) -> Result<Option<StoredSession>, StoreError> {
                    call!(self.database(), load(key))
                }

                async fn extend(
                    &self,
                    key: &SessionIdHash,
                    from: OffsetDateTime,
                    lifetime: Duration,
                ) -> Result<Option<OffsetDateTime>, StoreError> {
                    call!(self.database(), extend(key, from, lifetime))
                }

                async fn compare_and_swap(
                    &self,
                    key: &SessionIdHash,
                    old: &[u8],
                    new: &[u8],
                ) -> Result<WriteOutcome, StoreError> {
                    call!(self.database(), compare_and_swap(key, old, new))
                }

                async fn delete(&self, key: &SessionIdHash) -> Result<Option<Vec<u8>>, StoreError> {
                    call!(self.database(), delete(key))
                }

                async fn delete_if_version(
                    &self,
                    key: &SessionIdHash,
                    version: TokensVersion,
                ) -> Result<WriteOutcome, StoreError> {
                    call!(self.database(), delete_if_version(key, version))
                }

                async fn load_tokens(
                    &self,
                    key: &SessionIdHash,
                ) -> Result<Option<StoredTokens>, StoreError> {
                    call!(self.database(), load_tokens(key))
                }

                async fn lease_tokens(
                    &self,
                    key: &SessionIdHash,
                    version: TokensVersion,
                    holder: LeaseHolder,
                    length: Duration,
                ) -> Result<LeaseOutcome, StoreError> {
                    call!(self.database(), lease_tokens(key, version, holder, length))
                }

                async fn release_tokens(
                    &self,
                    key: &SessionIdHash,
                    holder: LeaseHolder,
                ) -> Result<(), StoreError> {
                    call!(self.database(), release_tokens(key, holder))
                }

                async fn save_tokens(
                    &self,
                    key: &SessionIdHash,
                    version: TokensVersion,
                    sealed: &[u8],
                ) -> Result<WriteOutcome, StoreError> {
                    call!(self.database(), save_tokens(key, version, sealed))
                }

                async fn apply_provider_logout(
                    &self,
                    logout: &ProviderLogout,
                ) -> Result<ProviderLogoutOutcome, StoreError> {
                    call!(self.database(), apply_provider_logout(logout))
                }

                async fn apply_user_change(
                    &self,
                    change: &UserChange,
                ) -> Result<WriteOutcome, StoreError> {
                    call!(self.database(), apply_user_change(change))
                }

                async fn forget_report(&self, key: &LogoutTokenIdHash) -> Result<(), StoreError> {
                    call!(self.database(), forget_report(key))
                }

                async fn clear_claims_stale_since(
                    &self,
                    key: &SessionIdHash,
                    since: OffsetDateTime,
                ) -> Result<(), StoreError> {
                    call!(self.database(), clear_claims_stale_since(key, since))
                }

                async fn id_hash_keys(&self) -> Result<Vec<(SealingKeyId, Vec<u8>)>, StoreError> {
                    call!(self.database(), id_hash_keys())
                }

                async fn insert_id_hash_key(
                    &self,
                    sealed_with: SealingKeyId,
                    sealed: &[u8],
                ) -> Result<(), StoreError> {
                    call!(self.database(), insert_id_hash_key(sealed_with, sealed))
                }
            }

            #[async_trait::async_trait]
            impl SessionAdmin for $store {
                async fn list_for_user(
                    &self,
                    user: &UserIdHash,
                    limit: u32,
                ) -> Result<Vec<SessionRow>, StoreError> {
                    call!(self.database(), list_for_user(user, limit))
                }

                async fn delete_for_user(
                    &self,
                    user: &UserIdHash,
                    which: UserSessions,
                ) -> Result<Vec<EndedSession>, StoreError> {
                    call!(self.database(), delete_for_user(user, which))
                }

                async fn list_page(
                    &self,
                    after: Option<SessionIdHash>,
                    limit: u32,
                ) -> Result<Vec<SessionRow>, StoreError> {
                    call!(self.database(), list_page(after, limit))
                }

                async fn reseal(
                    &self,
                    old: &SessionRow,
                    new: &SessionRow,
                ) -> Result<(), StoreError> {
                    call!(self.database(), reseal(old, new))
                }

                async fn replace_id_hash_keys(
                    &self,
                    sealed_with: SealingKeyId,
                    sealed: &[u8],
                ) -> Result<(), StoreError> {
                    call!(self.database(), replace_id_hash_keys(sealed_with, sealed))
                }
            }
        };
    };
}

pub(crate) use session_store;
