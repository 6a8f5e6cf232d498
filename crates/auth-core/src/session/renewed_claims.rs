//! Writes the claims of a newer ID token into a session.

use super::{Session, content, load};
use crate::{
    claims::Claims,
    config::Config,
    context::Context,
    error::AuthError,
    jwt::id_token::VerifiedIdToken,
    store::{error::StoreError, ids::SessionIdHash, rows::WriteOutcome},
};

/// How often a conditional write is tried. Sessions change rarely.
const MAX_TRIES: usize = 5;

/// Writes the token's claims into the stored session, unless they are the same
/// or the session has newer ones.
pub(crate) async fn write(
    context: &Context,
    id_hash: SessionIdHash,
    token: &VerifiedIdToken,
) -> Result<(), AuthError> {
    for _ in 0..MAX_TRIES {
        let Some((session, stored)) = load::stored(context, id_hash).await? else {
            return Err(AuthError::NotSignedIn);
        };
        let Some(renewed) = renewed(session, token, &context.config) else {
            return Ok(());
        };
        let sealed = content::seal(&renewed, &context.keyring)?;
        let outcome = context
            .store
            .compare_and_swap(&id_hash, &stored.sealed, &sealed)
            .await?;
        if outcome == WriteOutcome::Applied {
            return Ok(());
        }
    }
    Err(StoreError::new("the session changes too often to write new claims").into())
}

/// Returns the session with the token's claims; `None` if they are the same or
/// not newer.
fn renewed(session: Session, token: &VerifiedIdToken, config: &Config) -> Option<Session> {
    let claims = Claims::of_user(token.payload.clone());
    let is_older = session
        .claims_issued_at
        .is_some_and(|seen| token.issued_at < seen);
    if is_older || claims == session.claims {
        return None;
    }
    Some(Session {
        user: (config.profile)(&claims),
        claims,
        claims_issued_at: Some(token.issued_at),
        ..session
    })
}
