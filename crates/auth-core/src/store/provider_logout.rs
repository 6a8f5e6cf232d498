//! What the provider reports, as the store carries it out: a logout (OpenID
//! Connect Back-Channel Logout 1.0), and changes of a user.

use std::time::Duration;

use time::OffsetDateTime;

use super::{
    ids::{LogoutTokenIdHash, ProviderSessionIdHash, UserIdHash},
    rows::EndedSession,
};

/// A report of the provider to remember, so that it is carried out only once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RememberedToken {
    /// The hash of its id.
    pub key: LogoutTokenIdHash,
    /// How long it is remembered, in whole seconds: not shorter than it is
    /// accepted, and than a sign-in that is under way now can take.
    pub keep_for: Duration,
}

/// A logout that the provider reports.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProviderLogout {
    /// Which sessions end.
    pub of: LogoutTarget,
    /// When the provider ended them, by the provider's clock. A logout of a user
    /// ends only sessions whose ID token was issued at that time or before. So it
    /// does no harm to later sessions if it arrives late.
    pub issued_at: OffsetDateTime,
    /// The report, and for how long no such session may begin.
    pub token: RememberedToken,
}

impl ProviderLogout {
    /// Creates the logout of a report, remembered for `keep_for`.
    pub const fn new(
        key: LogoutTokenIdHash,
        of: LogoutTarget,
        issued_at: OffsetDateTime,
        keep_for: Duration,
    ) -> Self {
        Self {
            of,
            issued_at,
            token: RememberedToken { key, keep_for },
        }
    }
}

/// Which sessions a logout ends (OpenID Connect Back-Channel Logout 1.0 §2.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogoutTarget {
    /// The sessions that began in this session of the provider: the token has a
    /// `sid`.
    ProviderSession(ProviderSessionIdHash),
    /// The sessions that began in this session of the provider, and those of the
    /// user for which it is unknown where they began: the token has a `sid` and a
    /// `sub`.
    ProviderSessionOfUser(ProviderSessionIdHash, UserIdHash),
    /// All sessions of this user: the token has only a `sub`, or the user was
    /// suspended or deleted.
    User(UserIdHash),
}

impl LogoutTarget {
    /// Returns the provider session that ended, if it is a single one.
    pub const fn provider_session(&self) -> Option<ProviderSessionIdHash> {
        match self {
            Self::ProviderSession(key) | Self::ProviderSessionOfUser(key, _) => Some(*key),
            Self::User(_) => None,
        }
    }

    /// Returns the user, if sessions of a user end.
    pub const fn user(&self) -> Option<UserIdHash> {
        match self {
            Self::ProviderSession(_) => None,
            Self::ProviderSessionOfUser(_, user) | Self::User(user) => Some(*user),
        }
    }

    /// Returns which sessions of the user end.
    pub const fn user_scope(&self) -> UserLogoutScope {
        match self {
            Self::User(_) => UserLogoutScope::All,
            _ => UserLogoutScope::WithoutProviderSession,
        }
    }
}

/// Which sessions of a user a logout ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum UserLogoutScope {
    /// Those for which it is unknown in which session of the provider they began.
    WithoutProviderSession,
    /// All.
    All,
}

/// The outcome of a [`ProviderLogout`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProviderLogoutOutcome {
    /// These sessions were ended; there may be none.
    Ended(Vec<EndedSession>),
    /// The report was carried out before. Nothing has changed.
    Replayed,
}

/// A change of users that the provider reports and that ends no session.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UserChange {
    /// The users.
    pub users: Vec<UserIdHash>,
    /// What has changed.
    pub kind: UserChangeKind,
    /// The report.
    pub token: RememberedToken,
}

impl UserChange {
    /// Creates a change.
    pub const fn new(users: Vec<UserIdHash>, kind: UserChangeKind, token: RememberedToken) -> Self {
        Self { users, kind, token }
    }
}

/// What has changed of users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UserChangeKind {
    /// What the claims of their sessions say.
    Claims,
    /// They may sign in again since this time, by the provider's clock: logouts of
    /// these users at that time or before refuse no session any more.
    Reinstated(OffsetDateTime),
}
