//! What a failed operation makes of the response to its request: a status, or a
//! redirect.

use auth_axum::{MissingSessionLayer, RequestSource, status_of};
use auth_core::{AuthError, ErrorKind, InvalidSessionHandle, InvalidSignInParameter};
use axum::http::StatusCode;
use leptos_router::RouteList;

use crate::{
    PublicError,
    public_error::invalid_request,
    request::{Place, place, request_session, set_status},
};

/// Logs an error and sets the status of the response: as [`status_of`], for a
/// server function that a script called. A page is still shown, so it gets only
/// statuses that its other parts could not have.
pub(crate) fn fail(error: AuthError) -> PublicError {
    log(&error);
    let status = status_of(&error);
    let is_set = match place() {
        None => false,
        Some(Place::Script) => true,
        Some(Place::Page(_)) => {
            status != StatusCode::INTERNAL_SERVER_ERROR
                && error.kind() != ErrorKind::SessionRequired
        }
        // The page with the form is one of another site.
        Some(Place::Form { .. }) => matches!(error, AuthError::CrossSiteRequest),
    };
    if is_set {
        set_status(status, &error);
    }
    PublicError::of(error)
}

/// Logs why a caller is refused, and answers: a script gets the status, a page and a
/// form without JavaScript are sent to sign in and return, or get a page with the
/// status 403. Other errors of a form are shown by its page.
pub(crate) fn refuse(error: AuthError) -> PublicError {
    log(&error);
    let status = status_of(&error);
    let refusal = match place() {
        None => None,
        Some(Place::Script) => {
            set_status(status, &error);
            None
        }
        Some(Place::Page(source)) => Some(source),
        Some(Place::Form { page: Some(_) }) if status != StatusCode::UNAUTHORIZED => None,
        Some(Place::Form { page }) => Some(RequestSource::Form(page)),
    };
    if let Some(source) = refusal {
        match request_session() {
            Ok(session) => session.refuse(&source, &error),
            Err(_) => set_status(StatusCode::INTERNAL_SERVER_ERROR, &error),
        }
    }
    PublicError::of(error)
}

/// Leptos lists its routes without a request, and that is no mistake.
fn log(error: &AuthError) {
    if !RouteList::is_generating() {
        error.log();
    }
}

/// Logs the error and sets the status of the response, as the functions of this
/// crate do.
impl From<AuthError> for PublicError {
    fn from(error: AuthError) -> Self {
        fail(error)
    }
}

impl From<MissingSessionLayer> for PublicError {
    fn from(error: MissingSessionLayer) -> Self {
        AuthError::from(error).into()
    }
}

impl From<InvalidSessionHandle> for PublicError {
    fn from(error: InvalidSessionHandle) -> Self {
        invalid_request(&error)
    }
}

impl From<InvalidSignInParameter> for PublicError {
    fn from(error: InvalidSignInParameter) -> Self {
        invalid_request(&error)
    }
}
