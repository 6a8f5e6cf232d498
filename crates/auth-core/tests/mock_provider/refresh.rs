//! The provider's grant `refresh_token`.

use std::collections::HashMap;

use axum::response::Response;
use serde_json::{Map, Value, json};
use url::Url;

use super::{ACCESS_TOKEN, Inner, REFRESH_TOKEN, json_response, merge};

/// What concerns the grant `refresh_token`.
#[derive(Default)]
pub struct Refresh {
    /// Changes to its token response.
    pub token: Map<String, Value>,
    /// Every use gives a new refresh token; the old one's next use ends the
    /// grant, without Logto's three seconds of grace.
    pub rotates: bool,
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
        self.tokens.remove(token);
    }
}

impl Inner {
    /// The grant `refresh_token`; `None` is `invalid_grant`.
    pub(super) fn refresh(&mut self, token: &str) -> Option<Response> {
        self.refresh.sent.push(token.to_owned());
        let (request, usable) = self.refresh.tokens.get(token).cloned()?;
        if usable == Use::Rotated {
            self.refresh.tokens.retain(|_, (of, _)| *of != request);
            return None;
        }
        let access_token = format!("{ACCESS_TOKEN}.{}", self.refresh.sent.len());
        let mut refresh_token = token.to_owned();
        if self.refresh.rotates {
            refresh_token = format!("{token}~");
            self.refresh
                .tokens
                .insert(token.to_owned(), (request.clone(), Use::Rotated));
            self.refresh
                .tokens
                .insert(refresh_token.clone(), (request.clone(), Use::Possible));
        }
        let mut response = json!({
            "access_token": access_token,
            "refresh_token": refresh_token,
            "token_type": "Bearer",
            "expires_in": 3600,
            "scope": "openid offline_access profile email",
            "id_token": self.id_token(&request, &access_token),
        });
        merge(&mut response, &self.refresh.token);
        Some(json_response(200, &response))
    }
}
