//! What an answer says that cannot be used: for the log, in one line.
//!
//! Everything here comes from outside, so it is made [`printable`] when it is
//! read: a line break in an `error_description` must not forge a line of the
//! log.

use std::fmt;

use openidconnect::{
    HttpResponse,
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
};
use serde_json::Value;

use crate::{
    error::AuthError,
    outside::{json_object, printable::printable},
};

/// An answer that is not the expected one.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    content_type: Option<String>,
    /// The OAuth error (RFC 6749 §5.2), if the body is one.
    pub(crate) error: Option<OAuthError>,
}

/// An OAuth error, with its description, which may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OAuthError {
    pub(crate) error: String,
    pub(crate) description: String,
}

impl Answer {
    pub(crate) fn of(response: &HttpResponse) -> Self {
        Self::read(response.status(), response.headers(), response.body())
    }

    pub(crate) fn read(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        Self {
            status,
            content_type: content_type(headers),
            error: OAuthError::parse(body),
        }
    }

    pub(crate) fn is_error(&self, name: &str) -> bool {
        self.error.as_ref().is_some_and(|of| of.error == name)
    }

    /// Returns the error for this answer of an endpoint.
    pub(crate) fn into_error(self, endpoint: &str) -> AuthError {
        let answered = self.to_string();
        match self.error {
            Some(OAuthError { error, .. }) if error == "invalid_client" => {
                AuthError::InvalidClient { answer: answered }
            }
            Some(OAuthError { error, description }) => AuthError::OAuth {
                answer: format!("{answered} at the {endpoint} endpoint{}", remedy(&error)),
                error,
                description,
            },
            None => AuthError::InvalidAnswer(format!(
                "the {endpoint} endpoint answered with {answered}"
            )),
        }
    }
}

/// Status, content type, error and description.
impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "status {}", self.status.as_u16())?;
        match &self.content_type {
            Some(content_type) => write!(f, ", content type {content_type}")?,
            None => f.write_str(", no content type")?,
        }
        if let Some(OAuthError { error, description }) = &self.error {
            write!(f, ", error {error}")?;
            if !description.is_empty() {
                write!(f, " ({description})")?;
            }
        }
        Ok(())
    }
}

/// Returns what an operator can do about an OAuth error (RFC 6749 §4.1.2.1, §5.2), to
/// follow the answer.
pub(crate) fn remedy(error: &str) -> &'static str {
    match error {
        "unauthorized_client" | "unsupported_grant_type" => {
            "; allow this application the grants authorization_code and refresh_token at the \
             provider"
        }
        "invalid_scope" => {
            "; check AUTH_LOGTO_SCOPES, and what the provider lets this application request"
        }
        "unsupported_response_type" | "unsupported_response_mode" => {
            "; the provider does not support what this application requests: see its settings"
        }
        _ => "",
    }
}

impl OAuthError {
    fn parse(body: &[u8]) -> Option<Self> {
        let body = json_object::parse(body).ok()?;
        let text = |name| body.get(name).and_then(Value::as_str);
        Some(Self {
            error: printable(text("error").filter(|error| !error.is_empty())?),
            description: printable(text("error_description").unwrap_or_default()),
        })
    }
}

/// Returns the media type of a body, in lower case and without parameters.
pub(crate) fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let media_type = value.split(';').next().unwrap_or_default();
    Some(media_type.trim().to_ascii_lowercase())
}

fn content_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?;
    Some(printable(&String::from_utf8_lossy(value.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_described_in_one_line() {
        let answer = |body: &str| Answer {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            content_type: Some("text/html".to_owned()),
            error: OAuthError::parse(body.as_bytes()),
        };
        assert_eq!(
            answer(r#"{"error":"server_error","error_description":"a\nb"}"#).to_string(),
            "status 500, content type text/html, error server_error (a\\nb)"
        );
        for body in ["<h1>", "{}", r#"{"error":7}"#, r#"{"error":""}"#] {
            assert_eq!(
                answer(body).to_string(),
                "status 500, content type text/html"
            );
        }
    }
}
