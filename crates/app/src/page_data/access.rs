use std::sync::Arc;

use auth_core::{AccessToken, AccessTokenRequest, AuthError, ErrorKind};
use auth_leptos::RequestSession;
use time::OffsetDateTime;

use super::told;

/// What the server has of an access token: everything but the token.
#[derive(Clone, Debug)]
pub(crate) struct Granted {
    /// What it was granted for.
    pub(crate) scope: Arc<[String]>,
    /// Until when it can be used, where the provider told.
    pub(crate) until: Option<OffsetDateTime>,
}

/// What the user was granted somewhere, or why nothing can be told.
pub(crate) type Access = Result<Granted, ErrorKind>;

impl From<&AccessToken> for Granted {
    fn from(token: &AccessToken) -> Self {
        Self {
            scope: token.scope().into(),
            until: token.expires_at(),
        }
    }
}

/// Asks for a token, to see what the user was granted.
pub(super) async fn of(
    session: &RequestSession,
    wanted: &AccessTokenRequest,
) -> Result<Access, AuthError> {
    let token = session.access_token(wanted).await;
    told(token.map(|token| Granted::from(&token)))
}
