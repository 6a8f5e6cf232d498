//! The tokens of a session. They stay on the server: sealed in the store, and
//! with no way to print them.

use openidconnect::{OAuth2TokenResponse as _, TokenResponse as _, core::CoreTokenResponse};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// What the token endpoint gave. Serialised by [`crate::seal`] only.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) struct TokenSet {
    pub(crate) access_token: String,
    pub(crate) refresh_token: Option<String>,
    pub(crate) id_token: Option<String>,
    /// When the access token ends: seconds since 1970.
    pub(crate) expires_at: Option<i64>,
    pub(crate) scope: Vec<String>,
}

impl TokenSet {
    /// `received_at`: seconds since 1970.
    pub(crate) fn from_response(response: &CoreTokenResponse, received_at: i64) -> Self {
        Self {
            access_token: response.access_token().secret().clone(),
            refresh_token: response.refresh_token().map(|token| token.secret().clone()),
            id_token: response.id_token().map(ToString::to_string),
            expires_at: response
                .expires_in()
                .and_then(|lifetime| received_at.checked_add_unsigned(lifetime.as_secs())),
            scope: response
                .scopes()
                .map(|scopes| scopes.iter().map(|scope| scope.to_string()).collect())
                .unwrap_or_default(),
        }
    }
}
