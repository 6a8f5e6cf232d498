//! An access token as a value, without how it is stored and refreshed.

use std::fmt;

use time::OffsetDateTime;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// An access token, for requests of this server to an API. It must not reach the
/// browser: it cannot be serialized, `Debug` prints nothing of it, and it is
/// wiped from memory when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct AccessToken {
    secret: String,
    scope: Vec<String>,
    expires_at: Option<i64>,
}

impl AccessToken {
    /// `expires_at` is in seconds since 1970.
    pub(crate) const fn new(secret: String, scope: Vec<String>, expires_at: Option<i64>) -> Self {
        Self {
            secret,
            scope,
            expires_at,
        }
    }

    /// Returns the token itself, for an `Authorization: Bearer` header. Do not log
    /// it.
    pub fn expose(&self) -> &str {
        &self.secret
    }

    /// Returns the granted scopes.
    pub fn scope(&self) -> &[String] {
        &self.scope
    }

    /// Returns when the token expires, by the clock of the store of sessions; `None`
    /// if the provider did not say.
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
