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

use super::{CLIENT_ID, CLIENT_SECRET};

/// What the provider takes.
#[derive(Default)]
pub enum Client {
    #[default]
    Basic,
    Post,
    /// The public key of an assertion, ES384.
    PrivateKey(Box<VerifyingKey>),
}

impl Client {
    pub fn is_authenticated(
        &self,
        issuer: &str,
        headers: &HeaderMap,
        form: &HashMap<String, String>,
    ) -> bool {
        let authorization = headers.get("authorization").map(HeaderValue::as_bytes);
        match self {
            Self::Basic => {
                let encode = |text: &str| {
                    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>()
                };
                let credentials = format!("{}:{}", encode(CLIENT_ID), encode(CLIENT_SECRET));
                let expected = format!("Basic {}", STANDARD.encode(credentials));
                authorization == Some(expected.as_bytes()) && !form.contains_key("client_secret")
            }
            Self::Post => {
                authorization.is_none()
                    && form.get("client_id").map(String::as_str) == Some(CLIENT_ID)
                    && form.get("client_secret").map(String::as_str) == Some(CLIENT_SECRET)
            }
            Self::PrivateKey(key) => {
                authorization.is_none()
                    && !form.contains_key("client_secret")
                    && form.get("client_assertion_type").map(String::as_str)
                        == Some("urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
                    && form
                        .get("client_assertion")
                        .is_some_and(|assertion| is_valid(assertion, key, issuer))
            }
        }
    }
}

/// RFC 7523 §3.
fn is_valid(assertion: &str, key: &VerifyingKey, issuer: &str) -> bool {
    let (input, signature) = assertion.rsplit_once('.').unwrap();
    let (header, payload) = input.split_once('.').unwrap();
    let read = |part: &str| -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    };
    let signature = Signature::from_slice(&URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
    let (header, claims) = (read(header), read(payload));
    let lifetime = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    header["alg"] == "ES384"
        && header["kid"] == "client-key"
        && claims["iss"] == CLIENT_ID
        && claims["sub"] == CLIENT_ID
        && claims["aud"] == issuer
        && claims["jti"].as_str().unwrap().len() >= 16
        && (1..=60).contains(&lifetime)
        && key.verify(input.as_bytes(), &signature).is_ok()
}
