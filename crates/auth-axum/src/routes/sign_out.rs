//! Signs out.

use auth_core::{Auth, SignOutOptions, routes};
use axum::{body::Body, extract::State, http::Request, response::Response};

use super::{
    csrf,
    form::{Received, receive},
};
use crate::response::{RedirectStyle, redirect};

pub(super) async fn sign_out(State(auth): State<Auth>, request: Request<Body>) -> Response {
    let Received {
        parts,
        session,
        form,
    } = match receive(&auth, request).await {
        Ok(received) => received,
        Err(refused) => return refused,
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
