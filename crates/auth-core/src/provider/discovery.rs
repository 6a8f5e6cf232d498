//! Fetches the discovery document and the keys (OpenID Connect Discovery 1.0
//! §4).

use std::time::Duration;

use openidconnect::{
    AsyncHttpClient as _, HttpResponse,
    http::{Method, StatusCode, header::ACCEPT},
};
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::{
    answer::{Answer, media_type},
    http::{HttpError, ProviderHttp},
    metadata::{Metadata, Provider, keys},
};
use crate::{error::AuthError, outside::json_object};

/// Why there is no description of the provider.
#[derive(Debug)]
pub(crate) struct DiscoveryFailure {
    pub(crate) error: AuthError,
    /// How long the provider asks to wait (RFC 9110 §10.2.3).
    pub(crate) retry_after: Option<Duration>,
}

impl From<AuthError> for DiscoveryFailure {
    fn from(error: AuthError) -> Self {
        Self {
            error,
            retry_after: None,
        }
    }
}

/// Fetches the discovery document and the keys of an issuer.
pub(crate) async fn discover(
    issuer: &str,
    http: &ProviderHttp,
    now: OffsetDateTime,
) -> Result<Provider, DiscoveryFailure> {
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
) -> Result<Map<String, Value>, DiscoveryFailure> {
    let request = openidconnect::http::Request::builder()
        .method(Method::GET)
        .uri(address)
        .header(ACCEPT, "application/json")
        .body(Vec::new())
        .map_err(|error| AuthError::Discovery(error.to_string()))?;
    let answer = http.call(request).await.map_err(|error| DiscoveryFailure {
        error: AuthError::Unreachable {
            endpoint: "discovery",
            reason: format!("the {what}: {error}"),
        },
        retry_after: match error {
            HttpError::Unavailable { retry_after, .. } => retry_after,
            _ => None,
        },
    })?;
    if answer.status() != StatusCode::OK {
        return Err(unusable(what, &answer, "is not there").into());
    }
    json_object::parse(answer.body()).map_err(|reason| unusable(what, &answer, reason).into())
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
