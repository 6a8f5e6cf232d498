//! Returns what a browser may see of the session.

use auth_core::Auth;
use axum::{
    Json,
    body::Body,
    extract::State,
    http::Request,
    response::{IntoResponse as _, Response},
};

use crate::{
    RequestSession,
    response::{no_store, session_unavailable},
};

pub(super) async fn session(State(auth): State<Auth>, request: Request<Body>) -> Response {
    let (parts, _) = request.into_parts();
    match RequestSession::of(&parts, &auth).get().await {
        Ok(session) => no_store(Json(session.map(|session| session.to_public())).into_response()),
        Err(error) => session_unavailable(&error),
    }
}
