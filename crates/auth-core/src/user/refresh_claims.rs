//! Fetches a session's claims again: roles, memberships and names may have
//! changed at the provider.

use crate::{
    context::Context,
    error::AuthError,
    session::{Session, load},
    tokens::refresh::{self, Refreshes},
};

/// Refreshes the claims of a session and returns the session with them.
pub(crate) async fn refresh_claims(
    context: &Context,
    refreshes: &Refreshes,
    session: &Session,
) -> Result<Session, AuthError> {
    let id_hash = session.id_hash;
    refresh::refresh_claims(context, refreshes, id_hash).await?;
    load::stored(context, id_hash)
        .await?
        .map(|(session, _)| session)
        .ok_or(AuthError::NotSignedIn)
}
