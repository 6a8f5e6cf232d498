//! The provider's grant `refresh_token`.

use std::collections::HashMap;

use axum::response::Response;
use serde_json::{Map, Value, json};
use url::Url;

use super::{ACCESS_TOKEN, Inner, REFRESH_TOKEN, json_response, merge, param};

/// What concerns the grant `refresh_token`.
#[derive(Default)]
pub struct Refresh {
    /// Changes to its token response.
    pub token: Map<String, Value>,
    /// Every use gives a new refresh token; the old one's next use ends the
    /// grant, without Logto's three seconds of grace.
    pub rotates: bool,
    /// All sign-ins are in one session of the provider's, and so of one grant:
    /// with any of its refresh tokens all are revoked, as at Logto.
    pub is_one_grant: bool,
    /// Refuses with this status and error.
    pub refusal: Option<(u16, &'static str)>,
    /// The refresh tokens that were sent, in order.
    pub sent: Vec<String>,
    /// Refresh tokens and the sign-in they come from.
    tokens: HashMap<String, (Url, Use)>,
}

#[derive(Clone, Copy, PartialEq)]
enum Use {
    Possible,
    Rotated,
}

impl Refresh {
    /// A refresh token of a sign-in; that of the first is [`REFRESH_TOKEN`].
    pub fn issue(&mut self, code: &str, request: &Url) -> String {
        let token = if self.tokens.is_empty() {
            REFRESH_TOKEN.to_owned()
        } else {
            format!("{REFRESH_TOKEN}.{code}")
        };
        self.tokens
            .insert(token.clone(), (request.clone(), Use::Possible));
        token
    }

    pub fn revoke(&mut self, token: &str) {
        if self.is_one_grant {
            self.tokens.clear();
        }
        self.tokens.remove(token);
    }
}

impl Inner {
    /// The grant `refresh_token`; an error is a status and an OAuth error.
    pub(super) fn refresh(
        &mut self,
        form: &HashMap<String, String>,
    ) -> Result<Response, (u16, &'static str)> {
        const INVALID_GRANT: (u16, &str) = (400, "invalid_grant");
        let token = &form["refresh_token"];
        self.refresh.sent.push(token.clone());
        let (request, usable) = self
            .refresh
            .tokens
            .get(token)
            .cloned()
            .ok_or(INVALID_GRANT)?;
        if usable == Use::Rotated {
            self.refresh.tokens.retain(|_, (of, _)| *of != request);
            return Err(INVALID_GRANT);
        }
        if let Some(refusal) = self.refresh.refusal {
            return Err(refusal);
        }
        // Before a token is made, and so before one is rotated.
        let resource = form.get("resource");
        if let Some(resource) = resource
            && !request
                .query_pairs()
                .any(|(name, value)| name == "resource" && value == **resource)
        {
            return Err((400, "invalid_target"));
        }
        let number = self.refresh.sent.len();
        let organization = form.get("organization_id");
        let access_token = match (resource, organization) {
            (None, None) => format!("{ACCESS_TOKEN}.{number}"),
            // It says what it is for, so that a test can tell.
            (resource, organization) => json!({
                "sub": param(&request, "mock_sub"),
                "resource": resource,
                "organization": organization,
                "scope": form.get("scope"),
                "number": number,
            })
            .to_string(),
        };
        let scope = match (resource, organization) {
            (None, None) => "openid offline_access profile email",
            _ => form.get("scope").map_or("read write", String::as_str),
        };
        let mut refresh_token = token.clone();
        if self.refresh.rotates {
            refresh_token = format!("{token}~");
            self.refresh
                .tokens
                .insert(token.clone(), (request.clone(), Use::Rotated));
            self.refresh
                .tokens
                .insert(refresh_token.clone(), (request.clone(), Use::Possible));
        }
        let mut response = json!({
            "access_token": access_token,
            "refresh_token": refresh_token,
            "token_type": "Bearer",
            "expires_in": 3600,
            "scope": scope,
            "id_token": self.id_token(&request, &access_token),
        });
        merge(&mut response, &self.refresh.token);
        Ok(json_response(200, &response))
    }
}
