//! The sealed keys of the keyed hashes, in an SQL database.

/// Gives `$store` what [`SessionStore`](auth_core::SessionStore) says of hash
/// keys.
macro_rules! sql_hash_keys {
    ($store:ident) => {
        impl $store {
            pub(crate) async fn hash_key(
                &self,
                sealed_with: SealingKeyId,
            ) -> Result<Option<Vec<u8>>, SqlError> {
                let found: Option<(Vec<u8>,)> =
                    sqlx::query_as("select sealed from auth_hash_keys where key_id = $1")
                        .bind(&sealed_with.as_bytes()[..])
                        .fetch_optional(&self.reader()?)
                        .await?;
                Ok(found.map(|(sealed,)| sealed))
            }

            pub(crate) async fn keep_hash_key(
                &self,
                sealed_with: SealingKeyId,
                sealed: &[u8],
            ) -> Result<(), SqlError> {
                sqlx::query(
                    "insert into auth_hash_keys (key_id, sealed) values ($1, $2)
                     on conflict do nothing",
                )
                .bind(&sealed_with.as_bytes()[..])
                .bind(sealed)
                .execute(&self.writer()?)
                .await?;
                Ok(())
            }

            pub(crate) async fn forget_hash_keys_but(
                &self,
                sealed_with: SealingKeyId,
            ) -> Result<(), SqlError> {
                sqlx::query("delete from auth_hash_keys where key_id <> $1")
                    .bind(&sealed_with.as_bytes()[..])
                    .execute(&self.writer()?)
                    .await?;
                Ok(())
            }
        }
    };
}

pub(crate) use sql_hash_keys;
