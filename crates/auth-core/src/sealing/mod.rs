//! Sealing: values that leave the process, into a cookie or a database, are
//! encrypted and bound to the place for which they are written.
//!
//! Envelope: `version (1) ‖ key id (4) ‖ nonce (24) ‖ ciphertext and tag`.
//! The cipher is XChaCha20-Poly1305: its 192-bit nonce may be random without a
//! limit on the number of messages. The associated data names table, purpose and
//! place, so an envelope that was moved to another row, cookie or column does not
//! open.
//!
//! If several secrets are configured, the newest one seals and all of them open.
//! So a secret can be replaced while sessions stay valid.

pub(crate) mod id_hasher;
pub(crate) mod secret;

use chacha20poly1305::{
    Key, KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hkdf::Hkdf;
use rand::{TryRngCore as _, rngs::OsRng};
use serde::{Serialize, de::DeserializeOwned};
use sha2::Sha256;
use zeroize::Zeroizing;

use self::secret::{AuthSecret, AuthSecrets};
use crate::store::ids::SealingKeyId;

const VERSION: u8 = 1;
const KEY_ID: usize = 4;
const NONCE: usize = 24;

/// The purpose of an envelope. Each purpose has a key of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A sign-in under way, in a cookie.
    PendingSignIn,
    /// A sign-out under way, in a cookie.
    PendingSignOut,
    /// Why the application refused a sign-in, in a cookie.
    SignInRefusal,
    /// A session, in the session's row.
    Session,
    /// The tokens of a session, in the token row.
    Tokens,
    /// The browser that signed in, in the session's row.
    Device,
    /// The key of the keyed hashes, in the table of hash keys.
    IdHashKey,
}

impl Purpose {
    /// Returns table and purpose. Changing a label makes existing envelopes
    /// unreadable.
    const fn label(self) -> &'static str {
        match self {
            Self::PendingSignIn => "cookie: pending sign-in",
            Self::PendingSignOut => "cookie: pending sign-out",
            Self::SignInRefusal => "cookie: sign-in refusal",
            Self::Session => "sessions: session",
            Self::Tokens => "tokens: tokens",
            Self::Device => "sessions: device",
            Self::IdHashKey => "hash keys: hash key",
        }
    }
}

/// Reads which secret an envelope is sealed with; `None` if it is too short to
/// be an envelope.
fn key_id(envelope: &[u8]) -> Option<SealingKeyId> {
    let (_, rest) = envelope.split_first()?;
    rest.first_chunk().copied().map(SealingKeyId::from_bytes)
}

/// Why a value cannot be sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SealError {
    #[error("the operating system provides no randomness")]
    NoRandomness,
    #[error("the value cannot be serialized")]
    Content,
    #[error("no configured secret has this key id")]
    UnknownKey,
    #[error("the value is too long to be encrypted")]
    TooLong,
}

/// Why an envelope cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OpenError {
    #[error("it is incomplete")]
    Truncated,
    #[error("it has version {0}, which only another release of this program can read")]
    Version(u8),
    #[error("it is sealed with a secret that is not set in AUTH_SECRET or AUTH_SECRET_1 to _3")]
    UnknownKey,
    #[error("it was changed, or moved from another place")]
    Forged,
    #[error("this release cannot read its content")]
    Content,
}

/// The keys derived from all secrets, newest first.
#[derive(Clone)]
pub(crate) struct Keyring(Vec<SealingKeys>);

#[derive(Clone)]
struct SealingKeys {
    id: SealingKeyId,
    pending_sign_in: XChaCha20Poly1305,
    pending_sign_out: XChaCha20Poly1305,
    sign_in_refusal: XChaCha20Poly1305,
    session: XChaCha20Poly1305,
    tokens: XChaCha20Poly1305,
    device: XChaCha20Poly1305,
    hash_key: XChaCha20Poly1305,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keyring([redacted])")
    }
}

impl SealingKeys {
    fn new(secret: &AuthSecret) -> Self {
        let hkdf = Hkdf::<Sha256>::new(Some(b"auth-core v1"), secret.expose().as_bytes());
        let cipher = |purpose: Purpose| {
            let key = derive::<32>(&hkdf, purpose.label());
            XChaCha20Poly1305::new(Key::from_slice(key.as_ref()))
        };
        Self {
            id: SealingKeyId::from_bytes(*derive(&hkdf, "key id")),
            pending_sign_in: cipher(Purpose::PendingSignIn),
            pending_sign_out: cipher(Purpose::PendingSignOut),
            sign_in_refusal: cipher(Purpose::SignInRefusal),
            session: cipher(Purpose::Session),
            tokens: cipher(Purpose::Tokens),
            device: cipher(Purpose::Device),
            hash_key: cipher(Purpose::IdHashKey),
        }
    }

    fn cipher(&self, purpose: Purpose) -> &XChaCha20Poly1305 {
        match purpose {
            Purpose::PendingSignIn => &self.pending_sign_in,
            Purpose::PendingSignOut => &self.pending_sign_out,
            Purpose::SignInRefusal => &self.sign_in_refusal,
            Purpose::Session => &self.session,
            Purpose::Tokens => &self.tokens,
            Purpose::Device => &self.device,
            Purpose::IdHashKey => &self.hash_key,
        }
    }
}

impl Keyring {
    pub(crate) fn new(secrets: &AuthSecrets) -> Self {
        Self(secrets.newest_first().map(SealingKeys::new).collect())
    }

    /// Returns the id of the newest key, which seals.
    pub(crate) fn newest(&self) -> SealingKeyId {
        self.0[0].id
    }

    /// Returns the id of the oldest key.
    pub(crate) fn oldest(&self) -> SealingKeyId {
        self.0[self.0.len() - 1].id
    }

    /// Seals `value` for `purpose` at `place`: a cookie's name or a row's key.
    pub(crate) fn seal<T: Serialize>(
        &self,
        purpose: Purpose,
        place: &[u8],
        value: &T,
    ) -> Result<Vec<u8>, SealError> {
        self.seal_with(self.newest(), purpose, place, value)
    }

    /// Seals `value` with the key of this id.
    pub(crate) fn seal_with<T: Serialize>(
        &self,
        id: SealingKeyId,
        purpose: Purpose,
        place: &[u8],
        value: &T,
    ) -> Result<Vec<u8>, SealError> {
        let plain = Zeroizing::new(serde_json::to_vec(value).map_err(|_| SealError::Content)?);
        self.seal_bytes(id, purpose, place, &plain)
    }

    fn seal_bytes(
        &self,
        id: SealingKeyId,
        purpose: Purpose,
        place: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        let keys = self.keys(id).ok_or(SealError::UnknownKey)?;
        let mut nonce = [0_u8; NONCE];
        OsRng
            .try_fill_bytes(&mut nonce)
            .map_err(|_| SealError::NoRandomness)?;
        let sealed = keys
            .cipher(purpose)
            .encrypt(
                XNonce::from_slice(&nonce),
                Payload {
                    msg: plain,
                    aad: &associated_data(purpose, place),
                },
            )
            .map_err(|_| SealError::TooLong)?;
        let mut envelope = Vec::with_capacity(1 + KEY_ID + NONCE + sealed.len());
        envelope.push(VERSION);
        envelope.extend_from_slice(id.as_bytes());
        envelope.extend_from_slice(&nonce);
        envelope.extend_from_slice(&sealed);
        Ok(envelope)
    }

    /// Opens an envelope. Fails if it was changed, is incomplete, or was sealed
    /// with an unknown secret, for another purpose or place, or by another
    /// version.
    pub(crate) fn open<T: DeserializeOwned>(
        &self,
        purpose: Purpose,
        place: &[u8],
        envelope: &[u8],
    ) -> Result<T, OpenError> {
        let plain = self.open_bytes(purpose, place, envelope)?;
        serde_json::from_slice(&plain).map_err(|_| OpenError::Content)
    }

    fn open_bytes(
        &self,
        purpose: Purpose,
        place: &[u8],
        envelope: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let (&version, rest) = envelope.split_first().ok_or(OpenError::Truncated)?;
        if version != VERSION {
            return Err(OpenError::Version(version));
        }
        let id = key_id(envelope).ok_or(OpenError::Truncated)?;
        let (nonce, sealed) = rest[KEY_ID..]
            .split_at_checked(NONCE)
            .ok_or(OpenError::Truncated)?;
        let keys = self.keys(id).ok_or(OpenError::UnknownKey)?;
        keys.cipher(purpose)
            .decrypt(
                XNonce::from_slice(nonce),
                Payload {
                    msg: sealed,
                    aad: &associated_data(purpose, place),
                },
            )
            .map(Zeroizing::new)
            .map_err(|_| OpenError::Forged)
    }

    /// Returns the same content, sealed with the newest key; `None` if the
    /// envelope already is.
    pub(crate) fn reseal(
        &self,
        purpose: Purpose,
        place: &[u8],
        envelope: &[u8],
    ) -> Result<Option<Vec<u8>>, OpenError> {
        if key_id(envelope) == Some(self.newest()) {
            return Ok(None);
        }
        let plain = self.open_bytes(purpose, place, envelope)?;
        self.seal_bytes(self.newest(), purpose, place, &plain)
            .map(Some)
            .map_err(|_| OpenError::UnknownKey)
    }

    fn keys(&self, id: SealingKeyId) -> Option<&SealingKeys> {
        self.0.iter().find(|keys| keys.id == id)
    }
}

/// Derives a key of `N` bytes for the use that `info` names.
pub(crate) fn derive<const N: usize>(hkdf: &Hkdf<Sha256>, info: &str) -> Zeroizing<[u8; N]> {
    let mut key = Zeroizing::new([0; N]);
    #[expect(
        clippy::expect_used,
        reason = "HKDF-SHA256 fails only past 8160 bytes, and N is a constant below that"
    )]
    hkdf.expand(info.as_bytes(), key.as_mut())
        .expect("HKDF provides this many bytes");
    key
}

fn associated_data(purpose: Purpose, place: &[u8]) -> Vec<u8> {
    let label = purpose.label().as_bytes();
    [label, &[0], place].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(letter: &str) -> AuthSecret {
        AuthSecret::new(letter.repeat(32)).unwrap()
    }

    fn keyring(newest: &str, former: &[&str]) -> Keyring {
        let former = former.iter().map(|letter| secret(letter));
        Keyring::new(&AuthSecrets::new(secret(newest), former))
    }

    fn open(
        keys: &Keyring,
        purpose: Purpose,
        place: &[u8],
        envelope: &[u8],
    ) -> Result<String, OpenError> {
        keys.open::<String>(purpose, place, envelope)
    }

    #[test]
    fn an_envelope_opens_only_unchanged_and_in_its_place() {
        let keys = keyring("a", &[]);
        let envelope = keys.seal(Purpose::Session, b"row 1", &"alice").unwrap();
        let at_home = |envelope: &[u8]| open(&keys, Purpose::Session, b"row 1", envelope);
        assert_eq!(at_home(&envelope).as_deref(), Ok("alice"));
        for (purpose, place) in [
            (Purpose::Session, b"row 2"),
            (Purpose::Tokens, b"row 1"),
            (Purpose::Device, b"row 1"),
        ] {
            assert_eq!(
                open(&keys, purpose, place, &envelope),
                Err(OpenError::Forged)
            );
        }
        assert_eq!(
            open(&keyring("b", &[]), Purpose::Session, b"row 1", &envelope),
            Err(OpenError::UnknownKey)
        );
        for cut in 0..envelope.len() {
            assert!(at_home(&envelope[..cut]).is_err(), "cut to {cut} bytes");
        }
        for flipped in 0..envelope.len() {
            let mut tampered = envelope.clone();
            tampered[flipped] ^= 1;
            assert!(at_home(&tampered).is_err(), "bit flipped in byte {flipped}");
        }
        let mut later = envelope.clone();
        later[0] = 2;
        assert_eq!(at_home(&later), Err(OpenError::Version(2)));
    }

    #[test]
    fn the_newest_secret_seals_and_every_secret_opens() {
        let before = keyring("a", &[]);
        let during = keyring("b", &["a"]);
        let after = keyring("b", &[]);
        let old = before.seal(Purpose::Tokens, b"row", &"old").unwrap();
        let new = during.seal(Purpose::Tokens, b"row", &"new").unwrap();
        assert_eq!(
            open(&during, Purpose::Tokens, b"row", &old).as_deref(),
            Ok("old")
        );
        assert_eq!(
            open(&after, Purpose::Tokens, b"row", &new).as_deref(),
            Ok("new")
        );
        assert_eq!(
            open(&after, Purpose::Tokens, b"row", &old),
            Err(OpenError::UnknownKey)
        );
        let resealed = during
            .reseal(Purpose::Tokens, b"row", &old)
            .unwrap()
            .unwrap();
        assert_eq!(
            open(&after, Purpose::Tokens, b"row", &resealed).as_deref(),
            Ok("old")
        );
        assert_eq!(during.reseal(Purpose::Tokens, b"row", &resealed), Ok(None));
    }

    #[test]
    fn sealing_a_value_twice_gives_different_envelopes() {
        let keys = keyring("a", &[]);
        let seal = || keys.seal(Purpose::Tokens, b"row", &"token").unwrap();
        assert_ne!(seal(), seal());
    }
}
