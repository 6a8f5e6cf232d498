//! The cookies of a browser.

use std::collections::HashMap;

use auth_core::{RequestCookies, SetCookie};

/// What a browser is to [`Auth`](auth_core::Auth): cookies that are stored and
/// sent.
#[derive(Clone, Debug, Default)]
pub struct CookieJar {
    /// The values of the cookies, by name.
    pub values: HashMap<String, String>,
}

impl CookieJar {
    /// Stores cookies, and removes those with a `Max-Age` of zero.
    pub fn store(&mut self, cookies: &[SetCookie]) {
        for cookie in cookies {
            if cookie.max_age.is_zero() {
                self.values.remove(&cookie.name);
            } else {
                self.values
                    .insert(cookie.name.clone(), cookie.value.clone());
            }
        }
    }

    /// Returns the cookies of a request, as read from its header.
    pub fn cookies(&self) -> RequestCookies {
        let pairs: Vec<_> = self
            .values
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        RequestCookies::parse([pairs.join("; ").as_bytes()])
    }
}
