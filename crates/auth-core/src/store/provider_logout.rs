//! A logout that the provider reports, as the store carries it out (OpenID Connect
//! Back-Channel Logout 1.0, Front-Channel Logout 1.0).

use time::OffsetDateTime;

use super::{
    ids::{LogoutTokenIdHash, ProviderSessionIdHash, UserIdHash},
    rows::EndedSession,
};

/// A logout that a logout token or a front-channel request reports.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProviderLogout {
    /// Which sessions end.
    pub of: LogoutTarget,
    /// The logout token, to be applied only once. `None` for a front-channel
    /// request: anyone can send one, so it must leave no row behind.
    pub token: Option<RememberedToken>,
}

/// A logout token to remember.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RememberedToken {
    /// The hash of its id.
    pub key: LogoutTokenIdHash,
    /// Until when the token is remembered, and that its provider session has
    /// ended. Whole seconds, in UTC. Not before the token expires, and not before
    /// a sign-in that is under way now expires.
    pub until: OffsetDateTime,
}

impl ProviderLogout {
    /// Creates the logout of a logout token, remembered until `until`.
    pub const fn new(key: LogoutTokenIdHash, of: LogoutTarget, until: OffsetDateTime) -> Self {
        Self {
            of,
            token: Some(RememberedToken { key, until }),
        }
    }

    /// Creates a logout without a token.
    pub const fn unremembered(of: LogoutTarget) -> Self {
        Self { of, token: None }
    }

    /// Returns the provider session that ended, if it is a single one.
    pub const fn provider_session(&self) -> Option<ProviderSessionIdHash> {
        match self.of {
            LogoutTarget::ProviderSession(key) => Some(key),
            LogoutTarget::User(_) => None,
        }
    }
}

/// Which sessions a logout ends (OpenID Connect Back-Channel Logout 1.0 §2.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogoutTarget {
    /// The sessions that began in this session of the provider: the token has a
    /// `sid`.
    ProviderSession(ProviderSessionIdHash),
    /// All sessions of this user: the token has only a `sub`.
    User(UserIdHash),
}

/// The outcome of a [`ProviderLogout`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProviderLogoutOutcome {
    /// These sessions were ended; there may be none.
    Ended(Vec<EndedSession>),
    /// The token was applied before. Nothing has changed.
    Replayed,
}
