//! Completes a sign-in: the provider sends the browser here.

use auth_core::{Auth, AuthError};
use axum::{
    body::Body,
    extract::State,
    http::{Method, Request},
    response::Response,
};

use crate::{
    RequestSession,
    remote_ip::device_info,
    response::{RedirectStyle, bad_request, redirect},
};

pub(super) async fn callback(State(auth): State<Auth>, request: Request<Body>) -> Response {
    let (parts, _) = request.into_parts();
    // Axum routes HEAD to the handler of GET. A code can be used only once, and
    // no browser shows the answer to a HEAD.
    if parts.method == Method::HEAD {
        return bad_request();
    }
    let session = RequestSession::of(&parts, &auth);
    let base_url = auth.config().base_url().as_str();
    let query = parts.uri.query().unwrap_or_default();
    let device_info = device_info(&parts);
    match auth
        .complete_sign_in(query, session.cookies(), &device_info)
        .await
    {
        Ok(completed) => {
            session.supersede();
            redirect(
                completed.redirect_to.as_str(),
                base_url,
                RedirectStyle::SeeOther,
                completed.cookies,
            )
        }
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
