//! A logout that the provider told of by itself, as the store carries it out
//! (OpenID Connect Back-Channel Logout 1.0).

use time::OffsetDateTime;

use crate::{EndedSession, LogoutTokenKey, ProviderSessionKey, UserKey};

/// What a logout token orders.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProviderLogout {
    /// The token: it is carried out once.
    pub token: LogoutTokenKey,
    /// Whose sessions end.
    pub of: LogoutOf,
    /// Until when the token is remembered, and with it that the provider
    /// session is over. Whole seconds, in UTC. No earlier than the token's end
    /// nor than that of a sign-in that is under way.
    pub remember_until: OffsetDateTime,
}

impl ProviderLogout {
    /// The order of a logout token.
    pub const fn new(token: LogoutTokenKey, of: LogoutOf, remember_until: OffsetDateTime) -> Self {
        Self {
            token,
            of,
            remember_until,
        }
    }

    /// The provider session that is over, if it is only one.
    pub const fn provider_session(&self) -> Option<ProviderSessionKey> {
        match self.of {
            LogoutOf::ProviderSession(key) => Some(key),
            LogoutOf::User(_) => None,
        }
    }
}

/// Whose sessions a logout token ends (OpenID Connect Back-Channel Logout
/// §2.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogoutOf {
    /// Those that began in this session of the provider's: the token has a
    /// `sid`.
    ProviderSession(ProviderSessionKey),
    /// All of this user's: it has a `sub` only.
    User(UserKey),
}

/// What became of a [`ProviderLogout`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProviderLogoutDone {
    /// These sessions were ended, perhaps none.
    Ended(Vec<EndedSession>),
    /// The token is remembered from before; nothing was changed.
    Replayed,
}
