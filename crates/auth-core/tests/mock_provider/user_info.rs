//! The userinfo endpoint.

use axum::{http::HeaderMap, response::Response};
use serde_json::{Map, Value, json};

use super::{ACCESS_TOKEN, Inner, SUB, json_response, merge};

#[derive(Default)]
pub struct UserInfo {
    /// Changes to its answer.
    pub claims: Map<String, Value>,
    /// Takes no access token that was issued up to now.
    pub refuses: bool,
    /// The tokens it was shown, in order.
    pub shown: Vec<String>,
}

impl Inner {
    pub(super) fn me(&mut self, headers: &HeaderMap) -> Response {
        let token = headers
            .get("authorization")
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .unwrap_or_default()
            .to_owned();
        self.user_info.shown.push(token.clone());
        if !token.starts_with(ACCESS_TOKEN) || self.user_info.refuses {
            return json_response(401, &json!({"error": "invalid_token"}));
        }
        let mut claims = json!({
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
        });
        merge(&mut claims, &self.user_info.claims);
        json_response(200, &claims)
    }
}
