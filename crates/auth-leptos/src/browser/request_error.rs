use std::{error::Error, fmt};

/// Why a request of the browser to the server failed. Its text is for users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestError {
    /// The server cannot be reached: the browser may be offline.
    Unreachable,
    /// The server answered with an error, or with something that is no answer of
    /// these routes.
    UnexpectedAnswer,
    /// The code does not run in a browser.
    NotInBrowser,
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreachable => {
                "We could not reach this site. Check your connection and try again."
            }
            Self::UnexpectedAnswer => "Something went wrong on this site. Try again in a minute.",
            Self::NotInBrowser => "This works only in a browser.",
        })
    }
}

impl Error for RequestError {}
