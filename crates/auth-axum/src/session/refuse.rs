//! A request that is refused while its response is being built.

use auth_core::AuthError;
use axum::{http::header::SET_COOKIE, response::Response};

use super::RequestSession;
use crate::refusal::{RequestSource, refused};

impl RequestSession {
    /// Refuses this request: it is answered as the layer
    /// [`RequireRole`](crate::RequireRole) answers, and not with the response that
    /// the handler returns. Has no effect after the headers have been sent. The
    /// first call counts. Cookies that the handler sets are kept.
    ///
    /// - A browser that opens a page is redirected to the sign-in and returns, or
    ///   to the error page; a user without the permission gets a page with the
    ///   status 403.
    /// - A form without JavaScript likewise. It returns to the page with the form.
    /// - A script gets a status, and kind and sentence of the error as JSON.
    ///
    /// For code that runs in a handler and cannot answer itself, such as a
    /// component. [`SessionLayer`](crate::SessionLayer) does it, which is a part
    /// of [`with_auth`](crate::WithAuth::with_auth).
    pub fn refuse(&self, source: &RequestSource, error: &AuthError) {
        let answer = || refused(source, self.auth(), &self.language(), error);
        self.refusal().set(answer);
    }

    /// Puts the refusal, if there is one, in the place of a response.
    pub(super) fn replace_if_refused(&self, response: &mut Response) {
        let Some(mut refusal) = self.refusal().take() else {
            return;
        };
        for cookie in response.headers().get_all(SET_COOKIE) {
            refusal.headers_mut().append(SET_COOKIE, cookie.clone());
        }
        *response = refusal;
    }
}
