//! Logouts that the provider told of, in an SQL database.
//!
//! A session may be about to begin while its provider session is logged out. So
//! that the two do not miss each other, `create` and `apply_provider_logout` lock the
//! provider session, first of all, before they look for what the other has
//! written. There is no row to lock: it may be that neither has written any yet.
//! Who waits for this lock has no other.

/// Gives `$store` what [`SessionStore`](auth_core::SessionStore) says of
/// logouts by the provider. `$lock` and `$lock_free` are as in `sql_sessions!`.
///
/// `$store` has `lock_provider_session()`: only one transaction at a time comes
/// past it for a provider session, and sees all that those before have written.
macro_rules! sql_logouts {
    ($store:ident, $lock:literal, $lock_free:literal) => {
        impl $store {
            const FORGET_LOGOUTS: &str = concat!(
                "with past as (
                    select token_key from auth_logouts where forget_at <= $1
                    order by forget_at limit $2",
                $lock_free,
                ") delete from auth_logouts where token_key in (select token_key from past)"
            );

            pub(crate) async fn apply_provider_logout(
                &self,
                logout: &ProviderLogout,
            ) -> Result<ProviderLogoutOutcome, SqlError> {
                let provider_session = logout.provider_session();
                let mut work = self.begin().await?;
                if let Some(key) = &provider_session {
                    Self::lock_provider_session(&mut work, key).await?;
                }
                if let Some(token) = &logout.token
                    && Self::remember(&mut work, token, provider_session).await? == WriteOutcome::NotApplied
                {
                    return Ok(ProviderLogoutOutcome::Replayed);
                }
                let (statement, key) = match &logout.of {
                    LogoutTarget::ProviderSession(key) => (
                        $crate::sql_lists::select_ids!("provider_session = $1", $lock),
                        key.as_bytes(),
                    ),
                    LogoutTarget::User(key) => (
                        $crate::sql_lists::select_ids!("user_key = $1", $lock),
                        key.as_bytes(),
                    ),
                };
                let ids = sqlx::query_as(statement)
                    .bind(&key[..])
                    .fetch_all(&mut *work)
                    .await?;
                let ended = Self::end_all(&mut work, ids).await?;
                work.commit().await?;
                Ok(ProviderLogoutOutcome::Ended(ended))
            }

            /// Remembers a token, unless it is remembered already.
            async fn remember(
                work: &mut Work,
                token: &RememberedToken,
                provider_session: Option<ProviderSessionIdHash>,
            ) -> Result<WriteOutcome, SqlError> {
                let done = sqlx::query(
                    "insert into auth_logouts (token_key, provider_session, forget_at)
                     values ($1, $2, $3)
                     on conflict (token_key) do update set
                     provider_session = excluded.provider_session, forget_at = excluded.forget_at
                     where auth_logouts.forget_at <= $4",
                )
                .bind(&token.key.as_bytes()[..])
                .bind(provider_session.as_ref().map(|key| &key.as_bytes()[..]))
                .bind(token.until.unix_timestamp())
                .bind(now()?.unix_timestamp())
                .execute(&mut **work)
                .await?;
                Ok(match done.rows_affected() {
                    0 => WriteOutcome::NotApplied,
                    _ => WriteOutcome::Applied,
                })
            }

            /// Whether a logout of the provider session is remembered. The
            /// transaction has it to itself.
            async fn is_logged_out(
                work: &mut Work,
                key: &ProviderSessionIdHash,
            ) -> Result<bool, SqlError> {
                let found = sqlx::query(
                    "select 1 from auth_logouts where provider_session = $1 and forget_at > $2
                     limit 1",
                )
                .bind(&key.as_bytes()[..])
                .bind(now()?.unix_timestamp())
                .fetch_optional(&mut **work)
                .await?;
                Ok(found.is_some())
            }
        }
    };
}

pub(crate) use sql_logouts;
