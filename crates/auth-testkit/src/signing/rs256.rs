//! RS256, for providers that sign with RSA. Logto does not.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rsa::{BigUint, Pkcs1v15Sign, RsaPrivateKey, traits::PublicKeyParts as _};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::json::object;

/// Primes of 1024 bits. Nothing but tests uses their keys.
const PRIMES: [&str; 3] = [
    "c7fad7673e74404a9f28ccf39914c58914c779589e0b59a54b73a0bc0a8219a0\
     2a09707f6ecb9021a2389f1ad97201ed7291e2d97a1c8938babe314b810ad94f\
     2ea03f6a99334572cbdebae702ed189085f2f7cb1ccd07859f9064866bb15712\
     dffd2097eb783186254aa02a5d11381eca7a560efdda40b1179a32bcd8141819",
    "dcba89b9a6c945ecd5ec4949e7867d8e50bf5354a151cc23119475d582d0e5d2\
     95dbdc84b5af3c99e51de4be25be3ecd3f01866b977409817940fcd3c883ce62\
     4c0675317d2bc2a3dc127c637e87db190e5d73b39809fca8221480849e0f05be\
     941023370f0ad4174aa2856e7a973b8fe28f55bd5782480a0896930c83cd8677",
    "dda3159367bf0eb00f19a8b632a77bee3bad89a3f4c3fa0b278d20d06f97539f\
     5c33d02630c30f1b01bbafb31413123214a48fadb774d5a56d188b82699c59e2\
     19a2e8908caca306e9e8209fe516d17d32e661be217541f69c7f77991acfc5ab\
     13b83a3d7350470fc6a4b010b340984918c186859c3a165db14b4dd05f9e0c63",
];

const EXPONENT: u32 = 65_537;

/// Returns the changes that make a key of the JWKS the RSA key with which
/// [`TokenDraft::sign`](super::TokenDraft::sign) signs if the header says `RS256`:
/// see [`ProviderState::jwk`](crate::ProviderState::jwk).
pub fn rs256_jwk() -> Map<String, Value> {
    let n = key(1).n().to_bytes_be();
    object(json!({
        "kty": "RSA",
        "alg": "RS256",
        "n": URL_SAFE_NO_PAD.encode(n),
        "e": "AQAB",
        "crv": null,
        "x": null,
        "y": null,
    }))
}

/// RS256 (RFC 7518 §3.3). The key of another seed than 1 is not in [`rs256_jwk`].
pub(super) fn sign(seed: u8, input: &[u8]) -> Vec<u8> {
    let scheme = Pkcs1v15Sign::new::<Sha256>();
    key(seed).sign(scheme, &Sha256::digest(input)).unwrap()
}

fn key(seed: u8) -> RsaPrivateKey {
    let [p, own, foreign] = PRIMES.map(|prime| BigUint::parse_bytes(prime.as_bytes(), 16).unwrap());
    let q = if seed == 1 { own } else { foreign };
    RsaPrivateKey::from_p_q(p, q, EXPONENT.into()).unwrap()
}
