//! Sealing: what leaves the process, for a cookie or a database, is encrypted
//! and bound to the place it was written for.
//!
//! Envelope: `version (1) ‖ key id (4) ‖ nonce (24) ‖ ciphertext and tag`.
//! XChaCha20-Poly1305, whose 192-bit nonce may be random without a limit on
//! the number of messages. The associated data names purpose and place, so
//! that an envelope moved to another row, cookie or column does not open.

use chacha20poly1305::{
    Key, KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use rand::{TryRngCore as _, rngs::OsRng};
use serde::{Serialize, de::DeserializeOwned};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{AuthError, AuthSecret};

const VERSION: u8 = 1;
const KEY_ID: usize = 4;
const NONCE: usize = 24;

/// What an envelope is for. Each purpose has a key of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A sign-in under way, in a cookie.
    PendingSignIn,
    /// What the server knows of a session, in the session's row.
    Session,
    /// Tokens, in the token row.
    Tokens,
}

impl Purpose {
    const fn label(self) -> &'static str {
        match self {
            Self::PendingSignIn => "pending sign-in",
            Self::Session => "session",
            Self::Tokens => "tokens",
        }
    }
}

/// The keys derived from `AUTH_SECRET`.
#[derive(Clone)]
pub(crate) struct Keyring {
    key_id: [u8; KEY_ID],
    pending_sign_in: XChaCha20Poly1305,
    session: XChaCha20Poly1305,
    tokens: XChaCha20Poly1305,
    session_key: Hmac<Sha256>,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keyring([redacted])")
    }
}

impl Keyring {
    pub(crate) fn new(secret: &AuthSecret) -> Self {
        let hkdf = Hkdf::<Sha256>::new(Some(b"auth-core v1"), secret.expose().as_bytes());
        let cipher = |purpose: Purpose| {
            let key = derive::<32>(&hkdf, purpose.label());
            XChaCha20Poly1305::new(Key::from_slice(key.as_ref()))
        };
        Self {
            key_id: *derive(&hkdf, "key id"),
            pending_sign_in: cipher(Purpose::PendingSignIn),
            session: cipher(Purpose::Session),
            tokens: cipher(Purpose::Tokens),
            session_key: <Hmac<Sha256> as KeyInit>::new(
                derive::<64>(&hkdf, "session key").as_slice().into(),
            ),
        }
    }

    fn cipher(&self, purpose: Purpose) -> &XChaCha20Poly1305 {
        match purpose {
            Purpose::PendingSignIn => &self.pending_sign_in,
            Purpose::Session => &self.session,
            Purpose::Tokens => &self.tokens,
        }
    }

    /// Seals `value` for `purpose` at `place` (a cookie's name, a row's key).
    pub(crate) fn seal<T: Serialize>(
        &self,
        purpose: Purpose,
        place: &[u8],
        value: &T,
    ) -> Result<Vec<u8>, AuthError> {
        let plain = Zeroizing::new(serde_json::to_vec(value).map_err(|_| AuthError::Sealing)?);
        let mut nonce = [0_u8; NONCE];
        OsRng
            .try_fill_bytes(&mut nonce)
            .map_err(|_| AuthError::Sealing)?;
        let sealed = self
            .cipher(purpose)
            .encrypt(
                XNonce::from_slice(&nonce),
                Payload {
                    msg: &plain,
                    aad: &associated_data(purpose, place),
                },
            )
            .map_err(|_| AuthError::Sealing)?;
        let mut envelope = Vec::with_capacity(1 + KEY_ID + NONCE + sealed.len());
        envelope.push(VERSION);
        envelope.extend_from_slice(&self.key_id);
        envelope.extend_from_slice(&nonce);
        envelope.extend_from_slice(&sealed);
        Ok(envelope)
    }

    /// Opens an envelope; `None` when it was tampered with, cut, sealed with
    /// another key, for another purpose or place, or by a later version.
    pub(crate) fn open<T: DeserializeOwned>(
        &self,
        purpose: Purpose,
        place: &[u8],
        envelope: &[u8],
    ) -> Option<T> {
        let (&version, rest) = envelope.split_first()?;
        let (key_id, rest) = rest.split_at_checked(KEY_ID)?;
        let (nonce, sealed) = rest.split_at_checked(NONCE)?;
        if version != VERSION || key_id != self.key_id {
            return None;
        }
        let plain = self
            .cipher(purpose)
            .decrypt(
                XNonce::from_slice(nonce),
                Payload {
                    msg: sealed,
                    aad: &associated_data(purpose, place),
                },
            )
            .map(Zeroizing::new)
            .ok()?;
        serde_json::from_slice(&plain).ok()
    }

    /// The key under which the session of a cookie is stored: 128 bits of an
    /// HMAC. Who reads the database learns no cookie from it.
    pub(crate) fn session_key(&self, session_id: &[u8]) -> [u8; 16] {
        let mut mac = self.session_key.clone();
        mac.update(session_id);
        let digest = mac.finalize().into_bytes();
        let mut key = [0; 16];
        key.copy_from_slice(&digest[..16]);
        key
    }
}

fn derive<const N: usize>(hkdf: &Hkdf<Sha256>, info: &str) -> Zeroizing<[u8; N]> {
    let mut key = Zeroizing::new([0; N]);
    #[expect(
        clippy::expect_used,
        reason = "HKDF-SHA256 fails only past 8160 bytes, and N is a constant below that"
    )]
    hkdf.expand(info.as_bytes(), key.as_mut())
        .expect("HKDF gives so few bytes");
    key
}

fn associated_data(purpose: Purpose, place: &[u8]) -> Vec<u8> {
    let label = purpose.label().as_bytes();
    [label, &[0], place].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyring(secret: &str) -> Keyring {
        Keyring::new(&AuthSecret::new(secret.repeat(32)).unwrap())
    }

    #[test]
    fn an_envelope_opens_only_whole_and_in_its_own_place() {
        let keys = keyring("a");
        let envelope = keys.seal(Purpose::Session, b"row 1", &"alice").unwrap();
        let open = |keys: &Keyring, purpose, place: &[u8], envelope: &[u8]| {
            keys.open::<String>(purpose, place, envelope)
        };
        assert_eq!(
            open(&keys, Purpose::Session, b"row 1", &envelope).as_deref(),
            Some("alice")
        );
        assert_eq!(open(&keys, Purpose::Session, b"row 2", &envelope), None);
        assert_eq!(open(&keys, Purpose::Tokens, b"row 1", &envelope), None);
        assert_eq!(
            open(&keyring("b"), Purpose::Session, b"row 1", &envelope),
            None
        );
        for cut in 0..envelope.len() {
            assert_eq!(
                open(&keys, Purpose::Session, b"row 1", &envelope[..cut]),
                None,
                "cut to {cut} bytes"
            );
        }
        for flipped in 0..envelope.len() {
            let mut tampered = envelope.clone();
            tampered[flipped] ^= 1;
            assert_eq!(
                open(&keys, Purpose::Session, b"row 1", &tampered),
                None,
                "bit flipped in byte {flipped}"
            );
        }
    }

    #[test]
    fn two_envelopes_of_one_value_differ() {
        let keys = keyring("a");
        let seal = || keys.seal(Purpose::Tokens, b"row", &"token").unwrap();
        assert_ne!(seal(), seal());
    }

    #[test]
    fn a_session_key_depends_on_id_and_secret() {
        let (a, b) = (keyring("a"), keyring("b"));
        assert_eq!(a.session_key(b"id"), a.session_key(b"id"));
        assert_ne!(a.session_key(b"id"), a.session_key(b"id2"));
        assert_ne!(a.session_key(b"id"), b.session_key(b"id"));
    }
}
