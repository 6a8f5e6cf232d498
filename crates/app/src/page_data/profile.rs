use std::sync::Arc;

use auth_core::{AccessTokenRequest, AuthError, ErrorKind, Scope, UserInfo};
use auth_leptos::RequestSession;

use super::{TokenInfo, failure::split_store_error};
use crate::users::{UserRow, Users, Visit};

/// The data of the page `/profile`.
#[derive(Clone, Debug)]
pub(crate) struct ProfileData {
    pub(crate) token: TokenStatus,
    /// The userinfo endpoint's answer; `None` if there was no token to ask it
    /// with.
    pub(crate) user_info: Option<Result<Arc<UserInfo>, ErrorKind>>,
    /// The scopes that a sign-in requests.
    pub(crate) scopes: Arc<[Scope]>,
    /// The user's row in the example's own table.
    pub(crate) row: Option<UserRow>,
    /// What the sign-in has stored in the session.
    pub(crate) visit: Option<Visit>,
}

/// The state of the session's access token.
#[derive(Clone, Debug)]
pub(crate) enum TokenStatus {
    /// The token can be used.
    Valid(TokenInfo),
    /// The token has expired and could not be refreshed; the session continues.
    NotRefreshed(ErrorKind),
    /// The provider has ended the session.
    SessionEnded,
}

pub(super) async fn load(
    session: &RequestSession,
    users: Option<Users>,
) -> Result<ProfileData, AuthError> {
    let signed_in = session.get().await?;
    let row = match (&users, &signed_in) {
        (Some(users), Some(session)) => users.find(session.sub()).await.unwrap_or_else(|error| {
            tracing::error!(%error, "the table users cannot be read; the profile does not show it");
            None
        }),
        _ => None,
    };
    let token = token_status(session).await?;
    let user_info = match token {
        TokenStatus::Valid(_) => Some(split_store_error(session.user_info().await.map(Arc::new))?),
        TokenStatus::NotRefreshed(_) | TokenStatus::SessionEnded => None,
    };
    Ok(ProfileData {
        token,
        user_info,
        scopes: session.config().scopes().into(),
        row,
        visit: signed_in.and_then(|session| session.data()),
    })
}

async fn token_status(session: &RequestSession) -> Result<TokenStatus, AuthError> {
    match session.access_token(&AccessTokenRequest::user_info()).await {
        Ok(token) => Ok(TokenStatus::Valid(TokenInfo::from(&token))),
        Err(error @ AuthError::Store(_)) => Err(error),
        Err(AuthError::SessionEnded | AuthError::NotSignedIn) => Ok(TokenStatus::SessionEnded),
        // `access_token` has logged the cause.
        Err(error) => Ok(TokenStatus::NotRefreshed(error.kind())),
    }
}
