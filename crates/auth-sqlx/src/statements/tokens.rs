//! Tokens and the leases on them.

/// `$now` and `$now_date` are as in `session_statements!`.
///
/// Each write is one `update … where`: the second of two writers finds no row.
macro_rules! token_statements {
    ($store:ident, $now:literal, $now_date:literal) => {
        const _: () = {
            use std::time::Duration;

            use auth_core::{
                LeaseHolder, LeaseOutcome, SessionIdHash, StoredTokens, TokensVersion, WriteOutcome,
            };
            use $crate::rows::{row_id, time_of};

            impl $store {
                pub(crate) async fn load_tokens(
                    &self,
                    key: &SessionIdHash,
                ) -> Result<Option<StoredTokens>, SqlError> {
                    let found: Option<(Vec<u8>, TokensVersion, Option<i64>)> =
                        sqlx::query_as(concat!(
                            "select tokens.sealed, tokens.version, session.claims_stale_since
                             from auth_tokens as tokens
                             join tower_sessions as session on session.id = tokens.session_id
                             where tokens.session_id = $1 and session.expiry_date > ",
                            $now_date
                        ))
                        .bind(row_id(key).to_string())
                        .fetch_optional(&self.reader()?)
                        .await?;
                    let Some((sealed, version, stale_since)) = found else {
                        return Ok(None);
                    };
                    let stale_since = stale_since.map(time_of).transpose()?;
                    let tokens = StoredTokens::new(sealed, version);
                    Ok(Some(tokens.claims_stale_since(stale_since)))
                }

                pub(crate) async fn lease_tokens(
                    &self,
                    key: &SessionIdHash,
                    version: TokensVersion,
                    holder: LeaseHolder,
                    length: Duration,
                ) -> Result<LeaseOutcome, SqlError> {
                    let done = sqlx::query(concat!(
                        "update auth_tokens set lease_holder = $3, leased_until = $4 + ",
                        $now,
                        " where session_id = $1 and version = $2
                         and (leased_until is null or lease_holder = $3 or leased_until <= ",
                        $now,
                        ")"
                    ))
                    .bind(row_id(key).to_string())
                    .bind(version)
                    .bind(holder)
                    .bind(i64::try_from(length.as_millis())?)
                    .execute(&self.writer()?)
                    .await?;
                    Ok(match done.rows_affected() {
                        0 => LeaseOutcome::Denied,
                        _ => LeaseOutcome::Granted,
                    })
                }

                pub(crate) async fn release_tokens(
                    &self,
                    key: &SessionIdHash,
                    holder: LeaseHolder,
                ) -> Result<(), SqlError> {
                    sqlx::query(
                        "update auth_tokens set lease_holder = null, leased_until = null
                         where session_id = $1 and lease_holder = $2",
                    )
                    .bind(row_id(key).to_string())
                    .bind(holder)
                    .execute(&self.writer()?)
                    .await?;
                    Ok(())
                }

                pub(crate) async fn save_tokens(
                    &self,
                    key: &SessionIdHash,
                    version: TokensVersion,
                    sealed: &[u8],
                ) -> Result<WriteOutcome, SqlError> {
                    let done = sqlx::query(
                        "update auth_tokens set sealed = $3, version = version + 1,
                         lease_holder = null, leased_until = null
                         where session_id = $1 and version = $2",
                    )
                    .bind(row_id(key).to_string())
                    .bind(version)
                    .bind(sealed)
                    .execute(&self.writer()?)
                    .await?;
                    Ok(match done.rows_affected() {
                        0 => WriteOutcome::NotApplied,
                        _ => WriteOutcome::Applied,
                    })
                }
            }
        };
    };
}

pub(crate) use token_statements;
