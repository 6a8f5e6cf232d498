//! Auth.js's CSRF token: a random value in a cookie and in the form.
//!
//! `auth-axum` refuses requests of other sites by what browsers say about the
//! sender. The token is for clients of Auth.js, which fetch one before each form.
//! It has their form: 64 hexadecimal digits, and in the cookie also a keyed hash,
//! so that a cookie which somebody else planted is not accepted.

use std::fmt;

use chacha20poly1305::KeyInit;
use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use crate::{
    context::Context,
    cookies::{RequestCookies, SetCookie},
    sealing::{
        derive,
        secret::{AuthSecret, random_bytes},
    },
};

/// What separates token and hash in the cookie: `|`, as Auth.js encodes it.
const SEPARATOR: &str = "%7C";

/// A CSRF token of a browser, and the cookie to set with it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CsrfToken {
    /// The token: 64 hexadecimal digits.
    pub token: String,
    /// The cookie to set; `None` if the browser has it already.
    pub cookie: Option<SetCookie>,
}

/// Prints no token.
impl fmt::Debug for CsrfToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CsrfToken")
            .field("cookie", &self.cookie)
            .finish_non_exhaustive()
    }
}

/// Returns the token of this browser, or a new one.
pub(crate) fn issue(context: &Context, cookies: &RequestCookies) -> CsrfToken {
    if let Some(token) = token_of(context, cookies) {
        let (token, cookie) = (token.to_owned(), None);
        return CsrfToken { token, cookie };
    }
    let token = hex(&*random_bytes::<32>());
    let hash = hash(context.config.secrets.newest(), &token);
    let names = &context.config.cookie_names;
    let cookie = names.for_browser_session(&names.csrf_token, format!("{token}{SEPARATOR}{hash}"));
    CsrfToken {
        token,
        cookie: Some(cookie),
    }
}

/// Returns whether `token` is that of this browser.
pub(crate) fn is_valid(context: &Context, token: &str, cookies: &RequestCookies) -> bool {
    token_of(context, cookies).is_some_and(|own| is_equal(own, token))
}

/// Returns the token in the cookie if this application made it, with any of its
/// secrets.
fn token_of<'a>(context: &Context, cookies: &'a RequestCookies) -> Option<&'a str> {
    let names = &context.config.cookie_names;
    let (_, cookie) = names.find(&names.csrf_token, cookies)?;
    let (token, given) = cookie
        .split_once(SEPARATOR)
        .or_else(|| cookie.split_once('|'))?;
    let mut secrets = context.config.secrets.newest_first();
    secrets
        .any(|secret| is_equal(&hash(secret, token), given))
        .then_some(token)
}

fn hash(secret: &AuthSecret, token: &str) -> String {
    let hkdf = Hkdf::<Sha256>::new(Some(b"auth-core v1"), secret.expose().as_bytes());
    let key = derive::<64>(&hkdf, "csrf token");
    let mut mac = <Hmac<Sha256> as KeyInit>::new(key.as_slice().into());
    mac.update(token.as_bytes());
    hex(&mac.finalize().into_bytes())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn is_equal(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}
