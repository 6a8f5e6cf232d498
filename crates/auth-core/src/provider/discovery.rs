//! Fetches the discovery document and the keys (OpenID Connect Discovery 1.0
//! §4).

use openidconnect::{
    AsyncHttpClient as _, HttpResponse,
    http::{Method, StatusCode, header::ACCEPT},
};
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::{
    answer::{Answer, media_type},
    http::ProviderHttp,
    metadata::{Metadata, Provider, keys},
};
use crate::{error::AuthError, outside::json_object};

/// Fetches the discovery document and the keys of an issuer.
pub(super) async fn discover(
    issuer: &str,
    http: &ProviderHttp,
    now: OffsetDateTime,
) -> Result<Provider, AuthError> {
    // "If the Issuer value contains a path component, any terminating / MUST be
    // removed before appending /.well-known/openid-configuration" (§4.1).
    let base = issuer.strip_suffix('/').unwrap_or(issuer);
    let address = format!("{base}/.well-known/openid-configuration");
    let mut document = get(&address, "discovery document", http).await?;
    http.make_public(&mut document);
    let metadata = Metadata::read(&document, issuer)?;
    let key_set = get(metadata.jwks_uri.as_str(), "keys (jwks_uri)", http).await?;
    Ok(Provider {
        keys: keys(&key_set)?,
        metadata,
        fetched_at: now,
    })
}

/// Fetches a JSON object.
async fn get(
    address: &str,
    what: &'static str,
    http: &ProviderHttp,
) -> Result<Map<String, Value>, AuthError> {
    let request = openidconnect::http::Request::builder()
        .method(Method::GET)
        .uri(address)
        .header(ACCEPT, "application/json")
        .body(Vec::new())
        .map_err(|error| AuthError::Discovery(error.to_string()))?;
    let answer = http
        .call(request)
        .await
        .map_err(|error| AuthError::Unreachable {
            endpoint: "discovery",
            reason: format!("the {what}: {error}"),
        })?;
    if answer.status() != StatusCode::OK {
        return Err(unusable(what, &answer, "is not there"));
    }
    json_object::parse(answer.body()).map_err(|reason| unusable(what, &answer, reason))
}

fn unusable(what: &str, answer: &HttpResponse, reason: &str) -> AuthError {
    // What answers pages is perhaps not the provider itself.
    let is_page = media_type(answer.headers()).is_some_and(|media_type| media_type == "text/html");
    let remedy = if is_page || answer.status() == StatusCode::NOT_FOUND {
        "; is the path of AUTH_LOGTO_ISSUER right? Logto's issuers end with /oidc"
    } else {
        ""
    };
    let answer = Answer::of(answer);
    AuthError::Discovery(format!("the {what}: {reason} ({answer}){remedy}"))
}
