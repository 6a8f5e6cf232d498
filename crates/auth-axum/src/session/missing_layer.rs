//! The error of requests without a session layer.

use auth_core::AuthError;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};

/// The request did not pass [`with_auth`](crate::WithAuth::with_auth), so there
/// is no session to work with.
///
/// Call `with_auth` on the router after all its routes and its fallback. As the
/// rejection of an extractor it is answered with 500.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, thiserror::Error)]
#[error(
    "this request has no session layer: call `.with_auth(&auth)` on the router, after all routes \
     and the fallback (or add SessionLayer yourself)"
)]
#[non_exhaustive]
pub struct MissingSessionLayer;

impl MissingSessionLayer {
    pub(crate) fn logged(path: &str) -> Self {
        let error = Self;
        tracing::error!(path, "{error}");
        error
    }
}

impl From<MissingSessionLayer> for AuthError {
    fn from(error: MissingSessionLayer) -> Self {
        Self::Internal(error.to_string())
    }
}

impl IntoResponse for MissingSessionLayer {
    fn into_response(self) -> Response {
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}
