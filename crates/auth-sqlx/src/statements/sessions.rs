//! Creating, reading, extending and ending sessions.

/// `$lock` locks selected rows until the end of the transaction.
///
/// `$now` is the time of the database's clock in milliseconds, and `$now_date` in
/// whole seconds, as expiry dates are stored. No clock of a server decides when a
/// session ends.
macro_rules! session_statements {
    ($store:ident, $lock:literal, $now:literal, $now_date:literal) => {
        const _: () = {
            use std::time::Duration;

            use auth_core::{
                EndedSession, NewSession, SessionIdHash, SessionRow, StoredSession, TokensVersion,
                WriteOutcome,
            };
            use time::OffsetDateTime;
            use tower_sessions_core::session::Id;
            use $crate::{
                rows::{
                    decode_sealed, encode_record, key_of, milliseconds, row_id, stored_session, time_of,
                },
                statements::Admission,
            };

            impl $store {
                pub(crate) async fn check(&self) -> Result<(), SqlError> {
                    sqlx::query("select 1 from tower_sessions limit 1")
                        .fetch_optional(&self.reader()?)
                        .await?;
                    Ok(())
                }

                pub(crate) async fn now(&self) -> Result<OffsetDateTime, SqlError> {
                    let (now,): (i64,) = sqlx::query_as(concat!("select ", $now))
                        .fetch_one(&self.reader()?)
                        .await?;
                    time_of(now)
                }

                pub(crate) async fn create(
                    &self,
                    session: NewSession,
                ) -> Result<WriteOutcome, SqlError> {
                    let id = row_id(&session.key);
                    let mut tx = self.begin().await?;
                    Self::lock_sign_ins(
                        &mut tx,
                        session.provider_session.as_ref(),
                        Some(&session.user),
                    )
                    .await?;
                    let admission = Self::admit(&mut tx, &session).await?;
                    let Admission::Admitted {
                        at,
                        claims_stale_since,
                    } = admission
                    else {
                        return Ok(WriteOutcome::NotApplied);
                    };
                    let begun_at = at.replace_nanosecond(0)?;
                    let expires_at = begun_at + session.lifetime;
                    let data = encode_record(id, &session.sealed, expires_at)?;
                    let id = id.to_string();
                    // Not with the `create` of tower-sessions: if the key exists
                    // already, it draws another one.
                    sqlx::query(
                        "insert into tower_sessions (id, data, expiry_date, claims_stale_since)
                         values ($1, $2, $3, $4)",
                    )
                    .bind(&id)
                    .bind(data)
                    .bind(expires_at)
                    .bind(claims_stale_since.map(milliseconds).transpose()?)
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
                          provider_session, issued_at)
                         values ($1, $2, $3, $4, $4, $5, $6, $7)",
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
                    .bind(milliseconds(session.issued_at)?)
                    .execute(&mut *tx)
                    .await?;
                    tx.commit().await?;
                    Ok(WriteOutcome::Applied)
                }

                pub(crate) async fn load(
                    &self,
                    key: &SessionIdHash,
                ) -> Result<Option<StoredSession>, SqlError> {
                    let columns = self.read_session(row_id(key)).await?;
                    columns
                        .map(|columns| stored_session(key, &columns))
                        .transpose()
                }

                pub(crate) async fn extend(
                    &self,
                    key: &SessionIdHash,
                    from: OffsetDateTime,
                    lifetime: Duration,
                ) -> Result<Option<OffsetDateTime>, SqlError> {
                    let id = row_id(key);
                    let mut tx = self.begin().await?;
                    let found: Option<(Vec<u8>, i64)> = sqlx::query_as(concat!(
                        "select data, ",
                        $now,
                        " from tower_sessions where id = $1 and expiry_date = $2
                         and expiry_date > ",
                        $now_date,
                        $lock
                    ))
                    .bind(id.to_string())
                    .bind(from)
                    .fetch_optional(&mut *tx)
                    .await?;
                    let Some((data, now)) = found else {
                        return Ok(None);
                    };
                    let used_at = time_of(now)?.replace_nanosecond(0)?;
                    let to = used_at + lifetime;
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
                    tx.commit().await?;
                    Ok(Some(to))
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
