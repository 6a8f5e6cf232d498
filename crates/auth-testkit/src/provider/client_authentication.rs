//! How clients authenticate.

use std::collections::HashMap;

use axum::http::{HeaderMap, HeaderValue};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use p384::ecdsa::{Signature, VerifyingKey, signature::Verifier as _};
use serde_json::Value;
use url::form_urlencoded;

use super::ProviderState;
use crate::{CLIENT_ID, CLIENT_SECRET, signing};

/// The one way of client authentication that a provider accepts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AcceptedAuthentication {
    /// `client_secret_basic`, with both parts encoded (RFC 6749 §2.3.1).
    #[default]
    SecretBasic,
    /// `client_secret_post`.
    SecretPost,
    /// `private_key_jwt` (RFC 7523) with ES384.
    PrivateKeyJwt {
        /// The header `kid` of an assertion.
        kid: String,
        /// The number that the key is derived from (see
        /// [`signing`](crate::signing)).
        seed: u8,
    },
}

impl ProviderState {
    pub(super) fn is_authenticated(
        &self,
        headers: &HeaderMap,
        form: &HashMap<String, String>,
    ) -> bool {
        let authorization = headers.get("authorization").map(HeaderValue::as_bytes);
        let has = |name: &str, value: &str| form.get(name).is_some_and(|sent| sent == value);
        match &self.client_authentication {
            AcceptedAuthentication::SecretBasic => {
                let encode = |text: &str| {
                    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>()
                };
                let credentials = format!("{}:{}", encode(CLIENT_ID), encode(CLIENT_SECRET));
                let expected = format!("Basic {}", STANDARD.encode(credentials));
                authorization == Some(expected.as_bytes()) && !form.contains_key("client_secret")
            }
            AcceptedAuthentication::SecretPost => {
                authorization.is_none()
                    && has("client_id", CLIENT_ID)
                    && has("client_secret", CLIENT_SECRET)
            }
            AcceptedAuthentication::PrivateKeyJwt { kid, seed } => {
                authorization.is_none()
                    && !form.contains_key("client_secret")
                    && has(
                        "client_assertion_type",
                        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                    )
                    && form
                        .get("client_assertion")
                        .is_some_and(|assertion| self.accepts(assertion, kid, *seed))
            }
        }
    }

    /// The checks of RFC 7523 §3.
    fn accepts(&self, assertion: &str, kid: &str, seed: u8) -> bool {
        let key = VerifyingKey::from_sec1_bytes(&signing::public_key(seed)).unwrap();
        let (input, signature) = assertion.rsplit_once('.').unwrap();
        let (header, payload) = input.split_once('.').unwrap();
        let read = |part: &str| -> Value {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
        };
        let signature = Signature::from_slice(&URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
        let (header, claims) = (read(header), read(payload));
        let lifetime = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
        header["alg"] == "ES384"
            && header["kid"] == kid
            && claims["iss"] == CLIENT_ID
            && claims["sub"] == CLIENT_ID
            && claims["aud"] == self.issuer.as_str()
            && claims["jti"].as_str().unwrap().len() >= 16
            && (1..=60).contains(&lifetime)
            && key.verify(input.as_bytes(), &signature).is_ok()
    }
}
