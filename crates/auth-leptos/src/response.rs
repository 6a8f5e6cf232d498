//! From plain values to HTTP: the one place that writes `Set-Cookie`,
//! redirects, and answers for failures.

use auth_core::{AuthError, SetCookie};
use axum::{
    Json,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, EXPIRES, LOCATION, PRAGMA, RETRY_AFTER, SET_COOKIE},
    },
    response::{IntoResponse, Response},
};
use cookie::{Cookie, SameSite};

/// Seconds after which a client may try again when the store is down.
pub(crate) const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("5");

pub(crate) fn set_cookie(cookie: SetCookie) -> Option<HeaderValue> {
    let max_age = cookie.max_age.try_into().ok()?;
    let cookie = Cookie::build((cookie.name, cookie.value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(cookie.secure)
        .max_age(max_age);
    HeaderValue::try_from(cookie.to_string()).ok()
}

pub(crate) fn append_cookies(headers: &mut HeaderMap, cookies: Vec<SetCookie>) {
    for cookie in cookies.into_iter().filter_map(set_cookie) {
        headers.append(SET_COOKIE, cookie);
    }
}

/// Whether a client asked for the address of a redirect instead of the
/// redirect: Auth.js's convention for `fetch`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RedirectStyle {
    /// 303, for a form or a link.
    SeeOther,
    /// 200 with `{"url": …}`, for a request with `X-Auth-Return-Redirect`.
    Json,
}

impl RedirectStyle {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        if headers.contains_key("x-auth-return-redirect") {
            Self::Json
        } else {
            Self::SeeOther
        }
    }
}

/// Sends the browser to `location`: a path of the application, or a URL.
pub(crate) fn redirect(
    location: &str,
    base_url: &str,
    style: RedirectStyle,
    cookies: Vec<SetCookie>,
) -> Response {
    let mut response = match style {
        // 303, so that whatever the method was, the browser goes on with GET
        // and leaves nothing of a callback's address behind.
        RedirectStyle::SeeOther => match HeaderValue::try_from(location) {
            Ok(location) => (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response(),
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        },
        RedirectStyle::Json => {
            // Auth.js's client reads it with `new URL(url)`: it has to be
            // absolute.
            let url = match location.strip_prefix('/') {
                Some(path) => format!("{base_url}{path}"),
                None => location.to_owned(),
            };
            Json(serde_json::json!({ "url": url })).into_response()
        }
    };
    append_cookies(response.headers_mut(), cookies);
    no_store(response)
}

/// What Auth.js answers to a request that is none of its actions.
pub(crate) fn bad_request() -> Response {
    no_store((StatusCode::BAD_REQUEST, Json("Bad request.")).into_response())
}

/// The session cannot be read, so it is unknown who is asking: 503, for a page
/// as for an API. The answer of [`crate::SessionLayer`], for middleware of the
/// application's that gets [`AuthError::Store`] as well.
pub fn session_unavailable(error: &AuthError) -> Response {
    tracing::error!(error = error as &dyn std::error::Error, "{error}");
    no_store(
        (
            StatusCode::SERVICE_UNAVAILABLE,
            [(RETRY_AFTER, RETRY_AFTER_SECONDS)],
            "The session store cannot be reached at the moment. Please try again shortly.\n",
        )
            .into_response(),
    )
}

/// Auth.js's three headers for what must never be stored.
pub(crate) fn no_store(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static("private, no-cache, no-store"),
    );
    headers.insert(EXPIRES, HeaderValue::from_static("0"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
