//! Tokens and their leases.

macro_rules! sql_tokens {
    ($store:ident, $now:literal) => {
        impl $store {
            pub(super) async fn load_tokens(
                &self,
                key: &SessionIdHash,
            ) -> Result<Option<StoredTokens>, SqlError> {
                let found: Option<(Vec<u8>, TokensVersion)> = sqlx::query_as(
                    "select tokens.sealed, tokens.version from auth_tokens as tokens
                     join tower_sessions as session on session.id = tokens.session_id
                     where tokens.session_id = $1 and session.expiry_date > $2",
                )
                .bind(row_id(key).to_string())
                .bind(now()?)
                .fetch_optional(&self.reader()?)
                .await?;
                Ok(found.map(|(sealed, version)| StoredTokens::new(sealed, version)))
            }

            pub(super) async fn lease_tokens(
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

            pub(super) async fn release_tokens(
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

            pub(super) async fn save_tokens(
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
}

pub(super) use sql_tokens;
