//! Ends the sessions that the provider has logged out.

use crate::{
    context::Context,
    error::AuthError,
    hooks::event::SignedOutBy,
    store::{
        error::StoreError,
        provider_logout::{ProviderLogout, ProviderLogoutOutcome},
    },
    tokens::{ended, revoke::revoke_in_background},
};

/// Ends the sessions, revokes their refresh tokens in the background, and
/// returns how many were ended; `None` if the report was carried out before.
pub(crate) async fn apply(
    context: &Context,
    logout: ProviderLogout,
    by: SignedOutBy,
) -> Result<Option<usize>, AuthError> {
    let task = context.clone();
    // On a task of its own: if the provider closes the connection, the refresh
    // tokens of the deleted rows still have to be revoked.
    let ended = context.tasks.spawn(async move {
        let outcome = task.store.apply_provider_logout(&logout).await?;
        Ok::<_, StoreError>(match outcome {
            ProviderLogoutOutcome::Ended(ended) => {
                let count = ended.len();
                ended::tell(&task, &ended, by);
                revoke_in_background(&task, ended);
                Some(count)
            }
            ProviderLogoutOutcome::Replayed => None,
        })
    });
    let ended = ended
        .await
        .map_err(|_| AuthError::Internal("the task that ends sessions panicked".to_owned()))??;
    if let Some(ended) = ended {
        tracing::info!(ended, "the provider ended sessions");
    }
    Ok(ended)
}
