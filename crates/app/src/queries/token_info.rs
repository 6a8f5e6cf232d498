use auth_core::{AccessToken, AccessTokenRequest, AuthError};
use auth_leptos::{PublicError, RequestSession};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::signed_in::split_store_error;

/// What a page may show of an access token: everything except the token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TokenInfo {
    pub(crate) scopes: Vec<String>,
    /// `None` if the provider did not say.
    pub(crate) expires_at: Option<OffsetDateTime>,
}

/// An access token's details, or why there is no token.
pub(crate) type TokenResult = Result<TokenInfo, PublicError>;

impl From<&AccessToken> for TokenInfo {
    fn from(token: &AccessToken) -> Self {
        Self {
            scopes: token.scope().to_vec(),
            expires_at: token.expires_at(),
        }
    }
}

/// Requests a token, to see which scopes it has.
pub(super) async fn load(
    session: &RequestSession,
    request: &AccessTokenRequest,
) -> Result<TokenResult, AuthError> {
    let token = session.access_token(request).await;
    split_store_error(token.map(|token| TokenInfo::from(&token)))
}
