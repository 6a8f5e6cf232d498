//! The error of server functions.

mod encoding;
#[cfg(feature = "ssr")]
pub(crate) mod failure;

use std::{borrow::Cow, error::Error, fmt};

use auth_types::ErrorKind;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};

pub use self::encoding::PublicErrorEncoding;

/// The error of a server function, as a browser may see it: its kind, and a
/// sentence for the user. Details are only in the server's log.
///
/// All functions of this crate for server functions fail with it, so `?` works in
/// a server function that returns it:
///
/// ```
/// use auth_leptos::PublicError;
/// use leptos::prelude::*;
///
/// #[server]
/// async fn who() -> Result<String, PublicError> {
///     # #[cfg(feature = "ssr")]
///     let session = auth_leptos::require_session().await?;
///     # #[cfg(feature = "ssr")]
///     return Ok(session.sub().to_owned());
///     # #[cfg(not(feature = "ssr"))]
///     # Ok(String::new())
/// }
/// ```
///
/// In one that returns [`ServerFnError`](leptos::prelude::ServerFnError), `?`
/// works too, and the browser gets the sentence. An error type of your own wraps
/// it with `From`:
///
/// ```
/// use auth_leptos::PublicError;
/// use leptos::server_fn::{
///     codec::JsonEncoding,
///     error::{FromServerFnError, ServerFnErrorErr},
/// };
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Debug, Serialize, Deserialize)]
/// enum OrderError {
///     SoldOut,
///     Public(PublicError),
/// }
///
/// impl From<PublicError> for OrderError {
///     fn from(error: PublicError) -> Self {
///         Self::Public(error)
///     }
/// }
///
/// impl FromServerFnError for OrderError {
///     type Encoder = JsonEncoding;
///
///     fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
///         Self::Public(error.into())
///     }
/// }
/// ```
///
/// Text of a browser never becomes HTML: show it as text, as Leptos does.
#[derive(Clone, Debug)]
pub struct PublicError {
    /// The code of the kind. It is compared with the known ones only where somebody
    /// asks for the kind: their list would be a part of the WASM.
    code: Cow<'static, str>,
    sentence: Cow<'static, str>,
    /// Stays on the server.
    #[cfg(feature = "ssr")]
    details: Option<std::sync::Arc<auth_core::AuthError>>,
}

impl PublicError {
    /// Creates an error of a kind, with the sentence of that kind.
    pub const fn new(kind: ErrorKind) -> Self {
        Self {
            code: Cow::Borrowed(kind.code()),
            sentence: Cow::Borrowed(kind.sentence()),
            #[cfg(feature = "ssr")]
            details: None,
        }
    }

    /// Returns the kind. A kind that this version does not know, from a newer
    /// server, is [`ErrorKind::Internal`].
    pub fn kind(&self) -> ErrorKind {
        self.code.parse().unwrap_or(ErrorKind::Internal)
    }

    /// Returns the sentence for the user: what happened, and what to do. If an operation
    /// failed on the server, it is in the language of the request.
    pub fn sentence(&self) -> &str {
        &self.sentence
    }
}

/// Compares what a browser may see.
impl PartialEq for PublicError {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code && self.sentence == other.sentence
    }
}

impl Eq for PublicError {}

/// Writes the sentence.
impl fmt::Display for PublicError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

// Without a source: what prints all sources may print it into a page.
impl Error for PublicError {}

impl From<ErrorKind> for PublicError {
    fn from(kind: ErrorKind) -> Self {
        Self::new(kind)
    }
}

/// What Leptos itself fails with. Its text is for developers, so it is logged on
/// the server, and a browser does not show it.
impl From<ServerFnErrorErr> for PublicError {
    fn from(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => invalid_request(&error),
            // The server reads arguments, the browser reads answers.
            ServerFnErrorErr::Deserialization(_) if cfg!(feature = "ssr") => {
                invalid_request(&error)
            }
            ServerFnErrorErr::Request(_) => Self::new(ErrorKind::Unreachable),
            _ => {
                #[cfg(feature = "ssr")]
                tracing::error!("a server function failed: {error}");
                Self::new(ErrorKind::Internal)
            }
        }
    }
}

impl FromServerFnError for PublicError {
    type Encoder = PublicErrorEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        error.into()
    }
}

/// Logs what cannot be read, and answers 400.
#[cfg(feature = "ssr")]
pub(crate) fn invalid_request(error: &dyn fmt::Display) -> PublicError {
    tracing::debug!("the arguments of a server function are not valid: {error}");
    crate::request::set_bad_request();
    PublicError::new(ErrorKind::InvalidRequest)
}

#[cfg(not(feature = "ssr"))]
fn invalid_request(_: &dyn fmt::Display) -> PublicError {
    PublicError::new(ErrorKind::InvalidRequest)
}

#[cfg(feature = "ssr")]
impl PublicError {
    pub(crate) fn of(error: auth_core::AuthError) -> Self {
        let kind = error.kind();
        let sentence = match crate::language() {
            Some(language) => language.sentence(kind).into(),
            None => kind.sentence().into(),
        };
        Self {
            code: Cow::Borrowed(kind.code()),
            sentence,
            details: Some(std::sync::Arc::new(error)),
        }
    }

    /// Returns what failed, with details for the log. A browser must not see
    /// them.
    pub fn details(&self) -> Option<&auth_core::AuthError> {
        self.details.as_deref()
    }
}
