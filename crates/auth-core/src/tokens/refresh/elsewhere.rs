//! What another request or server has done meanwhile.

use crate::{
    context::Context,
    error::AuthError,
    oauth::access_token::AccessToken,
    session::{claims_age, load},
    store::ids::SessionIdHash,
    tokens::{request::RefreshPurpose, set::TokenSet},
};

/// Whether another request or server has done what a refresh is for.
pub(super) enum Elsewhere {
    /// This is the token.
    Done(AccessToken),
    /// Tokens are stored, and the claims that came with them are not written yet.
    Soon,
    NotDone,
}

/// Returns whether another request or server has done what this refresh is for.
/// The tokens were read first: if the lease on their version is granted
/// afterwards, nobody has refreshed them since.
pub(super) async fn done_elsewhere(
    context: &Context,
    id_hash: SessionIdHash,
    purpose: &RefreshPurpose,
    tokens: &TokenSet,
) -> Result<Elsewhere, AuthError> {
    let issued = tokens.issued(&purpose.request());
    let is_done = match purpose {
        RefreshPurpose::Token(_) => {
            issued.is_some_and(|issued| !issued.is_due(context.store_now()))
        }
        RefreshPurpose::NewerToken(_, before) => issued.is_some_and(|issued| {
            Some(issued.asked_at()) != *before && issued.is_valid(context.store_now())
        }),
        RefreshPurpose::Claims => false,
        RefreshPurpose::NewerClaims(before) => {
            let session = load::stored(context, id_hash).await?;
            let (session, _) = session.ok_or(AuthError::NotSignedIn)?;
            let is_done = claims_age::were_renewed(&session, *before);
            if !is_done && claims_age::are_coming(tokens.claims_asked_at, &session, *before) {
                return Ok(Elsewhere::Soon);
            }
            is_done
        }
    };
    Ok(match issued.filter(|_| is_done) {
        Some(issued) => Elsewhere::Done(issued.to_access_token()),
        None => Elsewhere::NotDone,
    })
}
