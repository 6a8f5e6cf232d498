//! The kinds of errors that a browser may see.

use std::{fmt, str::FromStr};

/// The kind of an error: a stable code for the error page's `?error=`, and a
/// sentence for the user. Details are only in the server's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The user cancelled the sign-in at the provider. Nothing has to be corrected.
    Cancelled,
    /// The sign-in took longer than ten minutes, was completed before, or began in
    /// another browser. Sign in again.
    Expired,
    /// The provider's answer belongs to no sign-in of this browser.
    StateMismatch,
    /// The request to the callback is not a valid answer of the provider.
    InvalidCallback,
    /// The provider cannot be reached or answers with a server error. Try again
    /// later.
    ProviderUnavailable,
    /// Too many sign-ins from the user's network were not completed. Try again later.
    TooManyRequests,
    /// The provider refused the request, or its answer failed a check. The log has
    /// the reason.
    ProviderError,
    /// The settings of the application or of the provider are wrong. The log has
    /// the reason.
    Configuration,
    /// The session store cannot be reached. Try again later.
    StoreUnavailable,
    /// The request requires a session, and there is none, or it has ended. Sign in
    /// again.
    SessionRequired,
    /// The user is signed in, but no access token can be issued: the sign-in
    /// yielded no refresh token (a silent sign-in does not), or the provider no
    /// longer accepts the tokens. Sign in again.
    NoToken,
    /// The provider does not know the API, or the sign-in did not request it.
    UnknownResource,
    /// The user is not a member of the organization.
    NotAMember,
    /// The sign-in did not request a necessary scope.
    ScopeMissing,
    /// A silent sign-in: the user is not signed in at the provider.
    LoginRequired,
    /// A silent sign-in: the user has not allowed all that it requests.
    ConsentRequired,
    /// A silent sign-in: the provider has to ask the user something.
    InteractionRequired,
    /// The application did not let the user sign in. It may have a reason of its own,
    /// which the error page shows.
    SignInRefused,
    /// The user does not have the necessary role or scope.
    AccessDenied,
    /// The request's fields or parameters are not what the application expects:
    /// the page may be of an older version. Reload the page.
    InvalidRequest,
    /// The browser could not reach this application. Only a browser says so, never
    /// the server.
    Unreachable,
    /// Something failed in this application itself. The log has the reason.
    Internal,
}

impl ErrorKind {
    /// All kinds, for tables and tests.
    pub const ALL: [Self; 22] = [
        Self::Cancelled,
        Self::Expired,
        Self::StateMismatch,
        Self::InvalidCallback,
        Self::ProviderUnavailable,
        Self::TooManyRequests,
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
        Self::SignInRefused,
        Self::AccessDenied,
        Self::InvalidRequest,
        Self::Unreachable,
        Self::Internal,
    ];

    /// Returns the stable code: the value of `?error=`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Cancelled => "Cancelled",
            Self::Expired => "Expired",
            Self::StateMismatch => "StateMismatch",
            Self::InvalidCallback => "InvalidCallback",
            Self::ProviderUnavailable => "ProviderUnavailable",
            Self::TooManyRequests => "TooManyRequests",
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
            Self::SignInRefused => "SignInRefused",
            Self::AccessDenied => "AccessDenied",
            Self::InvalidRequest => "InvalidRequest",
            Self::Unreachable => "Unreachable",
            Self::Internal => "Internal",
        }
    }

    /// Returns a heading for a page that shows the [`sentence`](Self::sentence).
    pub const fn heading(self) -> &'static str {
        match self {
            Self::Cancelled => "Sign-in cancelled",
            Self::SessionRequired => "Signed out",
            Self::AccessDenied | Self::NotAMember | Self::ScopeMissing => "No access",
            Self::NoToken
            | Self::LoginRequired
            | Self::ConsentRequired
            | Self::InteractionRequired => "Please sign in",
            // The store can also fail during sign-out.
            Self::StoreUnavailable | Self::Internal => "Something went wrong",
            _ => "Sign-in failed",
        }
    }

    /// Returns a text for the user: what happened, and what to do.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Cancelled => "You cancelled the sign-in.",
            Self::Expired => {
                "This sign-in took too long or was already used. Please sign in again."
            }
            Self::StateMismatch => {
                "This sign-in did not start in this browser. Please sign in again."
            }
            Self::InvalidCallback => {
                "The sign-in service sent an incomplete answer. Please sign in again."
            }
            Self::ProviderUnavailable => {
                "We could not reach the sign-in service. Try again in a minute."
            }
            Self::TooManyRequests => {
                "Too many sign-ins from your network were not completed. Try again in a minute."
            }
            Self::ProviderError => "The sign-in service could not sign you in. Please try again.",
            Self::Configuration => {
                "Sign-in is not set up correctly on this site. Please tell the site owner."
            }
            Self::StoreUnavailable => "We could not load your session. Try again in a minute.",
            Self::SessionRequired => "Your session has ended. Please sign in again.",
            Self::NoToken => {
                "You are signed in, but we could not get access to your data. Please sign in again."
            }
            Self::UnknownResource => {
                "This site does not have access to the requested data. Please tell the site owner."
            }
            Self::NotAMember => "You are not a member of this organization.",
            Self::ScopeMissing => {
                "Your sign-in does not include this permission. Please sign in again. If that does \
                 not help, tell the site owner."
            }
            Self::LoginRequired => "You are not signed in at the sign-in service. Please sign in.",
            Self::ConsentRequired => {
                "You have not given this site your consent yet. Please sign in."
            }
            Self::InteractionRequired => {
                "The sign-in service has a question for you. Please sign in."
            }
            Self::SignInRefused => {
                "This site does not let you sign in. If you think this is a mistake, tell the site \
                 owner."
            }
            Self::AccessDenied => "You do not have permission to see this page.",
            Self::InvalidRequest => {
                "We could not read what this page sent. Reload the page and try again."
            }
            Self::Unreachable => {
                "We could not reach this site. Check your connection and try again."
            }
            Self::Internal => "Something went wrong on this site. Try again in a minute.",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for ErrorKind {}

/// The text is not the code of an [`ErrorKind`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownErrorKind;

impl fmt::Display for UnknownErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a known error code")
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
