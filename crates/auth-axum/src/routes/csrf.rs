//! The token that Auth.js's client puts into its forms.
//!
//! The cross-site check protects the routes, with and without a token: forms need
//! none. But a token that is not that of this browser is refused, as in Auth.js.

use auth_core::{Auth, routes::Route};
use axum::{
    Json,
    body::Body,
    extract::State,
    http::Request,
    response::{IntoResponse as _, Response},
};

use super::form::Form;
use crate::{
    RequestSession,
    response::{RedirectStyle, append_cookies, no_store, page_with, redirect},
};

/// The code of Auth.js for a token that is not that of this browser.
pub(super) const MISSING_CSRF: &str = "MissingCSRF";

pub(super) async fn csrf(State(auth): State<Auth>, request: Request<Body>) -> Response {
    let (parts, _) = request.into_parts();
    let session = RequestSession::of(&parts, &auth);
    let issued = auth.csrf_token(session.cookies());
    let body = serde_json::json!({ "csrfToken": issued.token });
    let mut response = no_store(Json(body).into_response());
    append_cookies(response.headers_mut(), issued.cookie.into_iter().collect());
    response
}

/// Returns whether a form has a token that is not that of this browser.
pub(super) fn is_foreign(form: &Form, session: &RequestSession) -> bool {
    let token = form.csrf_token.as_deref();
    token.is_some_and(|token| !session.auth().is_csrf_token(token, session.cookies()))
}

/// Sends the browser to a page with a form that it can send again.
pub(super) fn refuse(auth: &Auth, page: Route, form: &Form, style: RedirectStyle) -> Response {
    tracing::info!("a form was refused: its CSRF token is not that of this browser");
    let target = form.callback_url.as_deref();
    let target = target.map(|target| auth.redirect_target(Some(target)).to_string());
    let location = page_with(
        &auth.config().base_path().path_of(page),
        [
            ("error", Some(MISSING_CSRF)),
            ("callbackUrl", target.as_deref()),
        ],
    );
    redirect(
        &location,
        auth.config().base_url().as_str(),
        style,
        Vec::new(),
    )
}
