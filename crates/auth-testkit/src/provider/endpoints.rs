//! From a path to its endpoint; the discovery document, the JWKS, revocation.

use axum::{
    body::Bytes,
    extract::State,
    http::{
        HeaderMap, StatusCode, Uri,
        header::{CONTENT_TYPE, LOCATION, RETRY_AFTER},
    },
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use url::Url;

use super::{ProviderState, TestProvider};
use crate::{json::merge, query::form, signing};

/// Where faults of status 302 redirect to. It serves the discovery document, so
/// that a client that follows a redirect succeeds and its test fails.
const MOVED: &str = "/oidc/moved";

pub(super) async fn answer(
    State(provider): State<TestProvider>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = uri.path();
    let _in_progress = InProgress::begin(&provider, path);
    let answer = respond(&mut provider.state(), path, &headers, &body);
    let delay = provider.state().delays.get(path).copied();
    let delivery = provider.state().deliveries.get(path).copied();
    if let Some(delay) = delay {
        tokio::time::sleep(delay).await;
    }
    match delivery {
        Some(delivery) => delivery.apply(answer).await,
        None => answer,
    }
}

/// A request in progress, until it is dropped.
struct InProgress<'a> {
    provider: &'a TestProvider,
    path: &'a str,
}

impl<'a> InProgress<'a> {
    fn begin(provider: &'a TestProvider, path: &'a str) -> Self {
        let state = &mut *provider.state();
        let count = state.in_progress.entry(path.to_owned()).or_default();
        *count += 1;
        let most = state.most_at_once.entry(path.to_owned()).or_default();
        *most = (*most).max(*count);
        Self { provider, path }
    }
}

impl Drop for InProgress<'_> {
    fn drop(&mut self) {
        let state = &mut *self.provider.state();
        if let Some(count) = state.in_progress.get_mut(self.path) {
            *count -= 1;
        }
    }
}

fn respond(state: &mut ProviderState, path: &str, headers: &HeaderMap, body: &[u8]) -> Response {
    *state.hits.entry(path.to_owned()).or_default() += 1;
    if let Some(fault) = state.faults.get(path) {
        let status = StatusCode::from_u16(fault.status).unwrap();
        let headers = [(CONTENT_TYPE, fault.content_type), (LOCATION, MOVED)];
        let mut answer = (status, headers, fault.body.clone()).into_response();
        if let Some(seconds) = fault.retry_after {
            answer.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        return answer;
    }
    match path {
        "/oidc/.well-known/openid-configuration" | MOVED => {
            json_response(200, &state.discovery_document())
        }
        path if state.jwks_path() == path => json_response(200, &state.jwks()),
        "/oidc/token" => state.token(headers, body),
        "/oidc/request" => state.push(headers, body),
        "/oidc/me" => state.user_info(headers),
        "/oidc/token/revocation" => {
            let token = form(body).remove("token").unwrap();
            state.refresh.revoke(&token);
            state.revoked.push(token);
            StatusCode::OK.into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

impl ProviderState {
    fn discovery_document(&self) -> Value {
        let issuer = &self.issuer;
        let mut document = json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/auth"),
            "token_endpoint": format!("{issuer}/token"),
            "userinfo_endpoint": format!("{issuer}/me"),
            "end_session_endpoint": format!("{issuer}/session/end"),
            "revocation_endpoint": format!("{issuer}/token/revocation"),
            "jwks_uri": format!("{issuer}/jwks"),
            "response_types_supported": ["code id_token", "code", "id_token", "none"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES384"],
            "authorization_response_iss_parameter_supported": true,
        });
        merge(&mut document, &self.discovery);
        document
    }

    /// Returns the path at which discovery says that the keys are.
    fn jwks_path(&self) -> String {
        let uri = self.discovery.get("jwks_uri").and_then(Value::as_str);
        uri.and_then(|uri| Url::parse(uri).ok())
            .map_or_else(|| "/oidc/jwks".to_owned(), |uri| uri.path().to_owned())
    }

    fn jwks(&self) -> Value {
        let keys = self.keys.iter().map(|key| {
            let point = signing::public_point(key.seed);
            let mut jwk = json!({
                "kty": "EC",
                "crv": "P-384",
                "use": "sig",
                "alg": "ES384",
                "kid": key.kid,
                "x": URL_SAFE_NO_PAD.encode(point.x().unwrap()),
                "y": URL_SAFE_NO_PAD.encode(point.y().unwrap()),
            });
            merge(&mut jwk, &self.jwk);
            jwk
        });
        json!({ "keys": keys.collect::<Vec<_>>() })
    }
}

pub(super) fn json_response(status: u16, body: &Value) -> Response {
    (
        StatusCode::from_u16(status).unwrap(),
        [(CONTENT_TYPE, "application/json")],
        body.to_string(),
    )
        .into_response()
}
