//! Builds HTTP responses from plain values. Only this file writes `Set-Cookie` and
//! redirects.

use std::time::Duration;

use auth_core::{AuthError, Config, SetCookie, routes};
use axum::{
    Json,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, EXPIRES, LOCATION, PRAGMA, SET_COOKIE},
    },
    response::{IntoResponse, Response},
};
use cookie::{Cookie, SameSite};

/// The value of `Retry-After` while the session store or the provider does not
/// answer, in seconds.
pub const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("5");

/// Adds one `Set-Cookie` header for each cookie.
///
/// The operations of [`auth_core::Auth`] and [`RequestSession`] return the
/// cookies to set; a handler that calls them adds the cookies to its response.
///
/// [`RequestSession`]: crate::RequestSession
pub fn append_cookies(headers: &mut HeaderMap, cookies: Vec<SetCookie>) {
    for cookie in cookies.into_iter().filter_map(set_cookie) {
        headers.append(SET_COOKIE, cookie);
    }
}

fn set_cookie(cookie: SetCookie) -> Option<HeaderValue> {
    let max_age = cookie.max_age;
    let mut cookie = Cookie::build((cookie.name, cookie.value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(cookie.secure);
    if max_age != Duration::MAX {
        cookie = cookie.max_age(max_age.try_into().ok()?);
    }
    HeaderValue::try_from(cookie.to_string()).ok()
}

/// How a client wants to learn the address to go to. Auth.js's convention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RedirectStyle {
    /// 303, for a form or a link.
    SeeOther,
    /// 200 with `{"url": …}`, for a `fetch` with `X-Auth-Return-Redirect`.
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
        // 303 makes the browser continue with GET, whatever the method was, and
        // keeps a callback's address out of its history.
        RedirectStyle::SeeOther => match HeaderValue::try_from(location) {
            Ok(location) => (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response(),
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        },
        RedirectStyle::Json => {
            // Auth.js's client reads it with `new URL(url)`, which needs an
            // absolute URL.
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

/// Returns a page with those of the parameters that have a value.
pub(crate) fn page_with<'a>(
    page: &str,
    parameters: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in parameters {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    match query.finish() {
        query if query.is_empty() => page.to_owned(),
        query => format!("{page}?{query}"),
    }
}

/// Answers a request that no route is for, as Auth.js does.
pub(crate) fn bad_request() -> Response {
    no_store((StatusCode::BAD_REQUEST, Json("Bad request.")).into_response())
}

/// Sends a browser to the page that asks for a sign-in and returns to `page`
/// afterwards.
pub(crate) fn sign_in_redirect(page: &str, config: &Config) -> Response {
    let sign_in = config.base_path().path_of(routes::SIGN_IN);
    let location = page_with(&sign_in, [("callbackUrl", Some(page))]);
    let base_url = config.base_url().as_str();
    redirect(&location, base_url, RedirectStyle::SeeOther, Vec::new())
}

/// Returns when to try again after a failure, in seconds: the value of
/// `Retry-After`.
pub fn retry_after(error: &AuthError) -> HeaderValue {
    match error {
        AuthError::ClaimsUnconfirmed { retry_after }
        | AuthError::TooManyRequests { retry_after, .. }
        | AuthError::TooManySignIns { retry_after } => {
            retry_after.as_secs().saturating_add(1).into()
        }
        _ => RETRY_AFTER_SECONDS,
    }
}

/// Forbids every cache to store the response, with the three headers that
/// Auth.js sets.
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
