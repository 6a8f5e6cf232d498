//! Cookies as plain values: those of a request, and those to set.

use std::{fmt, time::Duration};

const SESSION: &str = "authjs.session-token";
const STATE: &str = "authjs.state.";
const SIGN_OUT: &str = "authjs.sign-out";
const REFUSAL: &str = "authjs.refusal";
const CSRF_TOKEN: &str = "authjs.csrf-token";
/// Browsers accept a cookie with this prefix only over TLS, without `Domain` and
/// for all paths. So another subdomain can neither read nor set it (RFC 6265bis
/// §4.1.3.2).
const HOST_PREFIX: &str = "__Host-";
/// The length of what follows [`STATE`] in a name: twelve bytes in base64url.
const STATE_SUFFIX: usize = 16;
/// The longest cookie, name and value, in bytes. Browsers keep none that is longer
/// (RFC 6265bis §5.6).
const MAX_LENGTH: usize = 4096;
/// The most cookies of sign-ins under way that are kept, with the prefix and without.
/// Tabs that begin at the same time may leave more than the sign-ins under way that
/// one browser may have.
const MAX_STATES: usize = 20;

/// The cookies of a request that this library sets.
///
/// Parsing is lenient: cookies ignore ports, so a Logto on the same host adds its
/// own cookies, whose values are raw JSON with quotes and commas.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RequestCookies(Vec<(String, String)>);

impl RequestCookies {
    /// Parses the values of all `Cookie` headers. Keeps only cookies with names of
    /// this library, and a limited number of them: a request may contain anything.
    pub fn parse<'a>(headers: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut kept = Self::default();
        let pairs = headers
            .into_iter()
            .flat_map(|header| header.split(|&byte| byte == b';'));
        for pair in pairs {
            let pair = std::str::from_utf8(pair).ok().map(str::trim);
            let Some((name, value)) = pair.and_then(|pair| pair.split_once('=')) else {
                continue;
            };
            let name = name.trim_end();
            if pair.is_some_and(|pair| pair.len() <= MAX_LENGTH) && kept.has_room_for(name) {
                kept.0
                    .push((name.to_owned(), value.trim_start().to_owned()));
            }
        }
        kept
    }

    fn has_room_for(&self, name: &str) -> bool {
        match kind_of(name) {
            Some((_, Kind::One)) => self.get(name).is_none(),
            Some((prefix, Kind::State)) => {
                let kept = self.0.iter().filter_map(|(name, _)| kind_of(name));
                kept.filter(|kind| *kind == (prefix, Kind::State)).count() < MAX_STATES
            }
            None => false,
        }
    }

    /// Returns the value of the first cookie with this name. Cookies that this library
    /// does not set are not kept.
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
            .any(|(name, _)| without_prefix(name).1 == SESSION)
    }

    pub(crate) fn starting_with(&self, prefix: &str) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .filter(move |(name, _)| name.starts_with(prefix))
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Whether a name ensures that only this host can have set the cookie.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Prefix {
    Host,
    None,
}

/// How many cookies of a kind a browser may have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// One.
    One,
    /// One for each sign-in under way.
    State,
}

fn without_prefix(name: &str) -> (Prefix, &str) {
    match name.strip_prefix(HOST_PREFIX) {
        Some(name) => (Prefix::Host, name),
        None => (Prefix::None, name),
    }
}

/// Returns the kind of a cookie of this library; `None` for other cookies.
fn kind_of(name: &str) -> Option<(Prefix, Kind)> {
    let (prefix, name) = without_prefix(name);
    let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if let Some(suffix) = name.strip_prefix(STATE) {
        let is_own = suffix.len() == STATE_SUFFIX && suffix.bytes().all(is_base64url);
        return is_own.then_some((prefix, Kind::State));
    }
    [SESSION, SIGN_OUT, REFUSAL, CSRF_TOKEN]
        .contains(&name)
        .then_some((prefix, Kind::One))
}

/// Prints names only: the values are secret.
impl fmt::Debug for RequestCookies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

/// A cookie to set or to remove. It is always `HttpOnly`, `SameSite=Lax` and
/// `Path=/`, without `Domain`.
///
/// `SameSite=Lax`, because the provider's redirect is a navigation from another
/// site, with which browsers do not send a `Strict` cookie.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SetCookie {
    /// The complete name, including the prefix.
    pub name: String,
    /// The value; empty to remove the cookie.
    pub value: String,
    /// How long the browser keeps the cookie; zero removes it.
    /// [`Duration::MAX`] keeps it until the browser is closed.
    pub max_age: Duration,
    /// Whether the browser sends the cookie over TLS only.
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

/// The names and attributes of this application's cookies.
#[derive(Clone, Debug)]
pub(crate) struct CookieNames {
    secure: bool,
    pub(crate) session: String,
    pub(crate) state_prefix: String,
    pub(crate) sign_out: String,
    pub(crate) refusal: String,
    pub(crate) csrf_token: String,
}

impl CookieNames {
    /// Builds the names. `secure`: whether browsers reach the application over TLS.
    pub(crate) fn new(secure: bool) -> Self {
        let prefix = if secure { HOST_PREFIX } else { "" };
        Self {
            secure,
            session: format!("{prefix}{SESSION}"),
            state_prefix: format!("{prefix}{STATE}"),
            sign_out: format!("{prefix}{SIGN_OUT}"),
            refusal: format!("{prefix}{REFUSAL}"),
            csrf_token: format!("{prefix}{CSRF_TOKEN}"),
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

    /// Returns a cookie that the browser keeps until it is closed.
    pub(crate) fn for_browser_session(&self, name: &str, value: String) -> SetCookie {
        self.set(name, value, Duration::MAX)
    }

    /// Returns the removal of a cookie. It has all attributes, including
    /// `Secure`: without it browsers ignore the header for a `__Host-` cookie,
    /// and the cookie stays.
    pub(crate) fn remove(&self, name: &str) -> SetCookie {
        self.set(name, String::new(), Duration::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_cookies_of_other_servers_are_skipped() {
        let cookies = RequestCookies::parse([
            br#"_logto={"appId":"x","a":[1,2]}; authjs.session-token=abc; \xff=1"#.as_slice(),
            b"_interaction=\"q; u\xff=bad; flag; =x; authjs.sign-out = v ".as_slice(),
        ]);
        assert_eq!(cookies.get("authjs.session-token"), Some("abc"));
        assert_eq!(cookies.get("authjs.sign-out"), Some("v"));
        assert_eq!(cookies.0.len(), 2, "{cookies:?}");
    }

    #[test]
    fn only_own_cookies_are_kept_and_a_limited_number() {
        let state = |n: usize| format!("authjs.state.{n:016}=v;__Host-authjs.state.{n:016}=v");
        let many: Vec<_> = (0..100).map(state).collect();
        let long = format!("__Host-authjs.csrf-token={}", "x".repeat(5000));
        let header = format!(
            "{};{}; {long}; authjs.state.short=v; authjs.state.{}=v; __Host-authjs.session-token=s; \
             __Host-authjs.session-token=t",
            "=;".repeat(150_000),
            many.join(";"),
            "%".repeat(16),
        );
        let cookies = RequestCookies::parse([header.as_bytes()]);
        assert_eq!(cookies.0.len(), 2 * MAX_STATES + 1, "{cookies:?}");
        // Other cookies, before it in the header, do not keep it out.
        assert_eq!(cookies.get("__Host-authjs.session-token"), Some("s"));
        assert_eq!(cookies.get("__Host-authjs.csrf-token"), None);
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
