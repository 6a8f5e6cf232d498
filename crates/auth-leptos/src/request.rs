//! The request that a server function or component runs in: its session, and
//! its response.

use std::sync::Arc;

use auth_axum::{MissingSessionLayer, RETRY_AFTER_SECONDS, RequestSession, append_cookies};
use auth_core::{AuthError, Session, SetCookie};
use axum::http::{HeaderMap, StatusCode, header::RETRY_AFTER, request::Parts};
use leptos::prelude::{use_context, with_context};
use leptos_axum::ResponseOptions;

/// Returns the session of the page that is being rendered, or `None` if the
/// user is signed out.
///
/// For components: [`SessionLayer`](crate::SessionLayer) read the session before
/// rendering began, so nothing waits.
pub fn rendered_session() -> Option<Arc<Session>> {
    request_session().ok()?.loaded()
}

pub(crate) fn request_session() -> Result<RequestSession, MissingSessionLayer> {
    with_context::<Parts, _>(|parts| parts.extensions.get::<RequestSession>().cloned())
        .flatten()
        .ok_or(MissingSessionLayer)
}

/// Returns the request's session for an operation that needs a signed-in user.
/// A missing layer counts as signed out, and is logged.
pub(crate) fn signed_in_request() -> Result<RequestSession, AuthError> {
    request_session().map_err(|error| {
        tracing::error!("{error}");
        AuthError::NotSignedIn
    })
}

/// Sets the status to 503, not 500, with `Retry-After`, if a server function
/// fails because the store cannot be reached.
pub(crate) fn answer_unavailable(error: &AuthError) {
    if let (AuthError::Store(_), Some(response)) = (error, use_context::<ResponseOptions>()) {
        response.set_status(StatusCode::SERVICE_UNAVAILABLE);
        response.insert_header(RETRY_AFTER, RETRY_AFTER_SECONDS);
    }
}

/// Sets cookies and redirects the browser.
pub(crate) fn redirect(location: &str, cookies: Vec<SetCookie>) {
    if let Some(response) = use_context::<ResponseOptions>() {
        let mut headers = HeaderMap::new();
        append_cookies(&mut headers, cookies);
        for (name, value) in &headers {
            response.append_header(name.clone(), value.clone());
        }
    }
    // Locations are serialised URLs or validated paths, so they are printable
    // ASCII: `leptos_axum::redirect` panics on anything else.
    leptos_axum::redirect(location);
}
