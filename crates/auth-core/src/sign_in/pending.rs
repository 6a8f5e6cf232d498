//! Sign-ins under way. Each is stored in a sealed cookie of its own, named by its
//! `state`: several tabs can sign in at the same time, and abandoned sign-ins
//! leave no rows in the store.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use crate::{
    clock,
    cookies::{CookieNames, RequestCookies, SetCookie},
    error::AuthError,
    redirect::RedirectTo,
    sealing::{Keyring, Purpose},
};

/// How long a user may take to sign in at the provider.
pub(crate) const LIFETIME: Duration = Duration::from_secs(10 * 60);
/// How far the clocks of two servers may differ, in seconds.
const LEEWAY: i64 = clock::LEEWAY.whole_seconds();
/// The most sign-ins under way in one browser: the cookies of more would exceed
/// the size limits of request headers.
const MAX_PENDING: usize = 5;

/// What has to be remembered between the authorization request and its answer.
#[derive(Serialize, Deserialize)]
pub(crate) struct PendingSignIn {
    /// Binds the answer to this browser (RFC 6749 §10.12).
    pub(crate) state: String,
    /// Binds the ID token to this request (OpenID Connect Core §3.1.2.1).
    pub(crate) nonce: String,
    /// Binds the code to this request (RFC 7636).
    pub(crate) verifier: String,
    redirect_to: String,
    /// Seconds since 1970.
    pub(crate) started_at: i64,
    /// The earliest time of authentication accepted (`max_age`, `prompt=login`),
    /// in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) authenticated_since: Option<i64>,
    /// The classes of authentication accepted (`acr_values`); empty for any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) acr_values: Vec<String>,
}

impl PendingSignIn {
    pub(crate) fn new(
        state: String,
        nonce: String,
        verifier: String,
        redirect_to: &RedirectTo,
        now: OffsetDateTime,
    ) -> Self {
        Self {
            state,
            nonce,
            verifier,
            redirect_to: redirect_to.as_str().to_owned(),
            started_at: now.unix_timestamp(),
            authenticated_since: None,
            acr_values: Vec::new(),
        }
    }

    pub(crate) fn redirect_to(&self, base_url: &url::Url) -> RedirectTo {
        RedirectTo::parse(&self.redirect_to, base_url).unwrap_or_else(RedirectTo::home)
    }

    fn is_current(&self, now: OffsetDateTime) -> bool {
        let age = now.unix_timestamp().saturating_sub(self.started_at);
        // The sign-in may have begun on a server whose clock is ahead.
        let since_start = u64::try_from(age.saturating_add(LEEWAY));
        since_start.is_ok_and(|seconds| seconds <= LIFETIME.as_secs() + LEEWAY.unsigned_abs())
    }

    /// Returns the cookie of this sign-in, and the removals of expired cookies and
    /// of the oldest ones if there are too many.
    pub(crate) fn remember(
        &self,
        cookies: &RequestCookies,
        names: &CookieNames,
        keyring: &Keyring,
        now: OffsetDateTime,
    ) -> Result<Vec<SetCookie>, AuthError> {
        let mut others: Vec<(i64, &str)> = Vec::new();
        let mut set = Vec::new();
        for (name, value) in cookies.of_sign_ins(&names.state_prefix) {
            match open(name, value, keyring).filter(|pending| pending.is_current(now)) {
                Some(pending) => others.push((pending.started_at, name)),
                None => set.push(names.remove(name)),
            }
        }
        others.sort_unstable();
        let too_many = (others.len() + 1).saturating_sub(MAX_PENDING);
        set.extend(
            others[..too_many]
                .iter()
                .map(|(_, name)| names.remove(name)),
        );

        let name = cookie_name(&self.state, names);
        let sealed = keyring.seal(Purpose::PendingSignIn, name.as_bytes(), self)?;
        set.push(names.set(&name, URL_SAFE_NO_PAD.encode(sealed), LIFETIME));
        Ok(set)
    }
}

/// The sign-in to which an answer belongs.
pub(crate) enum Found {
    /// This sign-in, and the removal of its cookie: it can be used once.
    One(Box<PendingSignIn>, SetCookie),
    /// No sign-in is under way.
    None,
    /// Other sign-ins are under way, but not this one.
    Others,
}

/// Finds the sign-in with this `state`.
pub(crate) fn find(
    state: &str,
    cookies: &RequestCookies,
    names: &CookieNames,
    keyring: &Keyring,
    now: OffsetDateTime,
) -> Found {
    let current = |name: &str, value: &str| {
        open(name, value, keyring).filter(|pending| pending.is_current(now))
    };
    if let Some((name, value)) = names.find(&cookie_name(state, names), cookies)
        && let Some(pending) = current(&name, value)
        && is_equal(&pending.state, state)
    {
        return Found::One(Box::new(pending), names.remove(&name));
    }
    if names
        .sign_ins(cookies)
        .any(|(name, value)| current(name, value).is_some())
    {
        Found::Others
    } else {
        Found::None
    }
}

/// Returns the sign-in under way if there is exactly one, for an answer without
/// `state`. It stays under way, because any site can cause such an answer.
pub(crate) fn only(
    cookies: &RequestCookies,
    names: &CookieNames,
    keyring: &Keyring,
    now: OffsetDateTime,
) -> Option<PendingSignIn> {
    let mut all = names.sign_ins(cookies).filter_map(|(name, value)| {
        open(name, value, keyring).filter(|pending| pending.is_current(now))
    });
    let first = all.next()?;
    all.next().is_none().then_some(first)
}

fn open(name: &str, value: &str, keyring: &Keyring) -> Option<PendingSignIn> {
    let envelope = URL_SAFE_NO_PAD.decode(value).ok()?;
    keyring
        .open(Purpose::PendingSignIn, name.as_bytes(), &envelope)
        .ok()
}

/// Hashes `state`, because it comes from the URL and a cookie's name allows only
/// some characters.
fn cookie_name(state: &str, names: &CookieNames) -> String {
    let digest = Sha256::digest(state.as_bytes());
    format!(
        "{}{}",
        names.state_prefix,
        URL_SAFE_NO_PAD.encode(&digest[..12])
    )
}

fn is_equal(a: &str, b: &str) -> bool {
    use subtle::ConstantTimeEq as _;

    a.as_bytes().ct_eq(b.as_bytes()).into()
}
