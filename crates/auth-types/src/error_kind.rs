//! Why something failed, in the one form that may reach a browser.

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
    /// The user is signed in, and no access token can be had: the sign-in gave
    /// nothing to renew one with (a silent one), or it is not taken any more.
    /// Sign in once more.
    NoToken,
    /// The sign-in service knows no such API, or the sign-in did not name it.
    UnknownResource,
    /// The user is not a member of the organization.
    NotAMember,
    /// The sign-in did not ask for something that this takes.
    ScopeMissing,
    /// A silent sign-in: the user is not signed in at the provider.
    LoginRequired,
    /// A silent sign-in: it asks for what the user has not granted yet.
    ConsentRequired,
    /// A silent sign-in: the provider has to ask the user something.
    InteractionRequired,
    /// Who is signed in may not see the page.
    AccessDenied,
    /// Something failed in this application itself. The log says what.
    Internal,
}

impl ErrorKind {
    /// Every kind, for tables and tests.
    pub const ALL: [Self; 18] = [
        Self::Cancelled,
        Self::Expired,
        Self::StateMismatch,
        Self::InvalidCallback,
        Self::ProviderUnavailable,
        Self::ProviderError,
        Self::Configuration,
        Self::StoreUnavailable,
        Self::SessionRequired,
        Self::NoToken,
        Self::UnknownResource,
        Self::NotAMember,
        Self::ScopeMissing,
        Self::LoginRequired,
        Self::ConsentRequired,
        Self::InteractionRequired,
        Self::AccessDenied,
        Self::Internal,
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
            Self::NoToken => "NoToken",
            Self::UnknownResource => "UnknownResource",
            Self::NotAMember => "NotAMember",
            Self::ScopeMissing => "ScopeMissing",
            Self::LoginRequired => "LoginRequired",
            Self::ConsentRequired => "ConsentRequired",
            Self::InteractionRequired => "InteractionRequired",
            Self::AccessDenied => "AccessDenied",
            Self::Internal => "Internal",
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
            Self::NoToken => {
                "You are signed in, but this site may not ask for more on your behalf. Please sign \
                 in once more."
            }
            Self::UnknownResource => {
                "The sign-in service gives this site no access to the service it asks for."
            }
            Self::NotAMember => "You are not a member of this organization.",
            Self::ScopeMissing => {
                "Your sign-in does not cover this. Please sign in again; if that does not help, \
                 it is this site that has to ask for more."
            }
            Self::LoginRequired => "You are not signed in at the sign-in service.",
            Self::ConsentRequired => "The sign-in service needs your consent first.",
            Self::InteractionRequired => "The sign-in service has to ask you something first.",
            Self::AccessDenied => "You do not have permission to see this page.",
            Self::Internal => "Something went wrong on this site. Try again in a minute.",
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

impl fmt::Display for UnknownErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unknown error code")
    }
}

impl std::error::Error for UnknownErrorKind {}

impl FromStr for ErrorKind {
    type Err = UnknownErrorKind;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.code() == code)
            .ok_or(UnknownErrorKind)
    }
}
