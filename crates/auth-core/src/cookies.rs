//! Cookies as plain values: those of a request, and those to set.

use std::{fmt, sync::Arc, time::Duration};

/// What the names begin with if the application chooses nothing else: that of
/// Auth.js.
pub(crate) const DEFAULT_STEM: &str = "authjs";
const SESSION: &str = "session-token";
const STATE: &str = "state.";
const SIGN_OUT: &str = "sign-out";
const REFUSAL: &str = "refusal";
const CSRF_TOKEN: &str = "csrf-token";
/// What names began with over http before they had a port.
const FORMER_PREFIX: &str = "authjs.";
/// Browsers accept a cookie with this prefix only over TLS, without `Domain` and
/// for all paths. So another subdomain can neither read nor set it (RFC 6265bis
/// §4.1.3.2).
const HOST_PREFIX: &str = "__Host-";
/// The length of what follows [`STATE`] in a name: twelve bytes in base64url.
const STATE_SUFFIX: usize = 16;
/// The longest cookie, name and value, in bytes. Browsers keep none that is longer
/// (RFC 6265bis §5.6).
const MAX_LENGTH: usize = 4096;
/// The most cookies of sign-ins under way that are looked at. Tabs that begin at the
/// same time may leave more than the sign-ins under way that one browser may have.
const MAX_STATES: usize = 20;

/// The cookies of a request that are named like those of this library.
///
/// Parsing is lenient: cookies ignore ports, so a Logto on the same host adds its
/// own cookies, whose values are raw JSON with quotes and commas.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RequestCookies {
    /// The cookies, each followed by `;`. What their names begin with is known when
    /// they are asked for.
    kept: Arc<Vec<u8>>,
}

impl RequestCookies {
    /// Parses the values of all `Cookie` headers. Keeps only cookies that are named
    /// like those of this library: a request may contain anything.
    pub fn parse<'a>(headers: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut kept = Vec::new();
        let pairs = headers
            .into_iter()
            .flat_map(|header| header.split(|&byte| byte == b';'));
        for pair in pairs {
            if read(pair).is_some_and(|(name, _)| is_like_own(name)) {
                kept.extend_from_slice(pair);
                kept.push(b';');
            }
        }
        let kept = Arc::new(kept);
        Self { kept }
    }

    /// Returns the value of the first cookie with this name. Cookies that are not named
    /// like those of this library are not kept.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs()
            .find_map(|(n, value)| (n == name).then_some(value))
    }

    /// Returns cookies of sign-ins under way, and a limited number of them: a request
    /// may contain anything.
    pub(crate) fn of_sign_ins(&self, state_prefix: &str) -> impl Iterator<Item = (&str, &str)> {
        let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        self.pairs()
            .filter(move |(name, _)| {
                name.strip_prefix(state_prefix).is_some_and(|suffix| {
                    suffix.len() == STATE_SUFFIX && suffix.bytes().all(is_base64url)
                })
            })
            .take(MAX_STATES)
    }

    fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.kept.split(|&byte| byte == b';').filter_map(read)
    }
}

/// Reads name and value; `None` if it is too long for a cookie, or not UTF-8.
fn read(pair: &[u8]) -> Option<(&str, &str)> {
    let pair = std::str::from_utf8(pair).ok()?.trim();
    let (name, value) = pair.split_once('=')?;
    (pair.len() <= MAX_LENGTH).then(|| (name.trim_end(), value.trim_start()))
}

/// Returns whether a name ends like one of this library, of any application.
fn is_like_own(name: &str) -> bool {
    let is_one = |kind: &str| {
        name.strip_suffix(kind)
            .is_some_and(|prefix| prefix.ends_with('.'))
    };
    [SESSION, SIGN_OUT, REFUSAL, CSRF_TOKEN]
        .into_iter()
        .any(is_one)
        || name
            .rsplit_once('.')
            .is_some_and(|(prefix, _)| prefix.ends_with(".state"))
}

/// Prints nothing of the cookies: the values are secret.
impl fmt::Debug for RequestCookies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestCookies").finish_non_exhaustive()
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
    /// What every name begins with.
    prefix: String,
    /// What the names of former releases begin with, if not with the same.
    former_prefix: Option<&'static str>,
    pub(crate) session: String,
    pub(crate) state_prefix: String,
    pub(crate) sign_out: String,
    pub(crate) refusal: String,
    pub(crate) csrf_token: String,
}

/// How browsers reach the application.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Transport {
    /// Over TLS.
    Https,
    /// Without TLS, at this port. Only a machine's own browser does so.
    Http { port: u16 },
}

impl CookieNames {
    /// Builds the names from what they begin with.
    ///
    /// Cookies ignore ports (RFC 6265 §8.5), so without TLS the port is in the name:
    /// two applications on one machine would otherwise sign each other out. It is in
    /// front, because Auth.js takes every cookie for a piece of its session whose name
    /// begins with `authjs.session-token`.
    pub(crate) fn new(stem: &str, transport: Transport) -> Self {
        let (secure, prefix) = match transport {
            Transport::Https => (true, format!("{HOST_PREFIX}{stem}.")),
            Transport::Http { port } => (false, format!("{stem}.{port}.")),
        };
        Self {
            secure,
            former_prefix: (!secure && stem == DEFAULT_STEM).then_some(FORMER_PREFIX),
            session: format!("{prefix}{SESSION}"),
            state_prefix: format!("{prefix}{STATE}"),
            sign_out: format!("{prefix}{SIGN_OUT}"),
            refusal: format!("{prefix}{REFUSAL}"),
            csrf_token: format!("{prefix}{CSRF_TOKEN}"),
            prefix,
        }
    }

    /// Returns the name and value of a cookie of this application, also under the name
    /// that former releases gave it.
    ///
    /// A cookie with such a name may be another application's. It must not be removed
    /// unless it turned out to be this one's.
    pub(crate) fn find<'c>(
        &self,
        name: &str,
        cookies: &'c RequestCookies,
    ) -> Option<(String, &'c str)> {
        let find = |name: String| cookies.get(&name).map(|value| (name, value));
        find(name.to_owned()).or_else(|| find(self.former(name)?))
    }

    /// Returns the cookies of sign-ins under way, also those with names of former
    /// releases.
    pub(crate) fn sign_ins<'c>(
        &self,
        cookies: &'c RequestCookies,
    ) -> impl Iterator<Item = (&'c str, &'c str)> {
        let former = self.former(&self.state_prefix);
        let former = former.map(|prefix| cookies.of_sign_ins(&prefix).collect::<Vec<_>>());
        let own: Vec<_> = cookies.of_sign_ins(&self.state_prefix).collect();
        own.into_iter().chain(former.into_iter().flatten())
    }

    /// Returns the name that former releases gave the cookie with this name.
    pub(crate) fn former(&self, name: &str) -> Option<String> {
        let kind = name.strip_prefix(&self.prefix)?;
        Some(format!("{}{kind}", self.former_prefix?))
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
        assert_eq!(cookies.get("flag"), None);
        assert_eq!(
            *cookies.kept,
            b" authjs.session-token=abc; authjs.sign-out = v ;"
        );
    }

    #[test]
    fn a_limited_number_of_cookies_is_looked_at() {
        let names = CookieNames::new(DEFAULT_STEM, Transport::Https);
        let state = |n: usize| format!("authjs.state.{n:016}=v;__Host-authjs.state.{n:016}=v");
        let many: Vec<_> = (0..100).map(state).collect();
        let long = format!("__Host-authjs.csrf-token={}", "x".repeat(5000));
        let header = format!(
            "{};{}; {long}; __Host-authjs.state.short=v; __Host-authjs.state.{}=v; \
             __Host-authjs.session-token=s; __Host-authjs.session-token=t",
            "=;".repeat(150_000),
            many.join(";"),
            "%".repeat(16),
        );
        let cookies = RequestCookies::parse([header.as_bytes()]);
        assert_eq!(names.sign_ins(&cookies).count(), MAX_STATES);
        // Other cookies, before it in the header, do not keep it out.
        assert_eq!(cookies.get("__Host-authjs.session-token"), Some("s"));
        assert_eq!(cookies.get("__Host-authjs.csrf-token"), None);
        let malformed = "__Host-authjs.state.short=v; __Host-authjs.state.%%%%%%%%%%%%%%%%=v";
        let cookies = RequestCookies::parse([malformed.as_bytes()]);
        assert_eq!(names.sign_ins(&cookies).count(), 0);
    }

    #[test]
    fn names_over_https_are_those_of_auth_js_and_others_have_the_port() {
        let session = |stem, transport| CookieNames::new(stem, transport).session;
        let https = session("authjs", Transport::Https);
        assert_eq!(https, "__Host-authjs.session-token");
        assert_eq!(
            session("shop", Transport::Https),
            "__Host-shop.session-token"
        );
        let at = |port| Transport::Http { port };
        assert_eq!(session("authjs", at(3000)), "authjs.3000.session-token");
        assert_eq!(session("shop", at(80)), "shop.80.session-token");
    }

    #[test]
    fn names_of_former_releases_are_read_where_the_port_is_new() {
        let cookies = RequestCookies::parse([
            b"authjs.session-token=former; __Host-authjs.session-token=secure".as_slice(),
        ]);
        let both = RequestCookies::parse([
            b"authjs.session-token=former; authjs.3000.session-token=own".as_slice(),
        ]);
        let find = |stem, transport, cookies| {
            let names = CookieNames::new(stem, transport);
            let (_, value) = names.find(&names.session, cookies)?;
            Some(value)
        };
        let http = Transport::Http { port: 3000 };
        assert_eq!(find("authjs", http, &cookies), Some("former"));
        assert_eq!(find("authjs", http, &both), Some("own"));
        assert_eq!(find("shop", http, &both), None);
        assert_eq!(find("authjs", Transport::Https, &cookies), Some("secure"));
        assert_eq!(find("authjs", Transport::Https, &both), None);
    }
}
