//! Why a sign-in failed, in the one form that may reach a browser.

use std::{fmt, str::FromStr};

/// The kind of a failure: a stable code for the error page's `?error=`, and a
/// sentence for the user. Details stay in the server's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The user turned back at the provider. Nothing is wrong.
    Cancelled,
    /// The attempt took longer than ten minutes, was completed already, or
    /// began in another browser. Sign in again.
    Expired,
    /// The answer belongs to no sign-in that this browser began.
    StateMismatch,
    /// The address that should have been the provider's answer is none.
    InvalidCallback,
    /// The provider cannot be reached or answers with a server error.
    ProviderUnavailable,
    /// The provider refused, or its answer failed a check. The log says which.
    ProviderError,
    /// The application's settings and the provider's do not fit. The log says
    /// where.
    Configuration,
    /// The session store cannot be reached.
    StoreUnavailable,
    /// It takes a session, and there is none, or it has ended. Sign in again.
    SessionRequired,
}

impl ErrorKind {
    /// Every kind, for tables and tests.
    pub const ALL: [Self; 9] = [
        Self::Cancelled,
        Self::Expired,
        Self::StateMismatch,
        Self::InvalidCallback,
        Self::ProviderUnavailable,
        Self::ProviderError,
        Self::Configuration,
        Self::StoreUnavailable,
        Self::SessionRequired,
    ];

    /// The stable code, as it stands in `?error=`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Cancelled => "Cancelled",
            Self::Expired => "Expired",
            Self::StateMismatch => "StateMismatch",
            Self::InvalidCallback => "InvalidCallback",
            Self::ProviderUnavailable => "ProviderUnavailable",
            Self::ProviderError => "ProviderError",
            Self::Configuration => "Configuration",
            Self::StoreUnavailable => "StoreUnavailable",
            Self::SessionRequired => "SessionRequired",
        }
    }

    /// A sentence that tells the user what happened.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Cancelled => "You cancelled the sign-in.",
            Self::Expired => "This sign-in took too long or was already used.",
            Self::StateMismatch => "This answer does not belong to a sign-in that you began here.",
            Self::InvalidCallback => "This answer of the sign-in service is incomplete.",
            Self::ProviderUnavailable => "The sign-in service cannot be reached at the moment.",
            Self::ProviderError => "The sign-in service could not sign you in.",
            Self::Configuration => "Sign-in is not set up correctly on this site.",
            Self::StoreUnavailable => "This site cannot reach its own memory at the moment.",
            Self::SessionRequired => "Your session has ended. Please sign in again.",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The text is no code of [`ErrorKind`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownErrorKind;

impl FromStr for ErrorKind {
    type Err = UnknownErrorKind;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.code() == code)
            .ok_or(UnknownErrorKind)
    }
}
