//! The request that a server function or component runs in: its session, and
//! its response.

use std::sync::{Arc, Once};

use auth_axum::{MissingSessionLayer, RETRY_AFTER_SECONDS, RequestSession, append_cookies};
use auth_core::{AuthError, Session, SetCookie};
use axum::http::{HeaderMap, StatusCode, header::RETRY_AFTER, request::Parts};
use leptos::prelude::{use_context, with_context};
use leptos_axum::ResponseOptions;
use leptos_router::RouteList;

use crate::SessionState;

/// Returns the session of the page that is being rendered, or `None` if the
/// user is signed out.
///
/// For components: the session was read before rendering began, so nothing
/// waits. Without [`with_auth`](crate::WithAuth::with_auth) nobody is signed in,
/// which is logged once.
pub fn rendered_session() -> Option<Arc<Session>> {
    match rendered() {
        Rendered::SignedIn(session) => Some(session),
        Rendered::SignedOut | Rendered::Loading => None,
    }
}

/// What is known of the session while a page is rendered.
enum Rendered {
    /// Nothing: the request has not passed the session layer, or Leptos lists
    /// its routes.
    Loading,
    SignedOut,
    SignedIn(Arc<Session>),
}

/// Returns what a browser may see of the session of the page that is being
/// rendered.
pub(crate) fn rendered_state() -> SessionState {
    match rendered() {
        Rendered::SignedIn(session) => SessionState::Authenticated(session.to_public()),
        Rendered::SignedOut => SessionState::Unauthenticated,
        Rendered::Loading => SessionState::Loading,
    }
}

fn rendered() -> Rendered {
    let Ok(session) = request_session() else {
        log_missing_layer_once();
        return Rendered::Loading;
    };
    match session.loaded() {
        Some(session) => Rendered::SignedIn(session),
        None if session.is_loaded() => Rendered::SignedOut,
        None => Rendered::Loading,
    }
}

/// Components cannot fail, and a page has many. Leptos renders the application
/// without a request to list its routes.
fn log_missing_layer_once() {
    static LOGGED: Once = Once::new();

    if !RouteList::is_generating() {
        LOGGED.call_once(|| {
            tracing::error!(
                "components show neither signed-in nor signed-out content: {}",
                MissingSessionLayer::default()
            );
        });
    }
}

/// Logs that a component has no session because it is outside of
/// `SessionProvider`.
pub(crate) fn log_missing_provider_once() {
    static LOGGED: Once = Once::new();

    if !RouteList::is_generating() {
        LOGGED.call_once(|| {
            tracing::error!(
                "a component asks for the session outside of `<SessionProvider>` and shows \
                 neither signed-in nor signed-out content: put `<SessionProvider>` around the \
                 whole application"
            );
        });
    }
}

pub(crate) fn request_session() -> Result<RequestSession, MissingSessionLayer> {
    with_context::<Parts, _>(|parts| parts.extensions.get::<RequestSession>().cloned())
        .flatten()
        .ok_or_else(MissingSessionLayer::default)
}

/// Returns the request's session for a server function. A missing layer is
/// logged, unless Leptos lists its routes, for which there is no request.
pub(crate) fn session_of_request() -> Result<RequestSession, AuthError> {
    request_session().map_err(|error| {
        if !RouteList::is_generating() {
            tracing::error!("{error}");
        }
        error.into()
    })
}

/// Sets the status of a server function that fails: 503 with `Retry-After` if
/// the store or the provider cannot be reached or claims cannot be renewed now, 403
/// if the user may not have what it asks for or a page of another site sent the
/// request, 401 if the session can get no token.
pub(crate) fn set_status_of(error: &AuthError) {
    let Some(response) = use_context::<ResponseOptions>() else {
        return;
    };
    match error {
        AuthError::Store(_)
        | AuthError::ClaimsUnconfirmed { .. }
        | AuthError::RefreshBusy
        | AuthError::Unreachable { .. }
        | AuthError::TimedOut { .. } => {
            response.set_status(StatusCode::SERVICE_UNAVAILABLE);
            response.insert_header(RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        AuthError::CrossSiteRequest
        | AuthError::Forbidden { .. }
        | AuthError::NotAMember { .. }
        | AuthError::ScopeMissing { .. } => response.set_status(StatusCode::FORBIDDEN),
        AuthError::NoRefreshToken => response.set_status(StatusCode::UNAUTHORIZED),
        _ => {}
    }
}

/// Sets the status of a server function that refuses its caller: 401 if the user
/// has to sign in; otherwise as [`set_status_of`].
pub(crate) fn set_status_of_refusal(error: &AuthError) {
    let status = match error {
        AuthError::NotSignedIn | AuthError::SessionEnded | AuthError::ClaimsOutdated => {
            StatusCode::UNAUTHORIZED
        }
        error => return set_status_of(error),
    };
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(status);
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
