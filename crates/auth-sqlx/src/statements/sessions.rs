//! Creating, reading, extending and ending sessions.

/// `$lock` locks selected rows until the end of the transaction. `$lock_free`
/// does so too, and skips rows that another transaction has locked.
macro_rules! session_statements {
    ($store:ident, $lock:literal, $lock_free:literal) => {
        const _: () = {
            use auth_core::{
                EndedSession, NewSession, SessionIdHash, SessionRow, StoredSession, TokensVersion,
                WriteOutcome,
            };
            use time::OffsetDateTime;
            use tower_sessions_core::{SessionStore as _, session::Id, session_store};
            use $crate::rows::{decode_sealed, encode_record, key_of, row_id, sealed_in};

            impl $store {
                pub(crate) async fn check(&self) -> Result<(), SqlError> {
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

                pub(crate) async fn delete_expired(
                    &self,
                    now: OffsetDateTime,
                    limit: u32,
                ) -> Result<u64, SqlError> {
                    let limit = u64::from(limit);
                    let sessions = sqlx::query(Self::DELETE_EXPIRED)
                        .bind(now.replace_nanosecond(0)?)
                        .bind(i64::try_from(limit)?)
                        .execute(&self.writer()?)
                        .await?
                        .rows_affected();
                    let left = limit.saturating_sub(sessions);
                    if left == 0 {
                        return Ok(sessions);
                    }
                    let logouts = sqlx::query(Self::DELETE_EXPIRED_LOGOUTS)
                        .bind(now.unix_timestamp())
                        .bind(i64::try_from(left)?)
                        .execute(&self.writer()?)
                        .await?
                        .rows_affected();
                    Ok(sessions + logouts)
                }

                pub(crate) async fn create(
                    &self,
                    session: NewSession,
                ) -> Result<WriteOutcome, SqlError> {
                    let id = row_id(&session.key);
                    let data = encode_record(id, &session.sealed, session.expires_at)?;
                    let id = id.to_string();
                    let mut tx = self.begin().await?;
                    if let Some(key) = &session.provider_session {
                        Self::lock_provider_session(&mut tx, key).await?;
                        if Self::is_logged_out(&mut tx, key).await? {
                            return Ok(WriteOutcome::NotApplied);
                        }
                    }
                    // Not with the `create` of tower-sessions: if the key exists
                    // already, it draws another one.
                    sqlx::query(
                        "insert into tower_sessions (id, data, expiry_date) values ($1, $2, $3)",
                    )
                    .bind(&id)
                    .bind(data)
                    .bind(session.expires_at)
                    .execute(&mut *tx)
                    .await?;
                    sqlx::query("insert into auth_tokens (session_id, sealed) values ($1, $2)")
                        .bind(&id)
                        .bind(&session.sealed_tokens)
                        .execute(&mut *tx)
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
                    .bind(session.begun_at.unix_timestamp())
                    .bind(&session.sealed_device)
                    .bind(
                        session
                            .provider_session
                            .as_ref()
                            .map(|key| &key.as_bytes()[..]),
                    )
                    .execute(&mut *tx)
                    .await?;
                    tx.commit().await?;
                    Ok(WriteOutcome::Applied)
                }

                pub(crate) async fn load(
                    &self,
                    key: &SessionIdHash,
                ) -> Result<Option<StoredSession>, SqlError> {
                    let id = row_id(key);
                    let reason = match self.tower_sessions()?.load(&id).await {
                        Ok(found) => {
                            return Ok(found.map(|record| {
                                StoredSession::new(sealed_in(&record), record.expiry_date)
                            }));
                        }
                        Err(session_store::Error::Decode(reason)) => reason,
                        Err(error) => return Err(error.into()),
                    };
                    tracing::error!(
                        ?key,
                        reason,
                        "a row of tower_sessions cannot be decoded; its user has to sign in again"
                    );
                    let expires_at: Option<(OffsetDateTime,)> =
                        sqlx::query_as("select expiry_date from tower_sessions where id = $1")
                            .bind(id.to_string())
                            .fetch_optional(&self.reader()?)
                            .await?;
                    Ok(expires_at.map(|(at,)| StoredSession::new(Vec::new(), at)))
                }

                pub(crate) async fn extend(
                    &self,
                    key: &SessionIdHash,
                    from: OffsetDateTime,
                    to: OffsetDateTime,
                    used_at: OffsetDateTime,
                ) -> Result<(), SqlError> {
                    let id = row_id(key);
                    let mut tx = self.begin().await?;
                    let found: Option<(Vec<u8>,)> = sqlx::query_as(concat!(
                        "select data from tower_sessions where id = $1 and expiry_date = $2",
                        $lock
                    ))
                    .bind(id.to_string())
                    .bind(from)
                    .fetch_optional(&mut *tx)
                    .await?;
                    let Some((data,)) = found else {
                        return Ok(());
                    };
                    // The record contains the expiry date too, so it is written
                    // again.
                    sqlx::query("update tower_sessions set data = $2, expiry_date = $3 where id = $1")
                        .bind(id.to_string())
                        .bind(encode_record(id, &decode_sealed(&data), to)?)
                        .bind(to)
                        .execute(&mut *tx)
                        .await?;
                    sqlx::query("update auth_sessions set used_at = $2 where session_id = $1")
                        .bind(id.to_string())
                        .bind(used_at.unix_timestamp())
                        .execute(&mut *tx)
                        .await?;
                    Ok(tx.commit().await?)
                }

                pub(crate) async fn compare_and_swap(
                    &self,
                    key: &SessionIdHash,
                    old: &[u8],
                    new: &[u8],
                ) -> Result<WriteOutcome, SqlError> {
                    let mut tx = self.begin().await?;
                    let outcome = Self::replace_sealed(&mut tx, row_id(key), old, new).await?;
                    tx.commit().await?;
                    Ok(outcome)
                }

                pub(crate) async fn delete(
                    &self,
                    key: &SessionIdHash,
                ) -> Result<Option<Vec<u8>>, SqlError> {
                    let id = row_id(key).to_string();
                    let mut tx = self.begin().await?;
                    Self::lock_session(&mut tx, &id).await?;
                    let tokens = Self::end(&mut tx, &id).await?;
                    tx.commit().await?;
                    Ok(tokens)
                }

                pub(crate) async fn delete_if_version(
                    &self,
                    key: &SessionIdHash,
                    version: TokensVersion,
                ) -> Result<WriteOutcome, SqlError> {
                    let id = row_id(key).to_string();
                    let mut tx = self.begin().await?;
                    Self::lock_session(&mut tx, &id).await?;
                    let unchanged =
                        sqlx::query("delete from auth_tokens where session_id = $1 and version = $2")
                            .bind(&id)
                            .bind(version)
                            .execute(&mut *tx)
                            .await?;
                    if unchanged.rows_affected() == 0 {
                        return Ok(WriteOutcome::NotApplied);
                    }
                    Self::end(&mut tx, &id).await?;
                    tx.commit().await?;
                    Ok(WriteOutcome::Applied)
                }

                pub(crate) async fn reseal(
                    &self,
                    old: &SessionRow,
                    new: &SessionRow,
                ) -> Result<(), SqlError> {
                    let id = row_id(&old.key);
                    let mut tx = self.begin().await?;
                    Self::replace_sealed(&mut tx, id, &old.sealed, &new.sealed).await?;
                    sqlx::query(
                        "update auth_tokens set sealed = $3 where session_id = $1 and sealed = $2",
                    )
                    .bind(id.to_string())
                    .bind(&old.sealed_tokens)
                    .bind(&new.sealed_tokens)
                    .execute(&mut *tx)
                    .await?;
                    sqlx::query(
                        "update auth_sessions set sealed_device = $3
                         where session_id = $1 and sealed_device = $2",
                    )
                    .bind(id.to_string())
                    .bind(&old.sealed_device)
                    .bind(&new.sealed_device)
                    .execute(&mut *tx)
                    .await?;
                    Ok(tx.commit().await?)
                }

                /// Replaces the sealed session if it is still `old`. Locks the
                /// session until the end of the transaction.
                async fn replace_sealed(
                    tx: &mut Tx,
                    id: Id,
                    old: &[u8],
                    new: &[u8],
                ) -> Result<WriteOutcome, SqlError> {
                    let found: Option<(Vec<u8>, OffsetDateTime)> = sqlx::query_as(concat!(
                        "select data, expiry_date from tower_sessions where id = $1",
                        $lock
                    ))
                    .bind(id.to_string())
                    .fetch_optional(&mut **tx)
                    .await?;
                    let Some((_, expires_at)) = found.filter(|(data, _)| decode_sealed(data) == old) else {
                        return Ok(WriteOutcome::NotApplied);
                    };
                    // With the current expiry date, which may have changed since
                    // `old` was read.
                    sqlx::query("update tower_sessions set data = $2 where id = $1")
                        .bind(id.to_string())
                        .bind(encode_record(id, new, expires_at)?)
                        .execute(&mut **tx)
                        .await?;
                    Ok(WriteOutcome::Applied)
                }

                /// Locks a session until the end of the transaction.
                async fn lock_session(tx: &mut Tx, id: &str) -> Result<(), SqlError> {
                    sqlx::query(concat!(
                        "select id from tower_sessions where id = $1",
                        $lock
                    ))
                    .bind(id)
                    .fetch_optional(&mut **tx)
                    .await?;
                    Ok(())
                }

                /// Deletes sessions that the transaction has locked.
                async fn end_all(
                    tx: &mut Tx,
                    ids: Vec<(String,)>,
                ) -> Result<Vec<EndedSession>, SqlError> {
                    let mut ended = Vec::with_capacity(ids.len());
                    for (id,) in ids {
                        if let Some(tokens) = Self::end(tx, &id).await? {
                            ended.push(EndedSession::new(key_of(&id)?, tokens));
                        }
                    }
                    Ok(ended)
                }

                /// Deletes a session that the transaction has locked, and returns
                /// its tokens. Waits for a transaction that is saving tokens, and
                /// returns those.
                async fn end(tx: &mut Tx, id: &str) -> Result<Option<Vec<u8>>, SqlError> {
                    let tokens: Option<(Vec<u8>,)> = sqlx::query_as(
                        "delete from auth_tokens where session_id = $1 returning sealed",
                    )
                    .bind(id)
                    .fetch_optional(&mut **tx)
                    .await?;
                    let session = sqlx::query("delete from tower_sessions where id = $1")
                        .bind(id)
                        .execute(&mut **tx)
                        .await?;
                    Ok((session.rows_affected() > 0)
                        .then(|| tokens.map_or_else(Vec::new, |(sealed,)| sealed)))
                }
            }
        };
    };
}

pub(crate) use session_statements;
