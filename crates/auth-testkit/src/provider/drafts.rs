//! Tokens as the provider makes them, before their signature.

use serde_json::{Value, json};

use super::TestProvider;
use crate::{CLIENT_ID, LOGOUT_EVENT, RESOURCE, SUB, TokenDraft, object};

impl TestProvider {
    /// Drafts an access token for [`RESOURCE`] as Logto makes it (RFC 9068).
    pub fn draft_access_token(&self) -> TokenDraft {
        let (issuer, now) = (self.issuer(), self.state().now());
        self.draft(
            "at+jwt",
            json!({
                "jti": "token-1",
                "sub": SUB,
                "iat": now,
                "exp": now + 3600,
                "scope": "read write",
                "client_id": CLIENT_ID,
                "iss": issuer,
                "aud": RESOURCE,
            }),
        )
    }

    /// Drafts a logout token as Logto 1.37 makes it (OpenID Connect
    /// Back-Channel Logout 1.0 §2.4).
    pub fn draft_logout_token(&self) -> TokenDraft {
        let (issuer, now) = (self.issuer(), self.state().now());
        self.draft(
            "logout+jwt",
            json!({
                "sub": SUB,
                "sid": "sid-1",
                "aud": CLIENT_ID,
                "iat": now,
                "jti": "logout-1",
                "iss": issuer,
                "events": {LOGOUT_EVENT: {}},
            }),
        )
    }

    fn draft(&self, typ: &str, claims: Value) -> TokenDraft {
        let key = self.state().keys[0].clone();
        TokenDraft {
            header: object(json!({"alg": "ES384", "typ": typ, "kid": key.kid})),
            claims: object(claims),
            key: Some(key.seed),
        }
    }
}
