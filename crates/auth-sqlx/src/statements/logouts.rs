//! Logouts that the provider requests (OpenID Connect Back-Channel Logout 1.0).
//!
//! A session may be created while its provider session or its user is being
//! logged out. So `create` and `apply_provider_logout` both lock these before
//! they read what the other has written. There may be no row to lock yet, so
//! the lock is not one on a row. It is the first lock that a transaction takes.

use time::OffsetDateTime;

/// Whether a session may begin.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Admission {
    Admitted {
        /// It begins at this time of the database's clock.
        at: OffsetDateTime,
        /// Since when its claims are known to be old: a change was reported after
        /// the provider was asked for them.
        claims_stale_since: Option<OffsetDateTime>,
    },
    /// A logout ended it before it began.
    Refused,
}

/// `$lock` and `$now` are as in `session_statements!`.
macro_rules! logout_statements {
    ($store:ident, $lock:literal, $now:literal) => {
        const _: () = {
            use auth_core::{
                LogoutTarget, NewSession, ProviderLogout, ProviderLogoutOutcome, RememberedToken,
                UserIdHash, UserLogoutScope, WriteOutcome,
            };
            use $crate::{
                rows::{milliseconds, time_of},
                statements::{Admission, select_ids},
            };

            impl $store {
                pub(crate) async fn apply_provider_logout(
                    &self,
                    logout: &ProviderLogout,
                ) -> Result<ProviderLogoutOutcome, SqlError> {
                    let provider_session = logout.of.provider_session();
                    let user = logout.of.user();
                    let mut tx = self.begin().await?;
                    Self::lock_sign_ins(&mut tx, provider_session.as_ref(), user.as_ref()).await?;
                    let key = provider_session.as_ref().map(|key| &key.as_bytes()[..]);
                    if Self::remember(&mut tx, &logout.token, key).await? == WriteOutcome::NotApplied
                    {
                        // PostgreSQL has locked the row. Dropping the transaction
                        // would unlock it some time later.
                        tx.rollback().await?;
                        return Ok(ProviderLogoutOutcome::Replayed);
                    }
                    if let Some(user) = &user {
                        Self::refuse_sign_ins(&mut tx, user, logout).await?;
                    }
                    let statement = match &logout.of {
                        LogoutTarget::User(_) => select_ids!(
                            "user_key = $2 and $1 is null
                             and (issued_at is null or issued_at <= $3)",
                            $lock
                        ),
                        _ => select_ids!(
                            "provider_session = $1 or user_key = $2 and provider_session is null
                             and (issued_at is null or issued_at <= $3)",
                            $lock
                        ),
                    };
                    let ids = sqlx::query_as(statement)
                        .bind(key)
                        .bind(user.as_ref().map(|key| &key.as_bytes()[..]))
                        .bind(milliseconds(logout.issued_at)?)
                        .fetch_all(&mut *tx)
                        .await?;
                    let ended = Self::end_all(&mut tx, ids).await?;
                    tx.commit().await?;
                    Ok(ProviderLogoutOutcome::Ended(ended))
                }

                /// Remembers a report, unless it is remembered already; with the
                /// provider session in which no session may begin.
                pub(crate) async fn remember(
                    tx: &mut Tx,
                    token: &RememberedToken,
                    provider_session: Option<&[u8]>,
                ) -> Result<WriteOutcome, SqlError> {
                    let done = sqlx::query(concat!(
                        "insert into auth_logouts (token_key, provider_session, forget_at)
                         values ($1, $2, $3 + ",
                        $now,
                        " / 1000)
                         on conflict (token_key) do update set
                         provider_session = excluded.provider_session,
                         forget_at = excluded.forget_at
                         where auth_logouts.forget_at <= ",
                        $now,
                        " / 1000"
                    ))
                    .bind(&token.key.as_bytes()[..])
                    .bind(provider_session)
                    .bind(i64::try_from(token.keep_for.as_secs())?)
                    .execute(&mut **tx)
                    .await?;
                    Ok(match done.rows_affected() {
                        0 => WriteOutcome::NotApplied,
                        _ => WriteOutcome::Applied,
                    })
                }

                /// Remembers that sign-ins of a user that were under way begin no
                /// session. Of two logouts the later one counts.
                async fn refuse_sign_ins(
                    tx: &mut Tx,
                    user: &UserIdHash,
                    logout: &ProviderLogout,
                ) -> Result<(), SqlError> {
                    let ends_all = logout.of.user_scope() == UserLogoutScope::All;
                    sqlx::query(concat!(
                        "insert into auth_user_logouts (user_key, ends_all, issued_at, forget_at)
                         values ($1, $2, $3, $4 + ",
                        $now,
                        " / 1000)
                         on conflict (user_key, ends_all) do update set
                         issued_at = case when excluded.issued_at > auth_user_logouts.issued_at
                             then excluded.issued_at else auth_user_logouts.issued_at end,
                         forget_at = case when excluded.forget_at > auth_user_logouts.forget_at
                             then excluded.forget_at else auth_user_logouts.forget_at end"
                    ))
                    .bind(&user.as_bytes()[..])
                    .bind(i64::from(ends_all))
                    .bind(milliseconds(logout.issued_at)?)
                    .bind(i64::try_from(logout.token.keep_for.as_secs())?)
                    .execute(&mut **tx)
                    .await?;
                    Ok(())
                }

                /// Returns whether the session may begin, when, and with what mark. The
                /// transaction
                /// must hold the lock on its provider session and its user.
                pub(crate) async fn admit(
                    tx: &mut Tx,
                    session: &NewSession,
                ) -> Result<Admission, SqlError> {
                    let provider_session = session.provider_session.as_ref();
                    let (now, refusals, changes): (i64, i64, i64) = sqlx::query_as(concat!(
                        "select ",
                        $now,
                        ", (select count(*) from auth_logouts
                            where provider_session = $1 and forget_at > ",
                        $now,
                        " / 1000)
                         + (select count(*) from auth_user_logouts
                            where user_key = $2 and issued_at >= $3
                            and (ends_all = 1 or $1 is null) and forget_at > ",
                        $now,
                        " / 1000),
                         (select count(*) from auth_user_changes
                          where user_key = $2 and changed_at >= $4 and forget_at > ",
                        $now,
                        " / 1000)"
                    ))
                    .bind(provider_session.map(|key| &key.as_bytes()[..]))
                    .bind(&session.user.as_bytes()[..])
                    .bind(milliseconds(session.issued_at)?)
                    .bind(milliseconds(session.claims_asked_at)?)
                    .fetch_one(&mut **tx)
                    .await?;
                    let at = time_of(now)?;
                    Ok(match refusals {
                        0 => Admission::Admitted {
                            at,
                            claims_stale_since: (changes > 0).then_some(at),
                        },
                        _ => Admission::Refused,
                    })
                }
            }
        };
    };
}

pub(crate) use logout_statements;
