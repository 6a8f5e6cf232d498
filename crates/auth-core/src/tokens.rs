//! The tokens of a session. They stay on the server: sealed in the store, and
//! with no way to print them.

use std::fmt;

use openidconnect::{OAuth2TokenResponse as _, TokenResponse as _, core::CoreTokenResponse};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// How long before its end an access token is renewed, in seconds: as long as
/// clocks may differ, plus the request it is for.
const AHEAD: i64 = 60;

/// What the token endpoint gave. Serialised by [`crate::seal`] only.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) struct TokenSet {
    pub(crate) access_token: String,
    pub(crate) refresh_token: Option<String>,
    pub(crate) id_token: Option<String>,
    /// Whom the tokens are of; a refresh must not change it.
    pub(crate) sub: String,
    /// The nonce of the sign-in: Logto repeats it in the ID token of every
    /// refresh.
    pub(crate) nonce: String,
    /// When the answer came: seconds since 1970.
    pub(crate) received_at: i64,
    /// When the access token ends: seconds since 1970.
    pub(crate) expires_at: Option<i64>,
    pub(crate) scope: Vec<String>,
}

/// Whether the ID token of an answer may be kept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum IdToken {
    Verified,
    Unverified,
}

impl TokenSet {
    /// The tokens of a sign-in.
    pub(crate) fn of_sign_in(
        response: &CoreTokenResponse,
        sub: String,
        nonce: String,
        received_at: OffsetDateTime,
    ) -> Self {
        let received_at = received_at.unix_timestamp();
        Self {
            access_token: response.access_token().secret().clone(),
            refresh_token: response.refresh_token().map(|token| token.secret().clone()),
            id_token: response.id_token().map(ToString::to_string),
            sub,
            nonce,
            received_at,
            expires_at: expiry(response, received_at),
            scope: scopes(response).unwrap_or_default(),
        }
    }

    /// The tokens after a refresh (RFC 6749 §6): what the answer leaves out
    /// stays as it was.
    pub(crate) fn refreshed(
        &self,
        response: &CoreTokenResponse,
        id_token: IdToken,
        received_at: OffsetDateTime,
    ) -> Self {
        let received_at = received_at.unix_timestamp();
        Self {
            access_token: response.access_token().secret().clone(),
            refresh_token: response
                .refresh_token()
                .map(|token| token.secret().clone())
                .or_else(|| self.refresh_token.clone()),
            id_token: response
                .id_token()
                .filter(|_| id_token == IdToken::Verified)
                .map(ToString::to_string)
                .or_else(|| self.id_token.clone()),
            sub: self.sub.clone(),
            nonce: self.nonce.clone(),
            received_at,
            expires_at: expiry(response, received_at),
            scope: scopes(response).unwrap_or_else(|| self.scope.clone()),
        }
    }

    /// Whether the access token can still be used.
    pub(crate) fn is_valid(&self, now: OffsetDateTime) -> bool {
        self.expires_at
            .is_none_or(|expires_at| now.unix_timestamp() < expires_at)
    }

    /// Whether it is time to renew the access token: a minute before its end,
    /// or in the last fifth of a shorter life.
    pub(crate) fn is_due(&self, now: OffsetDateTime) -> bool {
        self.expires_at.is_some_and(|expires_at| {
            let ahead = AHEAD.min(expires_at.saturating_sub(self.received_at) / 5);
            now.unix_timestamp() >= expires_at.saturating_sub(ahead)
        })
    }

    pub(crate) fn to_access_token(&self) -> AccessToken {
        AccessToken {
            secret: self.access_token.clone(),
            scope: self.scope.clone(),
            expires_at: self.expires_at,
        }
    }
}

fn expiry(response: &CoreTokenResponse, received_at: i64) -> Option<i64> {
    response
        .expires_in()
        .and_then(|lifetime| received_at.checked_add_unsigned(lifetime.as_secs()))
}

fn scopes(response: &CoreTokenResponse) -> Option<Vec<String>> {
    response
        .scopes()
        .map(|scopes| scopes.iter().map(|scope| scope.to_string()).collect())
}

/// An access token, for requests of this server to an API. It must not reach
/// the browser: it has no `Serialize`, shows itself nowhere, and is wiped when
/// dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct AccessToken {
    secret: String,
    scope: Vec<String>,
    expires_at: Option<i64>,
}

impl AccessToken {
    /// The token itself, for an `Authorization: Bearer` header. The name says
    /// what a reader should look out for.
    pub fn expose(&self) -> &str {
        &self.secret
    }

    /// The scopes granted.
    pub fn scope(&self) -> &[String] {
        &self.scope
    }

    /// When it ends; `None` when the provider did not tell.
    pub fn expires_at(&self) -> Option<OffsetDateTime> {
        OffsetDateTime::from_unix_timestamp(self.expires_at?).ok()
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken")
            .field("scope", &self.scope)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}
