//! Deleting what has expired.

/// `$lock_free` locks selected rows until the end of the transaction, and skips
/// rows that another transaction has locked; `$lock_free_session` does so with the
/// rows that a statement calls `session`. `$now` and `$now_date` are as in
/// `session_statements!`; both are constant within a statement, so that an index
/// is used.
macro_rules! expired_statements {
    ($store:ident, $lock_free:literal, $lock_free_session:literal, $now:literal, $now_date:literal) => {
        impl $store {
            const DELETE_EXPIRED: &str = concat!(
                "with ended as (
                    select id from tower_sessions where expiry_date <= ",
                $now_date,
                " order by expiry_date limit $1",
                $lock_free,
                ") delete from tower_sessions where id in (select id from ended)"
            );
            const DELETE_EXPIRED_LOGOUTS: &str = concat!(
                "with past as (
                    select token_key from auth_logouts where forget_at <= ",
                $now,
                " / 1000 order by forget_at limit $1",
                $lock_free,
                ") delete from auth_logouts where token_key in (select token_key from past)"
            );
            const DELETE_EXPIRED_USER_LOGOUTS: &str = concat!(
                "with past as (
                    select user_key, ends_all from auth_user_logouts where forget_at <= ",
                $now,
                " / 1000 order by forget_at limit $1",
                $lock_free,
                ") delete from auth_user_logouts
                 where (user_key, ends_all) in (select user_key, ends_all from past)"
            );

            const DELETE_OLD_USER_CHANGES: &str = concat!(
                "with past as (
                    select user_key from auth_user_changes where forget_at <= ",
                $now,
                " / 1000 order by forget_at limit $1",
                $lock_free,
                ") delete from auth_user_changes where user_key in (select user_key from past)"
            );

            /// Expired sessions with, for each, whether its grant may be that of a
            /// session that has not expired: of one in the same provider session or,
            /// if that is unknown, of one of the same user.
            const SELECT_EXPIRED: &str = concat!(
                "select session.id,
                 exists (
                    select 1 from auth_sessions as other
                    join tower_sessions as alive on alive.id = other.session_id
                    where other.provider_session = owned.provider_session
                    and other.session_id <> session.id and alive.expiry_date > ",
                $now_date,
                ") or owned.provider_session is null and exists (
                    select 1 from auth_sessions as other
                    join tower_sessions as alive on alive.id = other.session_id
                    where other.user_key = owned.user_key
                    and other.session_id <> session.id and alive.expiry_date > ",
                $now_date,
                ")
                 from tower_sessions as session
                 left join auth_sessions as owned on owned.session_id = session.id
                 where session.expiry_date <= ",
                $now_date,
                " order by session.expiry_date limit $1",
                $lock_free_session
            );

            /// Deletes at most `limit` sessions. Returns their number, and those
            /// that had tokens.
            pub(crate) async fn take_expired(
                &self,
                limit: u32,
            ) -> Result<(u64, Vec<auth_core::EndedSession>), SqlError> {
                let mut tx = self.begin().await?;
                let expired: Vec<(String, bool)> = sqlx::query_as(Self::SELECT_EXPIRED)
                    .bind(i64::from(limit))
                    .fetch_all(&mut *tx)
                    .await?;
                let count = expired.len() as u64;
                let (shared, own): (Vec<_>, Vec<_>) =
                    expired.into_iter().partition(|(_, is_shared)| *is_shared);
                let ids =
                    |rows: Vec<(String, bool)>| rows.into_iter().map(|(id, _)| (id,)).collect();
                let shared = Self::end_all(&mut tx, ids(shared)).await?;
                let mut ended = Self::end_all(&mut tx, ids(own)).await?;
                ended.extend(
                    shared
                        .into_iter()
                        .map(|session| session.with_grant(auth_core::GrantUse::MayBeShared)),
                );
                tx.commit().await?;
                Ok((count, ended))
            }

            /// Deletes at most `limit` rows: sessions first, then reports that
            /// need not be remembered any more.
            pub(crate) async fn delete_expired(&self, limit: u32) -> Result<u64, SqlError> {
                let sessions = sqlx::query(Self::DELETE_EXPIRED)
                    .bind(i64::from(limit))
                    .execute(&self.writer()?)
                    .await?
                    .rows_affected();
                let left = u64::from(limit).saturating_sub(sessions);
                let reports = self.delete_old_reports(u32::try_from(left)?).await?;
                Ok(sessions + reports)
            }

            /// Deletes at most `limit` reports that need not be remembered any more.
            pub(crate) async fn delete_old_reports(&self, limit: u32) -> Result<u64, SqlError> {
                let mut left = u64::from(limit);
                for statement in [
                    Self::DELETE_EXPIRED_LOGOUTS,
                    Self::DELETE_EXPIRED_USER_LOGOUTS,
                    Self::DELETE_OLD_USER_CHANGES,
                ] {
                    if left == 0 {
                        break;
                    }
                    let deleted = sqlx::query(statement)
                        .bind(i64::try_from(left)?)
                        .execute(&self.writer()?)
                        .await?
                        .rows_affected();
                    left = left.saturating_sub(deleted);
                }
                Ok(u64::from(limit) - left)
            }
        }
    };
}

pub(crate) use expired_statements;
