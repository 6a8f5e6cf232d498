//! Starts a sign-in.

use auth_core::{Auth, AuthError, OneTimeToken, SignInOptions, routes};
use axum::{body::Body, extract::State, http::Request, response::Response};
use url::form_urlencoded;

use super::{
    csrf,
    form::{Received, receive},
    pages,
};
use crate::{
    navigation::referrer,
    response::{RedirectStyle, bad_request, page_with, redirect},
    security::{TrustedOrigin, cross_site_refused},
};

/// Sends a form that names no provider to the page with the button, as Auth.js
/// does.
pub(super) async fn choose_provider(State(auth): State<Auth>, request: Request<Body>) -> Response {
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
        return csrf::refuse(&auth, routes::SIGN_IN, &form, style);
    }
    let target = form.callback_url.as_deref();
    let target = target.map(|target| auth.redirect_target(Some(target)).to_string());
    let sign_in = auth.config().base_path().path_of(routes::SIGN_IN);
    let location = page_with(&sign_in, [("callbackUrl", target.as_deref())]);
    let base_url = auth.config().base_url().as_str();
    redirect(&location, base_url, style, Vec::new())
}

pub(super) async fn sign_in(State(auth): State<Auth>, request: Request<Body>) -> Response {
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
        return csrf::refuse(&auth, routes::SIGN_IN, &form, style);
    }
    // Auth.js sends its `authorizationParams` in the query.
    let mut options = SignInOptions::new();
    let query = parts.uri.query().unwrap_or_default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if name == "one_time_token" {
            // Another site must not sign a user in as somebody else, also where
            // the browser does not say which page sent the request.
            if !TrustedOrigin::new(auth.config()).is_from_own_page(&parts.headers) {
                return cross_site_refused();
            }
            if !value.trim().is_empty() {
                options = options.one_time_token(OneTimeToken::new(value.trim()));
            }
            continue;
        }
        if options.set(&name, &value).is_err() {
            return bad_request();
        }
    }
    options = options.redirect_to_default(form.callback_url.or_else(|| referrer(&parts.headers)));
    let base_url = auth.config().base_url().as_str();
    match session.begin_sign_in(&options).await {
        Ok(started) => redirect(started.url.as_str(), base_url, style, started.cookies),
        Err(error @ AuthError::TooManySignIns { retry_after }) => {
            pages::too_many(&session, &error, retry_after, style)
        }
        Err(error) => {
            let page = auth.redirect_target(options.redirect_target());
            let location = auth.report(&error, Some(&page));
            redirect(&location, base_url, style, Vec::new())
        }
    }
}
