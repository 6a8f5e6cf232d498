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
    refresh::refresh_claims(context, refreshes, session.id_hash).await?;
    load::reload(context, session)
        .await?
        .ok_or(AuthError::NotSignedIn)
}
