//! A logout that the provider told of by itself, as the store carries it out
//! (OpenID Connect Back-Channel Logout 1.0, Front-Channel Logout 1.0).

use time::OffsetDateTime;

use super::{
    ids::{LogoutTokenIdHash, ProviderSessionIdHash, UserIdHash},
    rows::EndedSession,
};

/// What a logout token orders, or a request from a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProviderLogout {
    /// Whose sessions end.
    pub of: LogoutTarget,
    /// The token that ordered it: it is carried out once. `None` for an order
    /// that anyone can give, and that therefore leaves no row behind.
    pub token: Option<RememberedToken>,
}

/// A logout token to be remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RememberedToken {
    /// Which.
    pub key: LogoutTokenIdHash,
    /// Until when it is remembered, and with it that the provider session is
    /// over. Whole seconds, in UTC. No earlier than the token's end nor than
    /// that of a sign-in that is under way.
    pub until: OffsetDateTime,
}

impl ProviderLogout {
    /// The order of a logout token.
    pub const fn new(key: LogoutTokenIdHash, of: LogoutTarget, until: OffsetDateTime) -> Self {
        Self {
            of,
            token: Some(RememberedToken { key, until }),
        }
    }

    /// An order without a token.
    pub const fn unremembered(of: LogoutTarget) -> Self {
        Self { of, token: None }
    }

    /// The provider session that is over, if it is only one.
    pub const fn provider_session(&self) -> Option<ProviderSessionIdHash> {
        match self.of {
            LogoutTarget::ProviderSession(key) => Some(key),
            LogoutTarget::User(_) => None,
        }
    }
}

/// Whose sessions a logout token ends (OpenID Connect Back-Channel Logout
/// §2.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogoutTarget {
    /// Those that began in this session of the provider's: the token has a
    /// `sid`.
    ProviderSession(ProviderSessionIdHash),
    /// All of this user's: it has a `sub` only.
    User(UserIdHash),
}

/// What became of a [`ProviderLogout`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProviderLogoutOutcome {
    /// These sessions were ended, perhaps none.
    Ended(Vec<EndedSession>),
    /// The token is remembered from before; nothing was changed.
    Replayed,
}
