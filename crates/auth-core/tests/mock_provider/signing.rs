//! Signing tokens: rightly, and in every wrong way.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use p384::ecdsa::{Signature, SigningKey, signature::Signer as _};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::{CLIENT_ID, CLIENT_SECRET, Draft, MockProvider, SUB, object};

pub const RESOURCE: &str = "https://shopping.example.com/api";
pub const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

impl MockProvider {
    /// A token signed with the provider's first key.
    pub fn sign(&self, header: Value, payload: Value) -> String {
        let mut draft = self.draft("", payload);
        draft.header = object(header);
        compact(&draft)
    }

    /// An access token for [`RESOURCE`], as Logto makes it, to be signed.
    pub fn access_token(&self) -> Draft {
        let (issuer, now) = (self.issuer(), self.inner().now());
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

    /// A logout token, as Logto 1.37 makes it, to be signed.
    pub fn logout_token(&self) -> Draft {
        let (issuer, now) = (self.issuer(), self.inner().now());
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

    fn draft(&self, typ: &str, claims: Value) -> Draft {
        let (kid, seed) = self.inner().keys[0].clone();
        Draft {
            header: object(json!({"alg": "ES384", "typ": typ, "kid": kid})),
            claims: object(claims),
            key: seed.map(usize::from),
        }
    }
}

/// The token in its compact form; `HS256` is signed with the client's secret.
pub fn compact(draft: &Draft) -> String {
    compact_with(draft, CLIENT_SECRET.as_bytes())
}

/// As [`compact`]; `HS256` is signed with `secret`.
pub fn compact_with(draft: &Draft, secret: &[u8]) -> String {
    let part = |map: &Map<String, Value>| URL_SAFE_NO_PAD.encode(serde_json::to_vec(map).unwrap());
    let input = format!("{}.{}", part(&draft.header), part(&draft.claims));
    let signature = match (draft.header.get("alg").and_then(Value::as_str), draft.key) {
        (Some("HS256"), _) => hs256(secret, input.as_bytes()),
        (_, Some(seed)) => {
            let signature: Signature = key(u8::try_from(seed).unwrap()).sign(input.as_bytes());
            signature.to_bytes().to_vec()
        }
        (_, None) => Vec::new(),
    };
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// RFC 2104.
fn hs256(secret: &[u8], input: &[u8]) -> Vec<u8> {
    let mut block = [0_u8; 64];
    if secret.len() > block.len() {
        block[..32].copy_from_slice(&Sha256::digest(secret));
    } else {
        block[..secret.len()].copy_from_slice(secret);
    }
    let pad = |byte: u8| block.map(|b| b ^ byte);
    let inner = Sha256::digest([&pad(0x36)[..], input].concat());
    Sha256::digest([&pad(0x5c)[..], &inner[..]].concat()).to_vec()
}

pub fn key(seed: u8) -> SigningKey {
    SigningKey::from_slice(&[seed; 48]).unwrap()
}

/// The public key's point, uncompressed: what the JWKS tells everybody.
pub fn public_key(seed: u8) -> Vec<u8> {
    key(seed)
        .verifying_key()
        .to_sec1_point(false)
        .as_bytes()
        .to_vec()
}

/// Changes one claim; `null` removes it.
pub fn claim(name: &'static str, value: Value) -> impl Fn(&mut Draft) + Send + 'static {
    move |draft| set(&mut draft.claims, name, &value)
}

/// Changes one member of the header; `null` removes it.
pub fn header(name: &'static str, value: Value) -> impl Fn(&mut Draft) + Send + 'static {
    move |draft| set(&mut draft.header, name, &value)
}

/// Sets a claim to the present moment, moved by seconds.
pub fn shifted(name: &'static str, by: i64) -> impl Fn(&mut Draft) + Send + 'static {
    move |draft| {
        let now = time::OffsetDateTime::now_utc().unix_timestamp();
        draft.claims.insert(name.to_owned(), json!(now + by));
    }
}

fn set(map: &mut Map<String, Value>, name: &str, value: &Value) {
    match value {
        Value::Null => drop(map.remove(name)),
        value => drop(map.insert(name.to_owned(), value.clone())),
    }
}
