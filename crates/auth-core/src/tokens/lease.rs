//! The lease on a session's tokens: while one server holds it, no other server
//! uses the refresh token.

use std::{convert::Infallible, time::Duration};

use rand::Rng as _;

use crate::{
    context::Context,
    error::AuthError,
    store::{
        ids::SessionIdHash,
        rows::{LeaseHolder, LeaseOutcome, TokensVersion},
    },
};

/// How long a lease lasts if its holder dies. A live holder renews it every
/// [`RENEWAL`].
const LENGTH: Duration = Duration::from_secs(6);
const RENEWAL: Duration = Duration::from_secs(2);
/// The pause between two attempts to get a lease that another server holds.
pub(crate) const POLL_INTERVAL: Duration = Duration::from_millis(40);

/// Draws the number that identifies a holder.
pub(crate) fn new_holder() -> LeaseHolder {
    rand::rng().random()
}

/// Asks for the lease on tokens of this version.
pub(crate) async fn acquire(
    context: &Context,
    id_hash: SessionIdHash,
    version: TokensVersion,
    holder: LeaseHolder,
) -> Result<LeaseOutcome, AuthError> {
    Ok(context
        .store
        .lease_tokens(&id_hash, version, holder, LENGTH)
        .await?)
}

/// Renews a lease until the returned future is dropped.
pub(crate) async fn keep_renewing(
    context: &Context,
    id_hash: SessionIdHash,
    version: TokensVersion,
    holder: LeaseHolder,
) -> Infallible {
    loop {
        tokio::time::sleep(RENEWAL).await;
        if let Err(error) = acquire(context, id_hash, version, holder).await {
            tracing::warn!(session = ?id_hash, %error, "cannot renew the lease on a session's tokens");
        }
    }
}

/// Gives a lease back before it lapses.
pub(crate) async fn release(context: &Context, id_hash: SessionIdHash, holder: LeaseHolder) {
    if let Err(error) = context.store.release_tokens(&id_hash, holder).await {
        tracing::warn!(
            session = ?id_hash,
            %error,
            "cannot release the lease on a session's tokens; it lapses by itself"
        );
    }
}
