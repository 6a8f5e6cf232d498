//! The tokens of a session. They stay on the server: sealed in the store, and
//! with no way to print them.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::request::{AccessTokenRequest, RefreshPurpose};
use crate::{
    oauth::access_token::AccessToken,
    provider::token_response::TokenResponse,
    session::{Renewal, claims_age::AskedAt},
};

/// How long before its expiry an access token is refreshed, in seconds: enough for
/// clocks that differ and for the request that uses the token.
const REFRESH_AHEAD: i64 = 60;

/// The most tokens for APIs and organizations in a session. A token has about a
/// kilobyte; the oldest ones are dropped first.
const MAX_TOKENS: usize = 24;

/// An access token, as the token endpoint issued it.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) struct IssuedToken {
    access_token: String,
    /// When the token was asked for, in seconds since 1970 and by the store's clock.
    /// The former release stored when the answer was received, a few seconds later
    /// and by the clock of its server.
    #[serde(rename = "received_at")]
    asked_at: i64,
    /// When the access token expires, in seconds since 1970, by the store's clock.
    expires_at: Option<i64>,
    scope: Vec<String>,
}

/// An access token for an API or an organization.
#[derive(Clone, Serialize, Deserialize)]
struct KeptToken {
    #[serde(rename = "for")]
    wanted: AccessTokenRequest,
    #[serde(flatten)]
    issued: IssuedToken,
}

/// The tokens of a session. Only [`crate::sealing`] serializes them.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct TokenSet {
    /// The access token for the userinfo endpoint.
    #[serde(flatten)]
    user_info: IssuedToken,
    /// The access tokens for APIs and organizations, newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    others: Vec<KeptToken>,
    pub(crate) refresh_token: Option<Secret>,
    pub(crate) id_token: Option<Secret>,
    /// The tokens' user. A refresh must not change it.
    pub(crate) sub: String,
    /// The nonce of the sign-in. Logto repeats it in the ID token of every refresh.
    pub(crate) nonce: String,
    /// When the provider was asked for the claims that came with the last refresh.
    /// They may not be written into the session yet. Absent before the first
    /// refresh, and after one by the former release.
    #[serde(rename = "q", default, skip_serializing_if = "Option::is_none")]
    pub(crate) claims_asked_at: Option<AskedAt>,
}

/// A text that is wiped from memory when dropped.
pub(crate) type Secret = Zeroizing<String>;

/// Whether the ID token of an answer was verified. Only then is it kept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum IdTokenState {
    Verified,
    Unverified,
}

impl TokenSet {
    /// Creates the tokens of a sign-in.
    pub(crate) fn of_sign_in(
        response: &TokenResponse,
        sub: String,
        nonce: String,
        asked_at: OffsetDateTime,
    ) -> Self {
        Self {
            user_info: IssuedToken::of(response, asked_at, Vec::new),
            others: Vec::new(),
            refresh_token: response.refresh_token.clone(),
            id_token: response.id_token.clone(),
            sub,
            nonce,
            claims_asked_at: None,
        }
    }

    /// Returns the tokens after a refresh (RFC 6749 §6). What the answer omits does
    /// not change.
    pub(crate) fn refreshed(
        &self,
        response: &TokenResponse,
        purpose: &RefreshPurpose,
        id_token_state: IdTokenState,
        asked_at: OffsetDateTime,
    ) -> Self {
        let mut new = self.clone();
        let wanted = purpose.request();
        if wanted.is_user_info() {
            new.user_info = IssuedToken::of(response, asked_at, || self.user_info.scope.clone());
        }
        match purpose {
            RefreshPurpose::Claims => new.others.clear(),
            _ => new
                .others
                .retain(|kept| kept.wanted != wanted && kept.issued.is_valid(asked_at)),
        }
        if !wanted.is_user_info() {
            let surplus = (new.others.len() + 1).saturating_sub(MAX_TOKENS);
            new.others.drain(..surplus);
            // RFC 6749 §5.1: `scope` is omitted if it is what was requested.
            let issued = IssuedToken::of(response, asked_at, || {
                wanted.scopes().map(str::to_owned).collect()
            });
            new.others.push(KeptToken { wanted, issued });
        }
        if let Some(refresh_token) = &response.refresh_token {
            new.refresh_token = Some(refresh_token.clone());
        }
        if let (IdTokenState::Verified, Some(id_token)) = (id_token_state, &response.id_token) {
            new.id_token = Some(id_token.clone());
        }
        new
    }

    /// Returns whether these tokens can be refreshed.
    pub(crate) fn renewal(&self) -> Renewal {
        match self.refresh_token {
            Some(_) => Renewal::Possible,
            None => Renewal::Impossible,
        }
    }

    /// Drops the tokens for APIs and organizations except the one that was just
    /// issued: what the user may do there has changed.
    pub(crate) fn drop_all_but(&mut self, just_issued: &AccessTokenRequest) {
        self.others.retain(|kept| kept.wanted == *just_issued);
    }

    /// Takes over the refresh token of `former`, which is of the same grant, if
    /// there is none. ID tokens of its refreshes have the nonce of its sign-in.
    pub(crate) fn take_over(&mut self, former: &Self) {
        if self.refresh_token.is_none() {
            self.refresh_token.clone_from(&former.refresh_token);
            self.nonce.clone_from(&former.nonce);
        }
    }

    /// Returns the access token for the userinfo endpoint.
    pub(crate) const fn user_info(&self) -> &IssuedToken {
        &self.user_info
    }

    /// Returns the stored access token for this request.
    pub(crate) fn issued(&self, request: &AccessTokenRequest) -> Option<&IssuedToken> {
        if request.is_user_info() {
            return Some(&self.user_info);
        }
        self.others
            .iter()
            .find_map(|kept| (kept.wanted == *request).then_some(&kept.issued))
    }
}

impl IssuedToken {
    fn of(
        response: &TokenResponse,
        asked_at: OffsetDateTime,
        scope: impl FnOnce() -> Vec<String>,
    ) -> Self {
        let asked_at = asked_at.unix_timestamp();
        Self {
            access_token: response.access_token.to_string(),
            asked_at,
            expires_at: response
                .lifetime
                .and_then(|lifetime| asked_at.checked_add_unsigned(lifetime)),
            scope: response.scope.clone().unwrap_or_else(scope),
        }
    }

    /// Returns when the token was asked for, in seconds since 1970.
    pub(crate) const fn asked_at(&self) -> i64 {
        self.asked_at
    }

    /// Returns whether the access token has not expired.
    pub(crate) fn is_valid(&self, now: OffsetDateTime) -> bool {
        self.expires_at
            .is_none_or(|expires_at| now.unix_timestamp() < expires_at)
    }

    /// Returns whether the access token has to be refreshed: [`REFRESH_AHEAD`]
    /// before its expiry, or in the last fifth of a shorter lifetime.
    pub(crate) fn is_due(&self, now: OffsetDateTime) -> bool {
        self.expires_at.is_some_and(|expires_at| {
            let ahead = REFRESH_AHEAD.min(expires_at.saturating_sub(self.asked_at) / 5);
            now.unix_timestamp() >= expires_at.saturating_sub(ahead)
        })
    }

    pub(crate) fn to_access_token(&self) -> AccessToken {
        AccessToken::new(
            self.access_token.clone(),
            self.scope.clone(),
            self.expires_at,
        )
    }
}
