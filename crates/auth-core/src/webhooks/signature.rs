//! The signature of a webhook: HMAC-SHA-256 of the raw body, in hexadecimal.

use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

/// The length of a signature, in bytes.
const LENGTH: usize = 32;

/// Returns the signature's bytes if it is that of the body.
pub(crate) fn verify(
    key: &Zeroizing<String>,
    body: &[u8],
    signature: &str,
) -> Option<[u8; LENGTH]> {
    let signature = decode(signature)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).ok()?;
    mac.update(body);
    // In constant time.
    mac.verify_slice(&signature).is_ok().then_some(signature)
}

fn decode(hex: &str) -> Option<[u8; LENGTH]> {
    let is_hex = hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    if hex.len() != 2 * LENGTH || !is_hex {
        return None;
    }
    let mut bytes = [0; LENGTH];
    for (byte, digits) in bytes.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        let digits = std::str::from_utf8(digits).ok()?;
        *byte = u8::from_str_radix(digits, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_signature_of_the_whole_body_is_accepted() {
        // Computed with: printf '{"event":"User.Deleted"}' | openssl dgst -sha256 -hmac key
        let right = "505b65c313d482169ef88e3a4408cd2dc01924f1a44bd35d0e1d4c62e35c6973";
        let body = br#"{"event":"User.Deleted"}"#;
        let key = Zeroizing::new("key".to_owned());
        let accepts = |body: &[u8], signature: &str| verify(&key, body, signature).is_some();
        assert!(accepts(body, right));
        assert!(accepts(body, &right.to_uppercase()));
        assert!(!accepts(br#"{"event":"User.Deleted" }"#, right));
        assert!(!accepts(b"", right));
        for wrong in [
            "",
            &right[..62],
            &right[..63],
            &format!("{right}00"),
            &format!(" {right}"),
            &format!("sha256={right}"),
            &right.replace('a', "b"),
            &"é".repeat(32),
            &"+f".repeat(32),
        ] {
            assert!(!accepts(body, wrong), "{wrong}");
        }
        let other = Zeroizing::new("another key".to_owned());
        assert!(verify(&other, body, right).is_none());
    }
}
