//! Starts a sign-in.

use std::sync::Once;

use auth_core::{Auth, AuthError, Config, OneTimeToken, SignInOptions, routes};
use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, Request, header::ORIGIN},
    response::Response,
};
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
    warn_of_other_address(auth.config(), &parts.headers);
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
            pages::too_many(&auth, &error, retry_after, style)
        }
        Err(error) => {
            let page = auth.redirect_target(options.redirect_target());
            let location = auth.report(&error, Some(&page));
            redirect(&location, base_url, style, Vec::new())
        }
    }
}

/// Warns once if a browser begins a sign-in at another address than the configured
/// one. It returns to the configured one, where it has no cookie of the sign-in, and
/// users see *Expired*.
fn warn_of_other_address(config: &Config, headers: &HeaderMap) {
    static WARNED: Once = Once::new();

    let own = config.base_url().origin().ascii_serialization();
    if let Some(other) = other_origin(&own, headers) {
        WARNED.call_once(|| {
            tracing::warn!(
                opened_at = other,
                auth_url = own,
                "a browser begins a sign-in at another address than AUTH_URL, and will return to \
                 AUTH_URL without the cookie of this sign-in; set AUTH_URL to the address that \
                 users open, or redirect that address to AUTH_URL"
            );
        });
    }
}

/// Returns the origin of the page that sent a request, if it is another one.
fn other_origin<'h>(own: &str, headers: &'h HeaderMap) -> Option<&'h str> {
    let origin = headers.get(ORIGIN)?.to_str().ok()?;
    (origin != "null" && origin != own).then_some(origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_at_another_address_is_noticed() {
        for (origin, other) in [
            (None, None),
            (Some("null"), None),
            (Some("https://app.test"), None),
            (Some("https://www.app.test"), Some("https://www.app.test")),
            (Some("http://app.test"), Some("http://app.test")),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(origin) = origin {
                headers.insert(ORIGIN, origin.parse().unwrap());
            }
            assert_eq!(other_origin("https://app.test", &headers), other);
        }
    }
}
