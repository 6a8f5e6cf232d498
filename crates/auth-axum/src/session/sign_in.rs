//! Begins and completes sign-ins, within the limits of the client's address.

use auth_core::{
    AuthError, Config, Delivery, DeviceInfo, SignInCompleted, SignInFailure, SignInOptions,
    SignInStarted,
};
use axum::http::{HeaderMap, HeaderValue, Method, header::ORIGIN};
use url::Url;

use super::RequestSession;
use crate::address_limits::{LimitExceeded, Limited};

impl RequestSession {
    /// Starts a sign-in: returns the address to send the browser to and the
    /// cookies to set. Logto's screens are in the [`language`](Self::language) of the
    /// request, unless the options name others.
    ///
    /// # Errors
    ///
    /// Those of [`Auth::begin_sign_in`]; [`AuthError::CrossSiteRequest`] if
    /// a page of another site sent the request, unless it is a `GET`: a page may
    /// begin a sign-in while it is rendered; [`AuthError::TooManySignIns`] if the
    /// client's address has begun too many ([`AddressLimits`](crate::AddressLimits)).
    ///
    /// [`Auth::begin_sign_in`]: auth_core::Auth::begin_sign_in
    pub async fn begin_sign_in(&self, options: &SignInOptions) -> Result<SignInStarted, AuthError> {
        self.refuse_cross_site()?;
        self.take(Limited::SignIns)?;
        let place = self.limits().sign_in_place().await;
        let _place = place.map_err(|exceeded| {
            self.limits().give_back(Limited::SignIns, 1);
            too_many(exceeded)
        })?;
        if let Some(address) = self.opened_elsewhere() {
            tracing::warn!(
                opened_at = address,
                auth_url = self.config().base_url().as_str(),
                "a sign-in begins at another address than AUTH_URL, to which Logto will return: the \
                 browser will not send the cookie of the sign-in there, so users see that it has \
                 expired. Redirect the other host name to AUTH_URL, or correct AUTH_URL"
            );
        }
        let options = options.clone().ui_locales_default(&self.language());
        let begun = self.auth().begin_sign_in(&options, self.cookies()).await;
        if let Err(error) = &begun
            && !matches!(error, AuthError::InvalidSignInOption(_))
        {
            self.limits().give_back(Limited::SignIns, 1);
        }
        begun
    }

    /// Completes a sign-in. If it succeeds, this request does not see the session that
    /// the browser had before.
    ///
    /// Nothing is refused before it is known to be wrong: a page of another site can
    /// make any browser send callbacks, and must not use up what others of its address
    /// need to complete theirs.
    pub(crate) async fn complete_sign_in(
        &self,
        query: &str,
        device_info: &DeviceInfo,
    ) -> Result<SignInCompleted, SignInFailure> {
        let completed = self
            .auth()
            .complete_sign_in(query, self.cookies(), device_info)
            .await;
        match &completed {
            Ok(completed) => {
                // What beginning it took. A browser may send the callback again.
                if completed.delivery == Delivery::First {
                    self.limits().give_back(Limited::SignIns, 1);
                }
                self.supersede();
            }
            Err(failure) if is_forged_or_guessed(&failure.error) => {
                self.take(Limited::Callbacks)?;
            }
            Err(_) => {}
        }
        completed
    }

    fn take(&self, limited: Limited) -> Result<(), AuthError> {
        self.limits().take(limited).map_err(too_many)
    }
}

const fn too_many(LimitExceeded { retry_after }: LimitExceeded) -> AuthError {
    AuthError::TooManySignIns { retry_after }
}

/// Returns whether a callback failed as one that was forged, guessed or sent again. In
/// other failures the provider answered, or something here or there does not work.
const fn is_forged_or_guessed(error: &AuthError) -> bool {
    matches!(
        error,
        AuthError::Expired
            | AuthError::StateMismatch
            | AuthError::InvalidCallback(_)
            | AuthError::IssuerMismatch
            | AuthError::InvalidGrant
    )
}

/// Returns the address at which a browser has opened the application, if that is
/// another host than `AUTH_URL`, or not `https` like it: cookies of one do not reach
/// the other. `Host` does not say it, because a proxy may have changed it.
pub(super) fn opened_elsewhere(
    config: &Config,
    method: &Method,
    headers: &HeaderMap,
) -> Option<String> {
    let is_of_own_page =
        || headers.get("sec-fetch-site").map(HeaderValue::as_bytes) == Some(b"same-origin");
    if *method != Method::POST || !is_of_own_page() {
        return None;
    }
    let origin = headers.get(ORIGIN)?.to_str().ok()?;
    let opened = Url::parse(origin).ok()?;
    let base_url = config.base_url();
    let is_same = opened.host() == base_url.host() && opened.scheme() == base_url.scheme();
    // Not the header: its text is the client's.
    (!is_same).then(|| opened.origin().ascii_serialization())
}
