//! A sign-out on its way through the provider, in a sealed cookie: where to go
//! when the browser comes back.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use url::form_urlencoded;

use crate::{Auth, AuthError, RedirectTo, RequestCookies, SetCookie, seal::Purpose};

/// How long the user may take at the provider. The browser forgets the cookie
/// then; that it could be kept for longer does no harm.
const LIFETIME: Duration = Duration::from_secs(10 * 60);

/// What is remembered between leaving and coming back.
#[derive(Serialize, Deserialize)]
struct PendingSignOut {
    /// Ties the way back to this browser's sign-out.
    state: String,
    redirect_to: String,
}

/// The browser is back from the provider's end-session page.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignOutCompleted {
    /// The page to go to.
    pub redirect_to: RedirectTo,
    /// Cookies to set with that answer.
    pub cookies: Vec<SetCookie>,
}

impl Auth {
    /// The cookie that remembers where to go after a sign-out.
    pub(crate) fn remember_sign_out(
        &self,
        state: &str,
        redirect_to: &RedirectTo,
    ) -> Result<SetCookie, AuthError> {
        let name = &self.inner().names.sign_out;
        let pending = PendingSignOut {
            state: state.to_owned(),
            redirect_to: redirect_to.as_str().to_owned(),
        };
        let sealed =
            self.inner()
                .keyring
                .seal(Purpose::PendingSignOut, name.as_bytes(), &pending)?;
        Ok(self
            .inner()
            .names
            .set(name, URL_SAFE_NO_PAD.encode(sealed), LIFETIME))
    }

    /// Reads the way back from the provider's end-session page, at
    /// [`Config::post_logout_redirect_uri`](crate::Config::post_logout_redirect_uri):
    /// the page that the sign-out was to lead to. `None` for any other request,
    /// and where the `state` is missing or of another sign-out: the front page
    /// is then as good a page as any (OpenID Connect RP-Initiated Logout 1.0
    /// §3 leaves `state` to the provider).
    pub fn complete_sign_out(
        &self,
        query: &str,
        cookies: &RequestCookies,
    ) -> Option<SignOutCompleted> {
        let inner = self.inner();
        let name = &inner.names.sign_out;
        let envelope = URL_SAFE_NO_PAD.decode(cookies.get(name)?).ok()?;
        let (_, state) =
            form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "state")?;
        let pending: PendingSignOut = inner
            .keyring
            .open(Purpose::PendingSignOut, name.as_bytes(), &envelope)
            .ok()?;
        let is_same: bool = pending.state.as_bytes().ct_eq(state.as_bytes()).into();
        is_same.then(|| SignOutCompleted {
            redirect_to: self.redirect_target(Some(&pending.redirect_to)),
            cookies: vec![inner.names.remove(name)],
        })
    }
}
