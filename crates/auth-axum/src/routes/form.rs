//! Reads the bodies and headers of the `POST` routes.

use auth_core::Auth;
use axum::{
    body::{Body, to_bytes},
    http::{
        Request,
        header::{CONTENT_TYPE, HeaderMap},
        request::Parts,
    },
    response::Response,
};
use serde::Deserialize;
use url::form_urlencoded;

use crate::{RequestSession, response::bad_request, security::cross_site_refused};

/// The longest body of a form, in bytes. A form holds one address or one token.
pub(super) const MAX_BODY: usize = 16 * 1024;
const FORM: &str = "application/x-www-form-urlencoded";

/// The fields of a form or query that the routes use.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Form {
    #[serde(rename = "callbackUrl")]
    pub(super) callback_url: Option<String>,
    /// The token of [`CSRF`](auth_core::routes::CSRF).
    #[serde(rename = "csrfToken")]
    pub(super) csrf_token: Option<String>,
}

impl Form {
    /// Reads a form or JSON. Other content types count as empty, as in Auth.js.
    /// Without a `callbackUrl` in it, that of the query counts. Returns `None` if
    /// the body is malformed or too long.
    async fn read(parts: &Parts, body: Body) -> Option<Self> {
        let body = to_bytes(body, MAX_BODY).await.ok()?;
        let mut form = match content_type(&parts.headers).as_deref() {
            Some(FORM) => serde_urlencoded::from_bytes(&body).ok()?,
            Some("application/json") => serde_json::from_slice(&body).ok()?,
            _ => Self::default(),
        };
        if form.callback_url.is_none() {
            form.callback_url = parameter(parts, "callbackUrl");
        }
        Some(form)
    }
}

/// A request of one of our own pages, with its form.
pub(super) struct Received {
    pub(super) parts: Parts,
    pub(super) session: RequestSession,
    pub(super) form: Form,
}

/// Reads a request. Fails with the answer to one of another site, or with a form
/// that cannot be read.
pub(super) async fn receive(auth: &Auth, request: Request<Body>) -> Result<Received, Response> {
    let (parts, body) = request.into_parts();
    let session = RequestSession::of(&parts, auth);
    if session.refuse_cross_site().is_err() {
        return Err(cross_site_refused());
    }
    match Form::read(&parts, body).await {
        Some(form) => Ok(Received {
            parts,
            session,
            form,
        }),
        None => Err(bad_request()),
    }
}

/// Returns the first value of a parameter in the query.
pub(super) fn parameter(parts: &Parts, name: &str) -> Option<String> {
    let query = parts.uri.query()?;
    form_urlencoded::parse(query.as_bytes())
        .find_map(|(key, value)| (key == name).then(|| value.into_owned()))
}

/// Returns whether the content type of a request is a form.
pub(super) fn is_form(headers: &HeaderMap) -> bool {
    content_type(headers).as_deref() == Some(FORM)
}

/// Returns the content type without its parameters.
fn content_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let essence = value.split(';').next()?;
    Some(essence.trim().to_ascii_lowercase())
}
