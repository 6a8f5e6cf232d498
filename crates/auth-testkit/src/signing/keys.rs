//! Keys and signatures.

use p384::{
    SecretKey,
    ecdsa::{Signature, SigningKey, signature::Signer as _},
    pkcs8::{EncodePrivateKey as _, LineEnding},
};
use sha2::{Digest as _, Sha256};

/// Returns the public key, an uncompressed point (SEC 1): what the JWKS shows
/// to everybody.
pub fn public_key(seed: u8) -> Vec<u8> {
    public_point(seed).as_bytes().to_vec()
}

/// Returns the private key as PEM (PKCS #8).
pub fn private_key_pem(seed: u8) -> String {
    let key = SecretKey::from_slice(&[seed; 48]).unwrap();
    key.to_pkcs8_pem(LineEnding::LF).unwrap().to_string()
}

pub(crate) fn public_point(seed: u8) -> p384::Sec1Point {
    signing_key(seed).verifying_key().to_sec1_point(false)
}

/// ES384 (RFC 7518 §3.4).
pub(super) fn es384(seed: u8, input: &[u8]) -> Vec<u8> {
    let signature: Signature = signing_key(seed).sign(input);
    signature.to_bytes().to_vec()
}

/// HS256 (RFC 7518 §3.2), by the definition of HMAC in RFC 2104.
pub(super) fn hs256(secret: &[u8], input: &[u8]) -> Vec<u8> {
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

fn signing_key(seed: u8) -> SigningKey {
    SigningKey::from_slice(&[seed; 48]).unwrap()
}
