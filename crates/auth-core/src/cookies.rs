//! Cookies as plain values: what the browser sent, and what it should keep.

use std::{fmt, time::Duration};

const SESSION: &str = "authjs.session-token";
const STATE: &str = "authjs.state.";
const SIGN_OUT: &str = "authjs.sign-out";
/// Only over TLS, only for this host, only for all of it: a sibling domain
/// can neither read nor plant such a cookie (RFC 6265bis §4.1.3.2).
const HOST_PREFIX: &str = "__Host-";

/// The cookies of a request.
///
/// Read leniently: cookies ignore ports, so a Logto on the same host adds its
/// own, whose values are raw JSON with quotes and commas.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RequestCookies(Vec<(String, String)>);

impl RequestCookies {
    /// Reads the values of all `Cookie` headers. Bytes that are no UTF-8 spoil
    /// the one cookie they stand in.
    pub fn parse<'a>(headers: impl IntoIterator<Item = &'a [u8]>) -> Self {
        Self(
            headers
                .into_iter()
                .flat_map(|header| header.split(|&byte| byte == b';'))
                .filter_map(|pair| {
                    let (name, value) = std::str::from_utf8(pair).ok()?.split_once('=')?;
                    Some((name.trim().to_owned(), value.trim().to_owned()))
                })
                .collect(),
        )
    }

    /// The value of the first cookie of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find_map(|(n, value)| (n == name).then_some(value.as_str()))
    }

    /// Returns whether a session cookie came along, of a session that exists or
    /// not.
    pub fn has_session_cookie(&self) -> bool {
        self.0
            .iter()
            .any(|(name, _)| name.strip_prefix(HOST_PREFIX).unwrap_or(name) == SESSION)
    }

    pub(crate) fn starting_with(&self, prefix: &str) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .filter(move |(name, _)| name.starts_with(prefix))
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Names only: the values are secret.
impl fmt::Debug for RequestCookies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

/// A cookie to set or to remove: always `HttpOnly`, `SameSite=Lax`, `Path=/`,
/// without `Domain`.
///
/// `Lax`, because the way back from the provider is a navigation from another
/// site, on which a `Strict` cookie would not be sent.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SetCookie {
    /// The whole name, prefix included.
    pub name: String,
    /// The value; empty for a removal.
    pub value: String,
    /// How long the browser keeps it; zero removes it.
    pub max_age: Duration,
    /// Whether it may travel over TLS only.
    pub secure: bool,
}

impl fmt::Debug for SetCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetCookie")
            .field("name", &self.name)
            .field("max_age", &self.max_age)
            .finish_non_exhaustive()
    }
}

/// What our cookies are called, and how they are made.
#[derive(Clone, Debug)]
pub(crate) struct CookieNames {
    secure: bool,
    pub(crate) session: String,
    pub(crate) state_prefix: String,
    pub(crate) sign_out: String,
}

impl CookieNames {
    /// `secure` tells whether browsers reach the application over TLS.
    pub(crate) fn new(secure: bool) -> Self {
        let prefix = if secure { HOST_PREFIX } else { "" };
        Self {
            secure,
            session: format!("{prefix}{SESSION}"),
            state_prefix: format!("{prefix}{STATE}"),
            sign_out: format!("{prefix}{SIGN_OUT}"),
        }
    }

    pub(crate) fn set(&self, name: &str, value: String, max_age: Duration) -> SetCookie {
        SetCookie {
            name: name.to_owned(),
            value,
            max_age,
            secure: self.secure,
        }
    }

    /// A removal keeps all attributes, `Secure` included: without it a browser
    /// refuses the header for a `__Host-` cookie, and the cookie stays.
    pub(crate) fn remove(&self, name: &str) -> SetCookie {
        self.set(name, String::new(), Duration::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_cookies_do_not_hide_ours() {
        let cookies = RequestCookies::parse([
            br#"_logto={"appId":"x","a":[1,2]}; authjs.session-token=abc; \xff=1"#.as_slice(),
            b"_interaction=\"q; u\xff=bad; flag; =x; authjs.state.k = v".as_slice(),
        ]);
        assert_eq!(cookies.get("authjs.session-token"), Some("abc"));
        assert_eq!(cookies.get("authjs.state.k"), Some("v"));
        assert_eq!(cookies.get("_logto"), Some(r#"{"appId":"x","a":[1,2]}"#));
        assert_eq!(cookies.get("flag"), None);
    }

    #[test]
    fn a_session_cookie_is_recognised_over_http_and_https() {
        for (header, expected) in [
            ("authjs.session-token=abc", true),
            ("a=b; __Host-authjs.session-token=abc", true),
            ("authjs.session-token-2=abc; authjs.state.k=v", false),
            ("session=__Host-authjs.session-token", false),
            ("", false),
        ] {
            let cookies = RequestCookies::parse([header.as_bytes()]);
            assert_eq!(cookies.has_session_cookie(), expected, "{header}");
        }
    }
}
