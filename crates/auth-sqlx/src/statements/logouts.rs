//! Logouts that the provider requests (OpenID Connect Back-Channel Logout 1.0,
//! Front-Channel Logout 1.0).
//!
//! A session may be created while its provider session is being logged out. So
//! `create` and `apply_provider_logout` both lock the provider session before
//! they read what the other has written. There may be no row to lock yet, so
//! the lock is not one on a row. It is the first lock that a transaction takes.

/// `$lock` and `$lock_free` are as in `session_statements!`.
macro_rules! logout_statements {
    ($store:ident, $lock:literal, $lock_free:literal) => {
        const _: () = {
            use auth_core::{
                LogoutTarget, ProviderLogout, ProviderLogoutOutcome, ProviderSessionIdHash,
                RememberedToken, WriteOutcome,
            };
            use $crate::{rows::now, statements::select_ids};

            impl $store {
                const DELETE_EXPIRED_LOGOUTS: &str = concat!(
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
                    let mut tx = self.begin().await?;
                    if let Some(key) = &provider_session {
                        Self::lock_provider_session(&mut tx, key).await?;
                    }
                    if let Some(token) = &logout.token
                        && Self::remember(&mut tx, token, provider_session).await?
                            == WriteOutcome::NotApplied
                    {
                        // PostgreSQL has locked the row. Dropping the transaction
                        // would unlock it some time later.
                        tx.rollback().await?;
                        return Ok(ProviderLogoutOutcome::Replayed);
                    }
                    let (statement, key) = match &logout.of {
                        LogoutTarget::ProviderSession(key) => {
                            (select_ids!("provider_session = $1", $lock), key.as_bytes())
                        }
                        LogoutTarget::User(key) => {
                            (select_ids!("user_key = $1", $lock), key.as_bytes())
                        }
                    };
                    let ids = sqlx::query_as(statement)
                        .bind(&key[..])
                        .fetch_all(&mut *tx)
                        .await?;
                    let ended = Self::end_all(&mut tx, ids).await?;
                    tx.commit().await?;
                    Ok(ProviderLogoutOutcome::Ended(ended))
                }

                /// Remembers a logout token, unless it is remembered already.
                async fn remember(
                    tx: &mut Tx,
                    token: &RememberedToken,
                    provider_session: Option<ProviderSessionIdHash>,
                ) -> Result<WriteOutcome, SqlError> {
                    let done = sqlx::query(
                        "insert into auth_logouts (token_key, provider_session, forget_at)
                         values ($1, $2, $3)
                         on conflict (token_key) do update set
                         provider_session = excluded.provider_session,
                         forget_at = excluded.forget_at
                         where auth_logouts.forget_at <= $4",
                    )
                    .bind(&token.key.as_bytes()[..])
                    .bind(provider_session.as_ref().map(|key| &key.as_bytes()[..]))
                    .bind(token.until.unix_timestamp())
                    .bind(now()?.unix_timestamp())
                    .execute(&mut **tx)
                    .await?;
                    Ok(match done.rows_affected() {
                        0 => WriteOutcome::NotApplied,
                        _ => WriteOutcome::Applied,
                    })
                }

                /// Returns whether a logout of the provider session is
                /// remembered. The transaction must hold the lock on it.
                async fn is_logged_out(
                    tx: &mut Tx,
                    key: &ProviderSessionIdHash,
                ) -> Result<bool, SqlError> {
                    let found = sqlx::query(
                        "select 1 from auth_logouts where provider_session = $1 and forget_at > $2
                         limit 1",
                    )
                    .bind(&key.as_bytes()[..])
                    .bind(now()?.unix_timestamp())
                    .fetch_optional(&mut **tx)
                    .await?;
                    Ok(found.is_some())
                }
            }
        };
    };
}

pub(crate) use logout_statements;
