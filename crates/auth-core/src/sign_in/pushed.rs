//! Pushed authorization requests (RFC 9126): this server sends the parameters of a
//! sign-in to the provider, and the browser carries only a reference to them.
//! The browser and its extensions can neither read nor change them, and they may
//! be long.

use openidconnect::{AsyncHttpClient as _, HttpRequest, HttpResponse, http::StatusCode};
use serde::Deserialize;
use time::OffsetDateTime;
use url::Url;

use super::callback::authorization_error;
use crate::{
    config::Config,
    error::AuthError,
    oauth::client_authentication::Credentials,
    provider::{
        answer::Answer,
        client_authentication::authenticated_post,
        http::{ProviderHttp, no_answer},
        metadata::Provider,
        queue::RequestKind,
    },
};

/// RFC 9126 §2.2.
#[derive(Deserialize)]
struct Pushed {
    request_uri: String,
}

/// Pushes an authorization request, if `pushed` says so. Returns the URL to which to
/// send the browser.
pub(crate) async fn push(
    url: Url,
    provider: &Provider,
    config: &Config,
    http: &ProviderHttp,
    now: OffsetDateTime,
) -> Result<Url, AuthError> {
    let credentials = &config.credentials;
    let is_required = provider.metadata.require_pushed_authorization_requests;
    if !config.pushed_requests.are_sent(is_required) {
        return Ok(url);
    }
    let request = request(&url, provider, credentials, now)?;
    let answer = http
        .sending(RequestKind::PushedRequest)
        .call(request)
        .await
        .map_err(|error| no_answer("pushed authorization request", &error))?;
    let request_uri = validate(&answer)?;
    let mut url = provider.metadata.authorization_endpoint.clone();
    url.query_pairs_mut()
        .append_pair("client_id", &credentials.client_id)
        .append_pair("request_uri", &request_uri);
    Ok(url)
}

/// Builds the request of RFC 9126 §2.1. Fails if the provider has no such endpoint.
fn request(
    url: &Url,
    provider: &Provider,
    credentials: &Credentials,
    now: OffsetDateTime,
) -> Result<HttpRequest, AuthError> {
    let endpoint = provider
        .metadata
        .pushed_authorization_request_endpoint
        .as_ref();
    let endpoint = endpoint.ok_or_else(|| {
        AuthError::Discovery(
            "the document lists no pushed_authorization_request_endpoint, and requests have to \
             be pushed (AUTH_LOGTO_PUSHED_REQUESTS)"
                .to_owned(),
        )
    })?;
    let parameters: Vec<_> = url.query_pairs().collect();
    authenticated_post(endpoint, &parameters, credentials, now)
}

/// Validates the answer of RFC 9126 §2.2 and §2.3.
fn validate(answer: &HttpResponse) -> Result<String, AuthError> {
    if answer.status() == StatusCode::CREATED || answer.status() == StatusCode::OK {
        return serde_json::from_slice(answer.body())
            .map(|Pushed { request_uri }| request_uri)
            .map_err(|error| AuthError::InvalidAnswer(error.to_string()));
    }
    let refusal = Answer::of(answer).into_error("pushed authorization request");
    Err(authorization_error(refusal))
}
