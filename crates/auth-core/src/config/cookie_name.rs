//! What the names of the application's cookies begin with.

use std::sync::Arc;

use url::Url;

use super::{Config, builder::ConfigBuilder, error::ConfigProblem};
use crate::cookies::{CookieNames, DEFAULT_STEM, RequestCookies, Transport};

/// The variable.
pub(super) const VARIABLE: &str = "AUTH_COOKIE_NAME";
/// The longest name, in bytes: browsers keep 4096 of a cookie, its name included.
const MAX_LENGTH: usize = 32;

impl ConfigBuilder {
    /// Sets what the names of the cookies begin with, instead of `authjs`: `shop`
    /// makes `__Host-shop.session-token`. Applications that share a host, at other
    /// ports or under other paths, need different names, so that they do not sign
    /// each other out. A new name signs everybody out.
    ///
    /// At an address with `http` the port is part of the names anyway:
    /// `authjs.3000.session-token`.
    #[must_use]
    pub fn cookie_name(mut self, name: impl Into<String>) -> Self {
        self.cookie_name = Some(name.into());
        self
    }
}

impl Config {
    /// Returns the session cookie, to look for it in requests.
    pub fn session_cookie(&self) -> SessionCookie {
        SessionCookie(Arc::clone(&self.cookie_names))
    }
}

/// The session cookie of an application. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SessionCookie(Arc<CookieNames>);

impl SessionCookie {
    /// Returns whether a request has the cookie, of a session that exists or not.
    pub fn is_in(&self, cookies: &RequestCookies) -> bool {
        self.0.find(&self.0.session, cookies).is_some()
    }
}

/// Returns the names of the cookies of an application at `base_url`.
pub(super) fn names(stem: Option<&str>, base_url: &Url) -> Arc<CookieNames> {
    let transport = match base_url.scheme() {
        "https" => Transport::Https,
        _ => Transport::Http {
            port: base_url.port_or_known_default().unwrap_or_default(),
        },
    };
    Arc::new(CookieNames::new(stem.unwrap_or(DEFAULT_STEM), transport))
}

/// Checks the setting.
pub(super) fn check(name: String) -> Result<String, ConfigProblem> {
    let wrong = |problem: String, remedy: &str| {
        Err(ConfigProblem::new(
            VARIABLE,
            format!("is {name:?}, which {problem}"),
            remedy,
        ))
    };
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    // RFC 6265bis §4.1.3: browsers compare prefixes without regard to case, and
    // more of them may come.
    if name.starts_with("__") {
        return wrong(
            "begins with __".to_owned(),
            "leave out the prefix: with https, __Host- is added",
        );
    }
    if !name.bytes().all(is_allowed) || name.is_empty() {
        return wrong(
            "is no name of a cookie".to_owned(),
            "write letters, digits, -, _ and . only",
        );
    }
    if name.len() > MAX_LENGTH {
        return wrong(
            format!("has more than {MAX_LENGTH} characters"),
            "choose a shorter name",
        );
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_browsers_or_headers_do_not_take_are_refused() {
        for name in ["shop", "a", "my-shop_2.test", "x".repeat(32).as_str()] {
            assert_eq!(check(name.to_owned()).unwrap(), name);
        }
        for name in [
            "",
            " ",
            "__Host-shop",
            "__secure-shop",
            "__shop",
            "my shop",
            "shop;",
            "shop=1",
            "shop\r\nset-cookie: x",
            "ร้าน",
            "x".repeat(33).as_str(),
        ] {
            let problem = check(name.to_owned()).unwrap_err();
            assert_eq!(problem.setting, VARIABLE, "{name:?}");
        }
    }
}
