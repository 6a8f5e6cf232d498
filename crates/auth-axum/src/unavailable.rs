//! The responses with the status 503 that browsers show as they are: short texts, in
//! the language of the request.

use auth_core::{AuthError, ErrorKind, Language, Message};
use axum::{
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse as _, Response},
};

use crate::{
    html_page::set_language,
    response::{RETRY_AFTER_SECONDS, no_store, retry_after},
};

/// Logs `error` and answers 503 with `Retry-After`: the session could not be
/// read, so the user is unknown.
///
/// [`SessionLayer`](crate::SessionLayer) answers like this. Use it in handlers
/// and middleware that get [`AuthError::Store`], with the language of the request:
/// [`RequestSession::language`](crate::RequestSession::language).
pub fn session_unavailable(error: &AuthError, language: &Language) -> Response {
    tracing::error!(
        error = error as &dyn std::error::Error,
        "a request was answered 503, its session could not be read: {error}"
    );
    let message = Message::Sentence(Some(ErrorKind::StoreUnavailable));
    unavailable(language, message, RETRY_AFTER_SECONDS)
}

/// Logs `error` and answers 503 with `Retry-After`: the user is known, and it is
/// unknown what they may do now.
pub(crate) fn permissions_unavailable(error: &AuthError, language: &Language) -> Response {
    tracing::warn!("a request was answered 503: {error}");
    let message = Message::PermissionsUnavailable;
    unavailable(language, message, retry_after(error))
}

fn unavailable(language: &Language, message: Message<'_>, retry_after: HeaderValue) -> Response {
    let text = language.text(message) + "\n";
    let headers = [(RETRY_AFTER, retry_after)];
    let mut response = (StatusCode::SERVICE_UNAVAILABLE, headers, text).into_response();
    set_language(&mut response, language);
    no_store(response)
}
