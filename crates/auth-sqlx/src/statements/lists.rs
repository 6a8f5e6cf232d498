//! Listing sessions, and ending those of a user.

/// Selects the columns that [`session_row`](crate::rows::session_row) reads, of
/// sessions that have not expired.
macro_rules! select_sessions {
    ($now_date:literal, $which:literal) => {
        concat!(
            "select owned.session_key, owned.user_key, session.data, tokens.sealed,
                owned.sealed_device, owned.begun_at, owned.used_at, session.expiry_date
             from auth_sessions as owned
             join tower_sessions as session on session.id = owned.session_id
             join auth_tokens as tokens on tokens.session_id = owned.session_id
             where session.expiry_date > ",
            $now_date,
            " and ",
            $which
        )
    };
}

/// Selects and locks the ids of sessions to end, always in the same order, so
/// that two transactions that end the same sessions do not wait for each other.
macro_rules! select_ids {
    ($which:literal, $lock:literal) => {
        concat!(
            "select id from tower_sessions where id in (
                 select session_id from auth_sessions where ",
            $which,
            ") order by id",
            $lock
        )
    };
}

/// `$lock` and `$now_date` are as in `session_statements!`.
macro_rules! list_statements {
    ($store:ident, $lock:literal, $now_date:literal) => {
        const _: () = {
            use auth_core::{EndedSession, SessionIdHash, SessionRow, UserIdHash, UserSessions};
            use $crate::{
                rows::{Columns, session_row},
                statements::{select_ids, select_sessions},
            };

            impl $store {
                pub(crate) async fn list_for_user(
                    &self,
                    user: &UserIdHash,
                    limit: u32,
                ) -> Result<Vec<SessionRow>, SqlError> {
                    let found: Vec<Columns> = sqlx::query_as(select_sessions!(
                        $now_date,
                        "owned.user_key = $1
                         order by owned.used_at desc, owned.session_key limit $2"
                    ))
                    .bind(&user.as_bytes()[..])
                    .bind(i64::from(limit))
                    .fetch_all(&self.reader()?)
                    .await?;
                    Ok(found.into_iter().filter_map(session_row).collect())
                }

                pub(crate) async fn list_page(
                    &self,
                    after: Option<SessionIdHash>,
                    limit: u32,
                ) -> Result<Vec<SessionRow>, SqlError> {
                    // Every key is greater than an empty one.
                    let after = after.as_ref().map_or(&[][..], |key| &key.as_bytes()[..]);
                    let found: Vec<Columns> = sqlx::query_as(select_sessions!(
                        $now_date,
                        "owned.session_key > $1 order by owned.session_key limit $2"
                    ))
                    .bind(after)
                    .bind(i64::from(limit))
                    .fetch_all(&self.reader()?)
                    .await?;
                    Ok(found.into_iter().filter_map(session_row).collect())
                }

                pub(crate) async fn delete_for_user(
                    &self,
                    user: &UserIdHash,
                    which: UserSessions,
                ) -> Result<Vec<EndedSession>, SqlError> {
                    let (only, except) = match &which {
                        UserSessions::One(key) => (Some(&key.as_bytes()[..]), None),
                        UserSessions::AllExcept(key) => (None, Some(&key.as_bytes()[..])),
                        UserSessions::All => (None, None),
                    };
                    let mut tx = self.begin().await?;
                    let ids = sqlx::query_as(select_ids!(
                        "user_key = $1 and session_key = coalesce($2, session_key)
                         and ($3 is null or session_key <> $3)",
                        $lock
                    ))
                    .bind(&user.as_bytes()[..])
                    .bind(only)
                    .bind(except)
                    .fetch_all(&mut *tx)
                    .await?;
                    let ended = Self::end_all(&mut tx, ids).await?;
                    tx.commit().await?;
                    Ok(ended)
                }
            }
        };
    };
}

pub(crate) use {list_statements, select_ids, select_sessions};
