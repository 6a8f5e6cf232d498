//! Pushed authorization requests (RFC 9126): the parameters of a sign-in go
//! straight to the provider, and the browser carries no more than a reference
//! to them. Nobody on the way can read or change them, and they may be long.

use openidconnect::{
    AsyncHttpClient as _, HttpRequest, HttpResponse, StandardErrorResponse,
    core::CoreErrorResponseType, http::StatusCode,
};
use serde::Deserialize;
use time::OffsetDateTime;
use url::Url;

use crate::{
    AuthError, Config,
    callback::sign_in_refused,
    client_authentication::authenticated_post,
    provider::Provider,
    provider_http::ProviderHttp,
    token_endpoint::{refused, unreachable},
};

/// RFC 9126 §2.2.
#[derive(Deserialize)]
struct Pushed {
    request_uri: String,
}

/// Pushes an authorization request, where the provider takes them, and gives
/// the address to send the browser to.
pub(crate) async fn push(
    url: Url,
    provider: &Provider,
    config: &Config,
    http: &ProviderHttp,
    now: OffsetDateTime,
) -> Result<Url, AuthError> {
    let Some(request) = request(&url, provider, config, now)? else {
        return Ok(url);
    };
    let answer = http
        .call(request)
        .await
        .map_err(|error| unreachable("pushed authorization request", &error))?;
    let request_uri = validate(&answer)?;
    let mut url = provider.metadata.authorization_endpoint().url().clone();
    url.query_pairs_mut()
        .append_pair("client_id", &config.client_id)
        .append_pair("request_uri", &request_uri);
    Ok(url)
}

/// Builds the request of RFC 9126 §2.1; `None` where the provider offers no
/// such endpoint.
fn request(
    url: &Url,
    provider: &Provider,
    config: &Config,
    now: OffsetDateTime,
) -> Result<Option<HttpRequest>, AuthError> {
    let more = provider.metadata.additional_metadata();
    let Some(endpoint) = &more.pushed_authorization_request_endpoint else {
        return Ok(None);
    };
    let parameters: Vec<_> = url.query_pairs().collect();
    authenticated_post(endpoint, &parameters, config, now).map(Some)
}

/// Validates the answer of RFC 9126 §2.2 and §2.3.
fn validate(answer: &HttpResponse) -> Result<String, AuthError> {
    if answer.status() == StatusCode::CREATED || answer.status() == StatusCode::OK {
        return serde_json::from_slice(answer.body())
            .map(|Pushed { request_uri }| request_uri)
            .map_err(|error| AuthError::InvalidAnswer(error.to_string()));
    }
    let error: StandardErrorResponse<CoreErrorResponseType> = serde_json::from_slice(answer.body())
        .map_err(|_| {
            AuthError::InvalidAnswer(format!(
                "a pushed authorization request was answered with status {}",
                answer.status()
            ))
        })?;
    Err(sign_in_refused(refused(&error)))
}
