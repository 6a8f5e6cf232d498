//! The responses of an API to a request whose token is missing, invalid or not
//! sufficient (RFC 6750 §3), with the address of the API's metadata (RFC 9728
//! §5.1).

use std::sync::Arc;

use axum::{
    Json,
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse as _, Response},
};
use serde_json::{Map, Value};

use crate::response::RETRY_AFTER_SECONDS;

/// The address of an API's metadata, for its challenges. An extension of the
/// requests that [`ProtectedApi`](super::ProtectedApi) passed on.
#[derive(Clone, Debug, Default)]
pub(super) struct MetadataUrl(pub(super) Option<Arc<str>>);

/// Why a request is not served.
#[derive(Clone, Copy, Debug)]
pub(super) enum Refusal<'a> {
    /// It has no access token. RFC 6750 §3.1: "the resource server SHOULD NOT
    /// include an error code or other error information".
    NoToken,
    /// Its header does not have the syntax of RFC 6750 §2.1.
    InvalidRequest(&'a str),
    /// Its token is not valid for this API.
    InvalidToken(&'a str),
    /// Its token does not allow the request.
    InsufficientScope {
        /// What is required, for a developer.
        description: &'a str,
        /// The required scope, if a scope is what is missing.
        scope: Option<&'a str>,
    },
}

impl<'a> Refusal<'a> {
    fn status(self) -> StatusCode {
        match self {
            Self::NoToken | Self::InvalidToken(_) => StatusCode::UNAUTHORIZED,
            Self::InvalidRequest(_) => StatusCode::BAD_REQUEST,
            Self::InsufficientScope { .. } => StatusCode::FORBIDDEN,
        }
    }

    fn error(self) -> Option<&'static str> {
        match self {
            Self::NoToken => None,
            Self::InvalidRequest(_) => Some("invalid_request"),
            Self::InvalidToken(_) => Some("invalid_token"),
            Self::InsufficientScope { .. } => Some("insufficient_scope"),
        }
    }

    fn description(self) -> &'a str {
        match self {
            Self::NoToken => "an access token is required in the Authorization header",
            Self::InvalidRequest(description)
            | Self::InvalidToken(description)
            | Self::InsufficientScope { description, .. } => description,
        }
    }

    fn scope(self) -> Option<&'a str> {
        match self {
            Self::InsufficientScope { scope, .. } => scope,
            _ => None,
        }
    }

    /// Builds the response, with its challenge.
    pub(super) fn response(self, metadata: &MetadataUrl) -> Response {
        // RFC 6750 §3: a description comes only with an error code.
        let description = self.error().map(|_| self.description());
        let parameters: Vec<_> = [
            ("error", self.error()),
            ("error_description", description),
            ("scope", self.scope()),
            ("resource_metadata", metadata.0.as_deref()),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some(format!(r#"{name}="{}""#, quotable(value?))))
        .collect();
        let challenge = format!("Bearer {}", parameters.join(", "));
        let challenge = HeaderValue::try_from(challenge.trim_end())
            .unwrap_or_else(|_| HeaderValue::from_static("Bearer"));
        let mut body = Map::new();
        for (name, value) in [
            ("error", self.error()),
            ("error_description", Some(self.description())),
            ("scope", self.scope()),
        ] {
            if let Some(value) = value {
                body.insert(name.to_owned(), Value::from(value));
            }
        }
        let mut response = (self.status(), Json(Value::Object(body))).into_response();
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        never_stored(response)
    }
}

/// Builds the response while the provider's keys cannot be fetched, so that no
/// token can be verified.
pub(super) fn unavailable() -> Response {
    let body = serde_json::json!({
        "error": "temporarily_unavailable",
        "error_description": "access tokens cannot be verified now, try again later",
    });
    never_stored(
        (
            StatusCode::SERVICE_UNAVAILABLE,
            [(RETRY_AFTER, RETRY_AFTER_SECONDS)],
            Json(body),
        )
            .into_response(),
    )
}

/// Builds the response to a client whose address has sent many tokens that are not valid.
pub(super) fn too_many() -> Response {
    let body = serde_json::json!({
        "error": "too_many_requests",
        "error_description": "too many access tokens that are not valid, try again later",
    });
    never_stored(Json(body).into_response())
}

fn never_stored(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Removes the characters that RFC 6750 §3 does not allow between quotes.
fn quotable(value: &str) -> String {
    value
        .chars()
        .filter(|character| matches!(character, ' '..='~') && !matches!(character, '"' | '\\'))
        .collect()
}
