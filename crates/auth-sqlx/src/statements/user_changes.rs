//! Changes of users that the provider reports, and the mark of sessions whose
//! claims are known to be old.

/// `$lock` and `$now` are as in `session_statements!`.
macro_rules! user_change_statements {
    ($store:ident, $lock:literal, $now:literal) => {
        const _: () = {
            use auth_core::{
                LogoutTokenIdHash, SessionIdHash, UserChange, UserChangeKind, WriteOutcome,
            };
            use time::OffsetDateTime;
            use $crate::{
                rows::{milliseconds, row_id},
                statements::select_ids,
            };

            impl $store {
                pub(crate) async fn apply_user_change(
                    &self,
                    change: &UserChange,
                ) -> Result<WriteOutcome, SqlError> {
                    let mut tx = self.begin().await?;
                    if Self::remember(&mut tx, &change.token, None).await?
                        == WriteOutcome::NotApplied
                    {
                        // As in `apply_provider_logout`.
                        tx.rollback().await?;
                        return Ok(WriteOutcome::NotApplied);
                    }
                    // In the order of their hashes, so that two transactions do not
                    // wait for each other.
                    let mut users = change.users.clone();
                    users.sort_unstable_by_key(|user| *user.as_bytes());
                    for user in &users {
                        let user = &user.as_bytes()[..];
                        let change = match change.kind {
                            UserChangeKind::Reinstated(at) => sqlx::query(
                                "delete from auth_user_logouts
                                 where user_key = $1 and issued_at <= $2",
                            )
                            .bind(user)
                            .bind(milliseconds(at)?),
                            _ => {
                                sqlx::query(select_ids!("user_key = $1", $lock))
                                    .bind(user)
                                    .fetch_all(&mut *tx)
                                    .await?;
                                sqlx::query(concat!(
                                    "update tower_sessions set claims_stale_since =
                                     case when claims_stale_since >= ",
                                    $now,
                                    " then claims_stale_since + 1 else ",
                                    $now,
                                    " end where id in (
                                        select session_id from auth_sessions
                                        where user_key = $1)"
                                ))
                                .bind(user)
                            }
                        };
                        change.execute(&mut *tx).await?;
                    }
                    tx.commit().await?;
                    Ok(WriteOutcome::Applied)
                }

                pub(crate) async fn forget_report(
                    &self,
                    key: &LogoutTokenIdHash,
                ) -> Result<(), SqlError> {
                    sqlx::query("delete from auth_logouts where token_key = $1")
                        .bind(&key.as_bytes()[..])
                        .execute(&self.writer()?)
                        .await?;
                    Ok(())
                }

                pub(crate) async fn clear_claims_stale_since(
                    &self,
                    key: &SessionIdHash,
                    since: OffsetDateTime,
                ) -> Result<(), SqlError> {
                    sqlx::query(
                        "update tower_sessions set claims_stale_since = null
                         where id = $1 and claims_stale_since = $2",
                    )
                    .bind(row_id(key).to_string())
                    .bind(milliseconds(since)?)
                    .execute(&self.writer()?)
                    .await?;
                    Ok(())
                }
            }
        };
    };
}

pub(crate) use user_change_statements;
