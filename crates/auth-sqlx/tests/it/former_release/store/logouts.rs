//! Logouts that the provider requests.

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

            pub(super) async fn apply_provider_logout(
                &self,
                logout: &ProviderLogout,
            ) -> Result<ProviderLogoutOutcome, SqlError> {
                let provider_session = logout.of.provider_session();
                let mut work = self.begin().await?;
                if let Some(key) = &provider_session {
                    Self::lock_provider_session(&mut work, key).await?;
                }
                if Self::remember(&mut work, &logout.token, provider_session).await?
                    == WriteOutcome::NotApplied
                {
                    return Ok(ProviderLogoutOutcome::Replayed);
                }
                // That release ended the sessions of a provider session if the token
                // had one, and otherwise all of the user.
                let (statement, key) = match (&provider_session, &logout.of.user()) {
                    (Some(key), _) => (
                        select_ids!("provider_session = $1", $lock),
                        *key.as_bytes(),
                    ),
                    (None, Some(key)) => (
                        select_ids!("user_key = $1", $lock),
                        *key.as_bytes(),
                    ),
                    (None, None) => return Err("a logout of nobody".into()),
                };
                let ids = sqlx::query_as(statement)
                    .bind(&key[..])
                    .fetch_all(&mut *work)
                    .await?;
                let ended = Self::end_all(&mut work, ids).await?;
                work.commit().await?;
                Ok(ProviderLogoutOutcome::Ended(ended))
            }

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
                .bind((now()? + token.keep_for).unix_timestamp())
                .bind(now()?.unix_timestamp())
                .execute(&mut **work)
                .await?;
                Ok(match done.rows_affected() {
                    0 => WriteOutcome::NotApplied,
                    _ => WriteOutcome::Applied,
                })
            }

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

pub(super) use sql_logouts;
