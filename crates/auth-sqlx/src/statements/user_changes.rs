//! Changes of users that the provider reports, and the mark of sessions whose
//! claims are known to be old.

/// `$database` is that of sqlx; `$lock` and `$now` are as in `session_statements!`.
///
/// A report can be of many users, so each statement is for all of them.
macro_rules! user_change_statements {
    ($store:ident, $database:ident, $lock:literal, $now:literal) => {
        const _: () = {
            use std::time::Duration;

            use auth_core::{
                LogoutTokenIdHash, SessionIdHash, UserChange, UserChangeKind, UserIdHash,
                WriteOutcome,
            };
            use sqlx::{$database, QueryBuilder};
            use time::OffsetDateTime;
            use $crate::rows::{milliseconds, row_id};

            impl $store {
                pub(crate) async fn apply_user_change(
                    &self,
                    change: &UserChange,
                ) -> Result<WriteOutcome, SqlError> {
                    let mut users = change.users.clone();
                    users.sort_unstable_by_key(|user| *user.as_bytes());
                    users.dedup();
                    let mut tx = self.begin().await?;
                    Self::lock_users(&mut tx, &users).await?;
                    if Self::remember(&mut tx, &change.token, None).await?
                        == WriteOutcome::NotApplied
                    {
                        // As in `apply_provider_logout`.
                        tx.rollback().await?;
                        return Ok(WriteOutcome::NotApplied);
                    }
                    if !users.is_empty() {
                        match change.kind {
                            UserChangeKind::Reinstated(at) => {
                                Self::reinstate(&mut tx, &users, at).await?;
                            }
                            _ => {
                                let keep_for = change.token.keep_for;
                                Self::remember_changes(&mut tx, &users, keep_for).await?;
                                Self::mark_claims(&mut tx, &users).await?;
                            }
                        }
                    }
                    tx.commit().await?;
                    Ok(WriteOutcome::Applied)
                }

                async fn reinstate(
                    tx: &mut Tx,
                    users: &[UserIdHash],
                    at: OffsetDateTime,
                ) -> Result<(), SqlError> {
                    let mut statement =
                        QueryBuilder::<$database>::new("delete from auth_user_logouts where issued_at <= ");
                    statement.push_bind(milliseconds(at)?).push(" and user_key in ");
                    Self::push_users(&mut statement, users);
                    Self::execute(tx, statement).await
                }

                /// Remembers changes for sessions that are about to begin.
                async fn remember_changes(
                    tx: &mut Tx,
                    users: &[UserIdHash],
                    keep_for: Duration,
                ) -> Result<(), SqlError> {
                    let keep_for = i64::try_from(keep_for.as_secs())?;
                    let mut statement = QueryBuilder::<$database>::new(
                        "insert into auth_user_changes (user_key, changed_at, forget_at) ",
                    );
                    statement.push_values(users, |mut row, user| {
                        row.push_bind(&user.as_bytes()[..])
                            .push($now)
                            .push_bind(keep_for)
                            .push_unseparated(concat!(" + ", $now, " / 1000"));
                    });
                    statement.push(
                        " on conflict (user_key) do update set
                         changed_at = case when excluded.changed_at > auth_user_changes.changed_at
                             then excluded.changed_at else auth_user_changes.changed_at end,
                         forget_at = case when excluded.forget_at > auth_user_changes.forget_at
                             then excluded.forget_at else auth_user_changes.forget_at end",
                    );
                    Self::execute(tx, statement).await
                }

                /// Marks the claims of all sessions of these users as old.
                async fn mark_claims(tx: &mut Tx, users: &[UserIdHash]) -> Result<(), SqlError> {
                    // As in `select_ids!`: in the order of their ids.
                    let mut lock = QueryBuilder::<$database>::new(
                        "select id from tower_sessions where id in (
                         select session_id from auth_sessions where user_key in ",
                    );
                    Self::push_users(&mut lock, users);
                    lock.push(concat!(") order by id", $lock));
                    Self::execute(tx, lock).await?;
                    let mut mark = QueryBuilder::<$database>::new(concat!(
                        "update tower_sessions set claims_stale_since =
                         case when claims_stale_since >= ",
                        $now,
                        " then claims_stale_since + 1 else ",
                        $now,
                        " end where id in (
                         select session_id from auth_sessions where user_key in "
                    ));
                    Self::push_users(&mut mark, users);
                    mark.push(")");
                    Self::execute(tx, mark).await
                }

                /// Adds a list of the users in parentheses.
                fn push_users<'a>(
                    statement: &mut QueryBuilder<'a, $database>,
                    users: &'a [UserIdHash],
                ) {
                    statement.push("(");
                    let mut list = statement.separated(", ");
                    for user in users {
                        list.push_bind(&user.as_bytes()[..]);
                    }
                    list.push_unseparated(")");
                }

                async fn execute(
                    tx: &mut Tx,
                    mut statement: QueryBuilder<'_, $database>,
                ) -> Result<(), SqlError> {
                    // Its text depends on the number of users: not worth keeping.
                    let statement = statement.build().persistent(false);
                    statement.execute(&mut **tx).await?;
                    Ok(())
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
