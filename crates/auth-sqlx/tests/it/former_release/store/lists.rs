//! Listing sessions, and ending those of a user.

macro_rules! select_sessions {
    ($which:literal) => {
        concat!(
            "select owned.session_key, owned.user_key, session.data, tokens.sealed,
                owned.sealed_device, owned.begun_at, owned.used_at, session.expiry_date
             from auth_sessions as owned
             join tower_sessions as session on session.id = owned.session_id
             join auth_tokens as tokens on tokens.session_id = owned.session_id
             where session.expiry_date > $1 and ",
            $which
        )
    };
}

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

macro_rules! sql_lists {
    ($store:ident, $lock:literal) => {
        impl $store {
            pub(super) async fn list_for_user(
                &self,
                user: &UserIdHash,
                most: u32,
            ) -> Result<Vec<SessionRow>, SqlError> {
                let found: Vec<Columns> = sqlx::query_as(select_sessions!(
                    "owned.user_key = $2
                     order by owned.used_at desc, owned.session_key limit $3"
                ))
                .bind(now()?)
                .bind(&user.as_bytes()[..])
                .bind(i64::from(most))
                .fetch_all(&self.reader()?)
                .await?;
                Ok(found.into_iter().filter_map(session_row).collect())
            }

            pub(super) async fn list_page(
                &self,
                after: Option<SessionIdHash>,
                most: u32,
            ) -> Result<Vec<SessionRow>, SqlError> {
                let after = after.as_ref().map_or(&[][..], |key| &key.as_bytes()[..]);
                let found: Vec<Columns> = sqlx::query_as(select_sessions!(
                    "owned.session_key > $2 order by owned.session_key limit $3"
                ))
                .bind(now()?)
                .bind(after)
                .bind(i64::from(most))
                .fetch_all(&self.reader()?)
                .await?;
                Ok(found.into_iter().filter_map(session_row).collect())
            }

            pub(super) async fn delete_for_user(
                &self,
                user: &UserIdHash,
                which: UserSessions,
            ) -> Result<Vec<EndedSession>, SqlError> {
                let (one, all_but) = match &which {
                    UserSessions::One(key) => (Some(&key.as_bytes()[..]), None),
                    UserSessions::AllExcept(key) => (None, Some(&key.as_bytes()[..])),
                    UserSessions::All => (None, None),
                };
                let mut work = self.begin().await?;
                let ids = sqlx::query_as(select_ids!(
                    "user_key = $1 and session_key = coalesce($2, session_key)
                     and ($3 is null or session_key <> $3)",
                    $lock
                ))
                .bind(&user.as_bytes()[..])
                .bind(one)
                .bind(all_but)
                .fetch_all(&mut *work)
                .await?;
                let ended = Self::end_all(&mut work, ids).await?;
                work.commit().await?;
                Ok(ended)
            }
        }
    };
}

pub(super) use {select_ids, select_sessions, sql_lists};
