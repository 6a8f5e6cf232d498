//! The CSRF tokens of Auth.js's clients.

use super::Auth;
use crate::{
    RequestCookies,
    csrf_token::{self, CsrfToken},
};

/// The CSRF tokens of Auth.js's clients.
impl Auth {
    /// Returns the CSRF token of a browser, for the forms of Auth.js's clients.
    /// Creates one if the browser has none that this application made.
    pub fn csrf_token(&self, cookies: &RequestCookies) -> CsrfToken {
        csrf_token::issue(self.context(), cookies)
    }

    /// Returns whether `token` is the CSRF token of this browser. Tokens that were
    /// made with a former secret are valid too.
    pub fn is_csrf_token(&self, token: &str, cookies: &RequestCookies) -> bool {
        csrf_token::is_valid(self.context(), token, cookies)
    }
}
