//! Logto's webhooks, as a test sends them.

use sha2::{Digest as _, Sha256};

/// The length of a block of SHA-256, in bytes.
const BLOCK: usize = 64;

/// Returns the value of the header `logto-signature-sha-256`: HMAC-SHA-256 of the
/// body under the signing key of the webhook, in hexadecimal.
///
/// ```
/// let body = br#"{"event":"User.Deleted"}"#;
/// assert_eq!(
///     auth_testkit::webhook_signature("key", body),
///     "505b65c313d482169ef88e3a4408cd2dc01924f1a44bd35d0e1d4c62e35c6973"
/// );
/// ```
pub fn webhook_signature(key: &str, body: &[u8]) -> String {
    // RFC 2104 §2, with no code of `auth-core`.
    let mut block = [0; BLOCK];
    if key.len() > BLOCK {
        block[..32].copy_from_slice(&Sha256::digest(key.as_bytes()));
    } else {
        block[..key.len()].copy_from_slice(key.as_bytes());
    }
    let padded = |byte: u8| block.map(|key| key ^ byte);
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(body);
    let outer = Sha256::new()
        .chain_update(padded(0x5c))
        .chain_update(inner.finalize());
    outer
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
