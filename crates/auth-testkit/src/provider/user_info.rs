//! The userinfo endpoint.

use axum::{http::HeaderMap, response::Response};
use serde_json::{Map, Value, json};

use super::{ProviderState, endpoints::json_response};
use crate::{ACCESS_TOKEN, SUB, json::merge, param};

/// How the userinfo endpoint answers, and what it was sent.
#[derive(Debug, Default)]
pub struct UserInfoEndpoint {
    /// Changes to its answer.
    pub claims: Map<String, Value>,
    /// Rejects every access token.
    pub rejects_tokens: bool,
    /// The access tokens that were sent, in order.
    pub sent: Vec<String>,
}

impl ProviderState {
    pub(super) fn user_info(&mut self, headers: &HeaderMap) -> Response {
        let token = headers
            .get("authorization")
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .unwrap_or_default()
            .to_owned();
        self.user_info.sent.push(token.clone());
        if !token.starts_with(ACCESS_TOKEN) || self.user_info.rejects_tokens {
            return json_response(401, &json!({"error": "invalid_token"}));
        }
        let of_user = self.user_info_tokens.get(&token).and_then(|request| {
            let scopes = param(request, "scope").unwrap_or_default();
            let scopes: Vec<_> = scopes.split(' ').collect();
            let user = self.user_of(request)?;
            Some(Value::Object(
                self.directory.user_info_claims(user, &scopes),
            ))
        });
        let mut claims = of_user.unwrap_or_else(fixed_claims);
        merge(&mut claims, &self.user_info.claims);
        json_response(200, &claims)
    }
}

/// Returns the claims of the user [`SUB`], who was not added.
fn fixed_claims() -> Value {
    json!({
        "sub": SUB,
        "name": null,
        "username": "alice",
        "picture": null,
        "email": "alice@example.com",
        "roles": ["shopper"],
        "custom_data": {"plan": "pro"},
        "organization_data": [{"id": "acme", "name": "Acme", "description": null}],
        "organizations": ["acme", "globex"],
        "organization_roles": ["acme:admin", "globex:member"],
    })
}
