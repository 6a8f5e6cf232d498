//! A sign-out on its way through the provider, in a sealed cookie: where to go
//! when the browser returns.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use url::form_urlencoded;

use crate::{
    context::Context,
    cookies::{RequestCookies, SetCookie},
    error::AuthError,
    redirect::RedirectTo,
    sealing::Purpose,
};

/// How long the user may stay at the provider. Only the browser enforces it; a
/// cookie that is kept for longer does no harm.
const LIFETIME: Duration = Duration::from_secs(10 * 60);

/// What the browser keeps until it returns from the provider.
#[derive(Serialize, Deserialize)]
struct PendingSignOut {
    /// Binds the provider's redirect to this browser's sign-out.
    state: String,
    redirect_to: String,
}

/// The browser has returned from the provider's end-session page.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignOutCompleted {
    /// The page to go to.
    pub redirect_to: RedirectTo,
    /// The cookies to set with that answer.
    pub cookies: Vec<SetCookie>,
}

/// Returns the cookie that remembers where to go after a sign-out.
pub(crate) fn remember(
    context: &Context,
    state: &str,
    redirect_to: &RedirectTo,
) -> Result<SetCookie, AuthError> {
    let names = &context.config.cookie_names;
    let name = &names.sign_out;
    let pending = PendingSignOut {
        state: state.to_owned(),
        redirect_to: redirect_to.as_str().to_owned(),
    };
    let sealed = context
        .keyring
        .seal(Purpose::PendingSignOut, name.as_bytes(), &pending)?;
    Ok(names.set(name, URL_SAFE_NO_PAD.encode(sealed), LIFETIME))
}

/// Returns where to go after the provider's end-session page; `None` for any
/// other request.
pub(crate) fn complete(
    context: &Context,
    query: &str,
    cookies: &RequestCookies,
) -> Option<SignOutCompleted> {
    let names = &context.config.cookie_names;
    let (name, value) = names.find(&names.sign_out, cookies)?;
    let envelope = URL_SAFE_NO_PAD.decode(value).ok()?;
    let (_, state) = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "state")?;
    let pending: PendingSignOut = context
        .keyring
        .open(Purpose::PendingSignOut, name.as_bytes(), &envelope)
        .ok()?;
    let is_same: bool = pending.state.as_bytes().ct_eq(state.as_bytes()).into();
    is_same.then(|| SignOutCompleted {
        redirect_to: context.redirect_target(Some(&pending.redirect_to)),
        cookies: vec![names.remove(&name)],
    })
}
