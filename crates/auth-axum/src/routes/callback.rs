//! Completes a sign-in: the provider sends the browser here.

use auth_core::{Auth, AuthError, SignInFailure};
use axum::{
    body::{Body, to_bytes},
    extract::State,
    http::{Method, Request, request::Parts},
    response::Response,
};

use super::{
    form::{MAX_BODY, is_form},
    pages,
};
use crate::{
    RequestSession,
    remote_ip::device_info,
    response::{RedirectStyle, bad_request, redirect},
    security::TrustedOrigin,
};

pub(super) async fn callback(State(auth): State<Auth>, request: Request<Body>) -> Response {
    let (parts, _) = request.into_parts();
    // Axum routes HEAD to the handler of GET. A code can be used only once, and
    // no browser shows the answer to a HEAD.
    if parts.method == Method::HEAD {
        return bad_request();
    }
    let query = parts.uri.query().unwrap_or_default();
    complete(&auth, &parts, query).await
}

/// Receives an answer in a form (OAuth 2.0 Form Post Response Mode §2).
///
/// The provider's page sends it, so a browser leaves the cookies of the sign-in
/// away, which are `SameSite=Lax`. A page of this application sends it again, with
/// the cookies. The provider's form needs no other check: `state` binds it to a
/// sign-in of this browser.
pub(super) async fn form_post(State(auth): State<Auth>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    if !is_form(&parts.headers) {
        return bad_request();
    }
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        return bad_request();
    };
    let Ok(fields) = str::from_utf8(&body) else {
        return bad_request();
    };
    let is_own = TrustedOrigin::new(auth.config()).is_from_own_page(&parts.headers);
    // For a browser that does not say which page sent a form, so that it does not
    // go round in a circle.
    let is_sent_again = fields.split('&').any(|field| field == pages::SENT_AGAIN);
    if is_own || is_sent_again {
        complete(&auth, &parts, fields).await
    } else {
        pages::send_again(&RequestSession::of(&parts, &auth), fields)
    }
}

async fn complete(auth: &Auth, parts: &Parts, query: &str) -> Response {
    let session = RequestSession::of(parts, auth);
    let base_url = auth.config().base_url().as_str();
    let device_info = device_info(parts);
    match session.complete_sign_in(query, &device_info).await {
        Ok(completed) => redirect(
            completed.redirect_to.as_str(),
            base_url,
            RedirectStyle::SeeOther,
            completed.cookies,
        ),
        Err(SignInFailure {
            error: error @ AuthError::TooManySignIns { retry_after },
            ..
        }) => pages::too_many(&session, &error, retry_after, RedirectStyle::SeeOther),
        Err(failure) => {
            let has_no_pending_sign_in =
                matches!(failure.error, AuthError::Expired | AuthError::StateMismatch);
            let location = match session.get().await {
                // The user pressed *Back* or reloaded after a sign-in.
                Ok(Some(_)) if has_no_pending_sign_in => "/".to_owned(),
                _ => auth.report(&failure.error, failure.redirect_to.as_ref()),
            };
            redirect(
                &location,
                base_url,
                RedirectStyle::SeeOther,
                failure.cookies,
            )
        }
    }
}
