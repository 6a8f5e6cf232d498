//! The keys of the keyed hashes.

macro_rules! sql_hash_keys {
    ($store:ident) => {
        impl $store {
            pub(super) async fn id_hash_keys(
                &self,
            ) -> Result<Vec<(SealingKeyId, Vec<u8>)>, SqlError> {
                let found: Vec<(Vec<u8>, Vec<u8>)> =
                    sqlx::query_as("select key_id, sealed from auth_hash_keys order by place")
                        .fetch_all(&self.reader()?)
                        .await?;
                Ok(found
                    .into_iter()
                    .filter_map(|(id, sealed)| {
                        Some((SealingKeyId::from_bytes(id.try_into().ok()?), sealed))
                    })
                    .collect())
            }

            pub(super) async fn insert_id_hash_key(
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

            pub(super) async fn replace_id_hash_keys(
                &self,
                sealed_with: SealingKeyId,
                sealed: &[u8],
            ) -> Result<(), SqlError> {
                let mut work = self.begin().await?;
                sqlx::query("delete from auth_hash_keys")
                    .execute(&mut *work)
                    .await?;
                sqlx::query("insert into auth_hash_keys (key_id, sealed) values ($1, $2)")
                    .bind(&sealed_with.as_bytes()[..])
                    .bind(sealed)
                    .execute(&mut *work)
                    .await?;
                Ok(work.commit().await?)
            }
        }
    };
}

pub(super) use sql_hash_keys;
