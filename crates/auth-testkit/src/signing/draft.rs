//! A token before its signature.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use super::{keys, rs256};
use crate::CLIENT_SECRET;

/// A token about to be signed, for a test to change.
#[derive(Clone, Debug)]
pub struct TokenDraft {
    /// The members of the JOSE header.
    pub header: Map<String, Value>,
    /// The claims.
    pub claims: Map<String, Value>,
    /// The seed of the key that signs; `None` leaves the signature empty.
    pub key: Option<u8>,
}

impl TokenDraft {
    /// Signs with ES384, with the client secret if the header says `HS256`, or with
    /// an RSA key if it says `RS256`: see [`rs256_jwk`](super::rs256_jwk).
    /// Returns the compact form (RFC 7515 §7.1).
    pub fn sign(&self) -> String {
        self.sign_with_secret(CLIENT_SECRET.as_bytes())
    }

    /// Signs as [`sign`](Self::sign) does, with `secret` if the header says
    /// `HS256`.
    pub fn sign_with_secret(&self, secret: &[u8]) -> String {
        let part =
            |map: &Map<String, Value>| URL_SAFE_NO_PAD.encode(serde_json::to_vec(map).unwrap());
        let input = format!("{}.{}", part(&self.header), part(&self.claims));
        let signature = match (self.header.get("alg").and_then(Value::as_str), self.key) {
            (Some("HS256"), _) => keys::hs256(secret, input.as_bytes()),
            (Some("RS256"), Some(seed)) => rs256::sign(seed, input.as_bytes()),
            (_, Some(seed)) => keys::es384(seed, input.as_bytes()),
            (_, None) => Vec::new(),
        };
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}
