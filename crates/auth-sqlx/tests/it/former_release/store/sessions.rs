//! Creating, reading, extending and ending sessions.

macro_rules! sql_sessions {
    ($store:ident, $lock:literal, $lock_free:literal) => {
        impl $store {
            pub(super) async fn check(&self) -> Result<(), SqlError> {
                sqlx::query("select 1 from tower_sessions limit 1")
                    .fetch_optional(&self.reader()?)
                    .await?;
                Ok(())
            }

            const DELETE_EXPIRED: &str = concat!(
                "with ended as (
                    select id from tower_sessions where expiry_date <= $1
                    order by expiry_date limit $2",
                $lock_free,
                ") delete from tower_sessions where id in (select id from ended)"
            );

            pub(super) async fn delete_expired(
                &self,
                now: OffsetDateTime,
                most: u32,
            ) -> Result<u64, SqlError> {
                let most = u64::from(most);
                let sessions = sqlx::query(Self::DELETE_EXPIRED)
                    .bind(now.replace_nanosecond(0)?)
                    .bind(i64::try_from(most)?)
                    .execute(&self.writer()?)
                    .await?
                    .rows_affected();
                let left = most.saturating_sub(sessions);
                if left == 0 {
                    return Ok(sessions);
                }
                let logouts = sqlx::query(Self::FORGET_LOGOUTS)
                    .bind(now.unix_timestamp())
                    .bind(i64::try_from(left)?)
                    .execute(&self.writer()?)
                    .await?
                    .rows_affected();
                Ok(sessions + logouts)
            }

            pub(super) async fn create(
                &self,
                session: NewSession,
            ) -> Result<WriteOutcome, SqlError> {
                let begun_at = now()?;
                let expires_at = begun_at + session.lifetime;
                let id = row_id(&session.key);
                let data = packed(id, &session.sealed, expires_at)?;
                let id = id.to_string();
                let mut work = self.begin().await?;
                if let Some(key) = &session.provider_session {
                    Self::lock_provider_session(&mut work, key).await?;
                    if Self::is_logged_out(&mut work, key).await? {
                        return Ok(WriteOutcome::NotApplied);
                    }
                }
                sqlx::query(
                    "insert into tower_sessions (id, data, expiry_date) values ($1, $2, $3)",
                )
                .bind(&id)
                .bind(data)
                .bind(expires_at)
                .execute(&mut *work)
                .await?;
                sqlx::query("insert into auth_tokens (session_id, sealed) values ($1, $2)")
                    .bind(&id)
                    .bind(&session.sealed_tokens)
                    .execute(&mut *work)
                    .await?;
                sqlx::query(
                    "insert into auth_sessions
                     (session_id, session_key, user_key, begun_at, used_at, sealed_device,
                      provider_session)
                     values ($1, $2, $3, $4, $4, $5, $6)",
                )
                .bind(&id)
                .bind(&session.key.as_bytes()[..])
                .bind(&session.user.as_bytes()[..])
                .bind(begun_at.unix_timestamp())
                .bind(&session.sealed_device)
                .bind(
                    session
                        .provider_session
                        .as_ref()
                        .map(|key| &key.as_bytes()[..]),
                )
                .execute(&mut *work)
                .await?;
                work.commit().await?;
                Ok(WriteOutcome::Applied)
            }

            pub(super) async fn load(
                &self,
                key: &SessionIdHash,
            ) -> Result<Option<StoredSession>, SqlError> {
                let (id, read_at) = (row_id(key), OffsetDateTime::now_utc());
                let reason = match self.rows()?.load(&id).await {
                    Ok(found) => {
                        return Ok(found.map(|record| {
                            StoredSession::new(sealed_in(&record), record.expiry_date, read_at)
                        }));
                    }
                    Err(session_store::Error::Decode(reason)) => reason,
                    Err(error) => return Err(error.into()),
                };
                tracing::error!(?key, reason, "the row of a session cannot be read");
                let end: Option<(OffsetDateTime,)> =
                    sqlx::query_as("select expiry_date from tower_sessions where id = $1")
                        .bind(id.to_string())
                        .fetch_optional(&self.reader()?)
                        .await?;
                Ok(end.map(|(end,)| StoredSession::new(Vec::new(), end, read_at)))
            }

            pub(super) async fn extend(
                &self,
                key: &SessionIdHash,
                from: OffsetDateTime,
                lifetime: Duration,
            ) -> Result<Option<OffsetDateTime>, SqlError> {
                let used_at = now()?;
                let to = used_at + lifetime;
                let id = row_id(key);
                let mut work = self.begin().await?;
                let found: Option<(Vec<u8>,)> = sqlx::query_as(concat!(
                    "select data from tower_sessions where id = $1 and expiry_date = $2",
                    $lock
                ))
                .bind(id.to_string())
                .bind(from)
                .fetch_optional(&mut *work)
                .await?;
                let Some((data,)) = found else {
                    return Ok(None);
                };
                sqlx::query("update tower_sessions set data = $2, expiry_date = $3 where id = $1")
                    .bind(id.to_string())
                    .bind(packed(id, &unpacked(&data), to)?)
                    .bind(to)
                    .execute(&mut *work)
                    .await?;
                sqlx::query("update auth_sessions set used_at = $2 where session_id = $1")
                    .bind(id.to_string())
                    .bind(used_at.unix_timestamp())
                    .execute(&mut *work)
                    .await?;
                work.commit().await?;
                Ok(Some(to))
            }

            pub(super) async fn compare_and_swap(
                &self,
                key: &SessionIdHash,
                old: &[u8],
                new: &[u8],
            ) -> Result<WriteOutcome, SqlError> {
                let mut work = self.begin().await?;
                let written = Self::exchange(&mut work, row_id(key), old, new).await?;
                work.commit().await?;
                Ok(written)
            }

            pub(super) async fn delete(
                &self,
                key: &SessionIdHash,
            ) -> Result<Option<Vec<u8>>, SqlError> {
                let id = row_id(key).to_string();
                let mut work = self.begin().await?;
                Self::lock(&mut work, &id).await?;
                let tokens = Self::end(&mut work, &id).await?;
                work.commit().await?;
                Ok(tokens)
            }

            pub(super) async fn delete_if_version(
                &self,
                key: &SessionIdHash,
                version: TokensVersion,
            ) -> Result<WriteOutcome, SqlError> {
                let id = row_id(key).to_string();
                let mut work = self.begin().await?;
                Self::lock(&mut work, &id).await?;
                let unchanged =
                    sqlx::query("delete from auth_tokens where session_id = $1 and version = $2")
                        .bind(&id)
                        .bind(version)
                        .execute(&mut *work)
                        .await?;
                if unchanged.rows_affected() == 0 {
                    return Ok(WriteOutcome::NotApplied);
                }
                Self::end(&mut work, &id).await?;
                work.commit().await?;
                Ok(WriteOutcome::Applied)
            }

            pub(super) async fn reseal(
                &self,
                old: &SessionRow,
                new: &SessionRow,
            ) -> Result<(), SqlError> {
                let id = row_id(&old.key);
                let mut work = self.begin().await?;
                Self::exchange(&mut work, id, &old.sealed, &new.sealed).await?;
                sqlx::query(
                    "update auth_tokens set sealed = $3 where session_id = $1 and sealed = $2",
                )
                .bind(id.to_string())
                .bind(&old.sealed_tokens)
                .bind(&new.sealed_tokens)
                .execute(&mut *work)
                .await?;
                sqlx::query(
                    "update auth_sessions set sealed_device = $3
                     where session_id = $1 and sealed_device = $2",
                )
                .bind(id.to_string())
                .bind(&old.sealed_device)
                .bind(&new.sealed_device)
                .execute(&mut *work)
                .await?;
                Ok(work.commit().await?)
            }

            async fn exchange(
                work: &mut Work,
                id: Id,
                old: &[u8],
                new: &[u8],
            ) -> Result<WriteOutcome, SqlError> {
                let found: Option<(Vec<u8>, OffsetDateTime)> = sqlx::query_as(concat!(
                    "select data, expiry_date from tower_sessions where id = $1",
                    $lock
                ))
                .bind(id.to_string())
                .fetch_optional(&mut **work)
                .await?;
                let Some((_, expires_at)) = found.filter(|(data, _)| unpacked(data) == old) else {
                    return Ok(WriteOutcome::NotApplied);
                };
                sqlx::query("update tower_sessions set data = $2 where id = $1")
                    .bind(id.to_string())
                    .bind(packed(id, new, expires_at)?)
                    .execute(&mut **work)
                    .await?;
                Ok(WriteOutcome::Applied)
            }

            async fn lock(work: &mut Work, id: &str) -> Result<(), SqlError> {
                sqlx::query(concat!(
                    "select id from tower_sessions where id = $1",
                    $lock
                ))
                .bind(id)
                .fetch_optional(&mut **work)
                .await?;
                Ok(())
            }

            async fn end_all(
                work: &mut Work,
                ids: Vec<(String,)>,
            ) -> Result<Vec<EndedSession>, SqlError> {
                let mut ended = Vec::with_capacity(ids.len());
                for (id,) in ids {
                    if let Some(tokens) = Self::end(work, &id).await? {
                        ended.push(EndedSession::new(key_of(&id)?, tokens));
                    }
                }
                Ok(ended)
            }

            async fn end(work: &mut Work, id: &str) -> Result<Option<Vec<u8>>, SqlError> {
                let tokens: Option<(Vec<u8>,)> = sqlx::query_as(
                    "delete from auth_tokens where session_id = $1 returning sealed",
                )
                .bind(id)
                .fetch_optional(&mut **work)
                .await?;
                let session = sqlx::query("delete from tower_sessions where id = $1")
                    .bind(id)
                    .execute(&mut **work)
                    .await?;
                Ok((session.rows_affected() > 0)
                    .then(|| tokens.map_or_else(Vec::new, |(sealed,)| sealed)))
            }
        }
    };
}

pub(super) use sql_sessions;
