use std::sync::Arc;

use auth_core::{AccessTokenRequest, AuthError, ErrorKind, Scope, UserInfo};
use auth_leptos::RequestSession;

use super::{Granted, told};

/// For `/profile`: what is known of the user beyond the session.
#[derive(Clone, Debug)]
pub(crate) struct Profile {
    pub(crate) token: TokenStatus,
    /// What the userinfo endpoint says; `None` where there was no token to ask
    /// it with.
    pub(crate) user_info: Option<Result<Arc<UserInfo>, ErrorKind>>,
    /// What sign-ins ask for.
    pub(crate) scopes: Arc<[Scope]>,
}

/// What the server has of an access token, but for the token.
#[derive(Clone, Debug)]
pub(crate) enum TokenStatus {
    /// It can be used.
    Valid(Granted),
    /// It has ended, and no new one could be had; the session lives on.
    NotRenewed(ErrorKind),
    /// The provider has ended the session.
    SessionEnded,
}

pub(super) async fn load(session: &RequestSession) -> Result<Profile, AuthError> {
    let token = token_status(session).await?;
    let user_info = match token {
        TokenStatus::Valid(_) => Some(told(session.user_info().await.map(Arc::new))?),
        TokenStatus::NotRenewed(_) | TokenStatus::SessionEnded => None,
    };
    Ok(Profile {
        token,
        user_info,
        scopes: session.config().scopes().into(),
    })
}

async fn token_status(session: &RequestSession) -> Result<TokenStatus, AuthError> {
    match session.access_token(&AccessTokenRequest::user_info()).await {
        Ok(token) => Ok(TokenStatus::Valid(Granted::from(&token))),
        Err(error @ AuthError::Store(_)) => Err(error),
        Err(AuthError::SessionEnded | AuthError::NotSignedIn) => Ok(TokenStatus::SessionEnded),
        // Logged where it happened.
        Err(error) => Ok(TokenStatus::NotRenewed(error.kind())),
    }
}
