//! Why the application refused a sign-in, on its way to the error page: in a
//! sealed cookie.
//!
//! In an address, anybody could write a reason and send it to a user.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{
    context::Context,
    cookies::{RequestCookies, SetCookie},
    sealing::Purpose,
};

/// The longest reason, in characters: browsers keep 4 KiB of a cookie.
const MAX_LENGTH: usize = 500;
/// How long the error page shows the reason.
const LIFETIME: Duration = Duration::from_secs(10 * 60);

#[derive(Serialize, Deserialize)]
struct Refusal {
    reason: String,
    /// Seconds since 1970.
    until: i64,
}

/// Returns the cookie with the reason. Without a reason it removes that of a former
/// refusal; also if the reason cannot be sealed, which is logged.
pub(crate) fn remember(context: &Context, reason: &str) -> SetCookie {
    let names = &context.config.cookie_names;
    let name = &names.refusal;
    let reason = reason.trim();
    if reason.is_empty() {
        return names.remove(name);
    }
    let refusal = Refusal {
        reason: reason
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(MAX_LENGTH)
            .collect(),
        until: (context.now() + LIFETIME).unix_timestamp(),
    };
    let keyring = &context.keyring;
    match keyring.seal(Purpose::SignInRefusal, name.as_bytes(), &refusal) {
        Ok(sealed) => names.set(name, URL_SAFE_NO_PAD.encode(sealed), LIFETIME),
        Err(error) => {
            tracing::error!(%error, "cannot seal the reason of a refusal; the user does not see it");
            names.remove(name)
        }
    }
}

/// Returns the reason of the last refusal in this browser.
pub(crate) fn reason(context: &Context, cookies: &RequestCookies) -> Option<String> {
    let names = &context.config.cookie_names;
    let (name, value) = names.find(&names.refusal, cookies)?;
    let envelope = URL_SAFE_NO_PAD.decode(value).ok()?;
    let refusal: Refusal = context
        .keyring
        .open(Purpose::SignInRefusal, name.as_bytes(), &envelope)
        .ok()?;
    let until = OffsetDateTime::from_unix_timestamp(refusal.until).ok()?;
    (context.now() < until).then_some(refusal.reason)
}
