//! How a sign-in reaches the provider, and how the provider sends its answer.

use super::{builder::ConfigBuilder, error::ConfigProblem};
use crate::oauth::pushed_requests::PushedRequests;

/// How the provider sends its answer to a sign-in (OAuth 2.0 Multiple Response
/// Type Encoding Practices §2.1, OAuth 2.0 Form Post Response Mode §2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResponseMode {
    /// In the query of the callback's address. PKCE and `state` protect the code
    /// there.
    #[default]
    Query,
    /// In a form that the provider's page posts, so that no log of addresses has
    /// the code. Browsers send no cookies with it, so the callback answers with a
    /// page that posts the form again: without JavaScript the user presses a button
    /// there.
    FormPost,
}

/// Reads `AUTH_LOGTO_RESPONSE_MODE`.
pub(super) fn read(value: &str) -> Result<ResponseMode, ConfigProblem> {
    match value {
        "query" => Ok(ResponseMode::Query),
        "form_post" => Ok(ResponseMode::FormPost),
        _ => Err(ConfigProblem::new(
            "AUTH_LOGTO_RESPONSE_MODE",
            format!("is {value:?}, which is not a supported response mode"),
            "set it to query or form_post",
        )),
    }
}

impl ConfigBuilder {
    /// Sets whether authorization requests are pushed. Default:
    /// [`PushedRequests::WhenRequired`].
    #[must_use]
    pub const fn pushed_requests(mut self, pushed: PushedRequests) -> Self {
        self.pushed_requests = pushed;
        self
    }

    /// Sets how the provider sends its answer to a sign-in. Default:
    /// [`ResponseMode::Query`].
    #[must_use]
    pub fn response_mode(mut self, mode: ResponseMode) -> Self {
        self.response_mode = mode;
        self
    }
}
