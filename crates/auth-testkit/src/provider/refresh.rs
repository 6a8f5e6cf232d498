//! The grant `refresh_token`.

use std::collections::HashMap;

use axum::response::Response;
use serde_json::{Map, Value, json};
use url::Url;

use super::{ProviderState, access_token::IssuedToken, endpoints::json_response, token::SUB};
use crate::{ACCESS_TOKEN, REFRESH_TOKEN, json::merge, param};

/// How the grant `refresh_token` answers, and what it was sent.
#[derive(Debug, Default)]
pub struct RefreshGrant {
    /// Changes to its token response.
    pub token_response: Map<String, Value>,
    /// Every use issues a new refresh token. A second use of the old one ends
    /// the grant, without Logto's three seconds of grace.
    pub rotates: bool,
    /// All sign-ins belong to one grant, as in one provider session of Logto:
    /// revoking one of its refresh tokens revokes all.
    pub is_one_grant: bool,
    /// Refuses with this status and error.
    pub refusal: Option<(u16, &'static str)>,
    /// The refresh tokens that were sent, in order.
    pub sent: Vec<String>,
    /// Refresh tokens and the authorization requests they come from.
    tokens: HashMap<String, (Url, Usage)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Usage {
    Possible,
    Rotated,
}

impl RefreshGrant {
    /// Issues a refresh token of a sign-in. The first is [`REFRESH_TOKEN`].
    pub(super) fn issue(&mut self, code: &str, request: &Url) -> String {
        let token = if self.tokens.is_empty() {
            REFRESH_TOKEN.to_owned()
        } else {
            format!("{REFRESH_TOKEN}.{code}")
        };
        self.tokens
            .insert(token.clone(), (request.clone(), Usage::Possible));
        token
    }

    /// Returns the refresh tokens that can be used: issued, neither replaced nor
    /// revoked.
    pub fn usable(&self) -> Vec<String> {
        let usable = (self.tokens.iter()).filter(|(_, (_, usage))| *usage == Usage::Possible);
        usable.map(|(token, _)| token.clone()).collect()
    }

    pub(super) fn revoke(&mut self, token: &str) {
        if self.is_one_grant {
            self.tokens.clear();
        }
        self.tokens.remove(token);
    }
}

impl ProviderState {
    /// An error is an HTTP status and an OAuth error code.
    pub(super) fn refresh(
        &mut self,
        form: &HashMap<String, String>,
    ) -> Result<Response, (u16, &'static str)> {
        const INVALID_GRANT: (u16, &str) = (400, "invalid_grant");
        let token = &form["refresh_token"];
        self.refresh.sent.push(token.clone());
        let (request, usage) = self
            .refresh
            .tokens
            .get(token)
            .cloned()
            .ok_or(INVALID_GRANT)?;
        if usage == Usage::Rotated {
            self.refresh.tokens.retain(|_, (of, _)| *of != request);
            return Err(INVALID_GRANT);
        }
        if let Some(refusal) = self.refresh.refusal {
            return Err(refusal);
        }
        // A refusal rotates nothing: this check comes before the rotation.
        let resource = form.get("resource");
        if let Some(resource) = resource
            && !request
                .query_pairs()
                .any(|(name, value)| name == "resource" && value == **resource)
        {
            return Err((400, "invalid_target"));
        }
        let issued = match self.refresh_access_token(&request, form) {
            Some(issued) => issued?,
            None => self.fixed_access_token(&request, form),
        };
        let mut refresh_token = token.clone();
        if self.refresh.rotates {
            refresh_token = format!("{token}~");
            self.refresh
                .tokens
                .insert(token.clone(), (request.clone(), Usage::Rotated));
            self.refresh
                .tokens
                .insert(refresh_token.clone(), (request.clone(), Usage::Possible));
        }
        let mut response = json!({
            "access_token": issued.token,
            "refresh_token": refresh_token,
            "token_type": "Bearer",
            "expires_in": 3600,
            "scope": issued.scope,
            "id_token": self.id_token(&request, &issued.token),
        });
        merge(&mut response, &self.refresh.token_response);
        Ok(json_response(200, &response))
    }

    /// Returns the access token of a user who was not added.
    fn fixed_access_token(&self, request: &Url, form: &HashMap<String, String>) -> IssuedToken {
        let number = self.refresh.sent.len();
        match (form.get("resource"), form.get("organization_id")) {
            (None, None) => IssuedToken {
                token: format!("{ACCESS_TOKEN}.{number}"),
                scope: "openid offline_access profile email".to_owned(),
            },
            // JSON, so that a test can read what the token is for.
            (resource, organization) => IssuedToken {
                token: json!({
                    "sub": param(request, SUB),
                    "resource": resource,
                    "organization": organization,
                    "scope": form.get("scope"),
                    "number": number,
                })
                .to_string(),
                scope: form
                    .get("scope")
                    .map_or("read write", String::as_str)
                    .to_owned(),
            },
        }
    }
}
