//! The token endpoint, the authorization code grant, and ID tokens.

use axum::{http::HeaderMap, response::Response};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use sha2::{Digest as _, Sha256, Sha384};
use url::Url;

use super::{ProviderState, access_token::IssuedToken, endpoints::json_response};
use crate::{
    ACCESS_TOKEN, CLIENT_ID, TokenDraft,
    json::{merge, object},
    param,
    query::form,
};

/// The parameter in which an authorization request keeps its user.
pub(super) const SUB: &str = "mock_sub";

impl ProviderState {
    pub(super) fn token(&mut self, headers: &HeaderMap, body: &[u8]) -> Response {
        let form = form(body);
        if !self.is_authenticated(headers, &form) {
            return refusal(401, "invalid_client");
        }
        if form["grant_type"] == "refresh_token" {
            return self
                .refresh(&form)
                .unwrap_or_else(|(status, error)| refusal(status, error));
        }
        let Some(request) = self.use_code(&form["code"]) else {
            return refusal(400, "invalid_grant");
        };
        if !(self.ignores_pkce || proves_possession(&request, &form["code_verifier"]))
            || param(&request, "redirect_uri").as_ref() != form.get("redirect_uri")
        {
            return refusal(400, "invalid_grant");
        }
        let refresh_token = self.refresh.issue(&form["code"], &request);
        let issued = self
            .issue_user_info_token(&request)
            .unwrap_or_else(|| IssuedToken {
                token: ACCESS_TOKEN.to_owned(),
                scope: "openid offline_access profile email".to_owned(),
            });
        let mut response = json!({
            "access_token": issued.token,
            "refresh_token": refresh_token,
            "token_type": "Bearer",
            "expires_in": 3600,
            "scope": issued.scope,
            "id_token": self.id_token(&request, &issued.token),
        });
        merge(&mut response, &self.token_response);
        json_response(200, &response)
    }

    /// Signs the ID token that goes with an access token.
    pub(super) fn id_token(&self, request: &Url, access_token: &str) -> String {
        let now = self.now();
        let key = &self.keys[0];
        let sub = param(request, SUB);
        let mut claims = object(json!({
            "sub": sub,
            "nonce": param(request, "nonce"),
            "at_hash": URL_SAFE_NO_PAD.encode(&Sha384::digest(access_token)[..24]),
            "sid": "sid-1",
            "aud": CLIENT_ID,
            "exp": now + 3600,
            "iat": now,
            "iss": self.issuer,
        }));
        match self.user_of(request) {
            Some(user) => {
                claims.insert("sid".to_owned(), json!(format!("sid-{}", user.sub())));
                let scopes = param(request, "scope").unwrap_or_default();
                let scopes: Vec<_> = scopes.split(' ').collect();
                claims.extend(self.directory.id_token_claims(user, &scopes));
            }
            None => claims.extend(object(json!({
                "name": null,
                "username": "alice",
                "picture": null,
                "email": "alice@example.com",
                "created_at": 1_700_000_000_000_i64,
                "updated_at": 1_700_000_000_123_i64,
                "roles": ["shopper"],
            }))),
        }
        let mut draft = TokenDraft {
            header: object(json!({"alg": "ES384", "typ": "JWT", "kid": key.kid})),
            claims,
            key: Some(key.seed),
        };
        if let Some(tamper) = &self.tamper {
            tamper(&mut draft);
        }
        draft.sign()
    }
}

/// Returns whether a verifier fits the challenge of a request (RFC 7636 §4.6).
fn proves_possession(request: &Url, verifier: &str) -> bool {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
    param(request, "code_challenge") == Some(challenge)
        && param(request, "code_challenge_method").as_deref() == Some("S256")
}

/// Refuses in the words of Logto.
fn refusal(status: u16, error: &str) -> Response {
    let description = match error {
        "access_denied" => "user is not a member of the organization",
        _ => "grant request is invalid",
    };
    json_response(
        status,
        &json!({
            "error": error,
            "error_description": description,
            "code": format!("oidc.{error}"),
            "message": "{{error_description}}",
        }),
    )
}
