//! Signs out.

use auth_core::{Auth, SignOutOptions, routes};
use axum::{body::Body, extract::State, http::Request, response::Response};

use super::{csrf, form::Form};
use crate::{
    RequestSession,
    response::{RedirectStyle, bad_request, redirect},
    security::cross_site_refused,
};

pub(super) async fn sign_out(State(auth): State<Auth>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let session = RequestSession::of(&parts, &auth);
    if session.refuse_cross_site().is_err() {
        return cross_site_refused();
    }
    let Some(form) = Form::read(&parts, body).await else {
        return bad_request();
    };
    let style = RedirectStyle::of(&parts.headers);
    if csrf::is_foreign(&form, &session) {
        return csrf::refuse(&auth, routes::SIGN_OUT, &form, style);
    }
    let options = match form.callback_url {
        Some(page) => SignOutOptions::new().redirect_to(page),
        None => SignOutOptions::new(),
    };
    let base_url = auth.config().base_url().as_str();
    match session.sign_out(&options).await {
        Ok(started) => redirect(started.next.as_str(), base_url, style, started.cookies),
        Err(error) => redirect(&auth.report(&error, None), base_url, style, Vec::new()),
    }
}
