//! Returns what a browser may see of the session.

use auth_core::{Auth, AuthError};
use axum::{
    Json,
    body::Body,
    extract::State,
    http::{Request, StatusCode},
    response::{IntoResponse as _, Response},
};

use super::{
    csrf,
    form::{Received, receive},
};
use crate::{RequestSession, response::no_store, unavailable::session_unavailable};

pub(super) async fn session(State(auth): State<Auth>, request: Request<Body>) -> Response {
    let (parts, _) = request.into_parts();
    answer(&RequestSession::of(&parts, &auth)).await
}

/// Fetches the user's claims from the provider and returns the session: what
/// `update()` of Auth.js's client asks for. What the client sends along is ignored,
/// because a browser must not write into its session.
pub(super) async fn update(State(auth): State<Auth>, request: Request<Body>) -> Response {
    let Received { session, form, .. } = match receive(&auth, request).await {
        Ok(received) => received,
        Err(refused) => return refused,
    };
    if csrf::is_foreign(&form, &session) {
        return no_store((StatusCode::BAD_REQUEST, Json(())).into_response());
    }
    match session.refresh_claims().await {
        Ok(_) | Err(AuthError::NotSignedIn | AuthError::SessionEnded) => {}
        Err(error @ AuthError::Store(_)) => {
            return session_unavailable(&error, &session.language());
        }
        Err(error) => tracing::warn!(
            error = &error as &dyn std::error::Error,
            "the session keeps its claims, they could not be fetched again: {error}"
        ),
    }
    answer(&session).await
}

async fn answer(request: &RequestSession) -> Response {
    match request.get().await {
        Ok(session) => no_store(Json(session.map(|session| session.to_public())).into_response()),
        Err(error) => session_unavailable(&error, &request.language()),
    }
}
