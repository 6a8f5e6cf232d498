//! The sealed keys of the keyed hashes.

macro_rules! id_hash_key_statements {
    ($store:ident) => {
        const _: () = {
            use auth_core::SealingKeyId;

            impl $store {
                pub(crate) async fn id_hash_keys(
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

                pub(crate) async fn insert_id_hash_key(
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

                pub(crate) async fn replace_id_hash_keys(
                    &self,
                    sealed_with: SealingKeyId,
                    sealed: &[u8],
                ) -> Result<(), SqlError> {
                    let mut tx = self.begin().await?;
                    sqlx::query("delete from auth_hash_keys")
                        .execute(&mut *tx)
                        .await?;
                    sqlx::query("insert into auth_hash_keys (key_id, sealed) values ($1, $2)")
                        .bind(&sealed_with.as_bytes()[..])
                        .bind(sealed)
                        .execute(&mut *tx)
                        .await?;
                    Ok(tx.commit().await?)
                }
            }
        };
    };
}

pub(crate) use id_hash_key_statements;
