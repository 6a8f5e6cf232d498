//! By what names sessions and users stand in the store: keyed hashes, which
//! tell who reads the database neither a cookie nor a user.
//!
//! The key of these hashes is random, made once for a database and kept in it,
//! sealed. It is not derived from `AUTH_SECRET`, so that a new secret leaves
//! every session findable under its name.

use std::fmt;

use chacha20poly1305::KeyInit;
use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use rand::{TryRngCore as _, rngs::OsRng};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{
    AuthError, SessionStore,
    seal::{Keyring, Purpose, derive},
};

/// Under which key a session is stored: a keyed hash of its id. Nobody can
/// make a cookie from it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionKey([u8; 16]);

impl SessionKey {
    /// A key from its bytes, for stores and their tests.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 128 bits of the key.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Enough to find a session's lines in a log.
        write!(
            f,
            "SessionKey({:02x}{:02x}{:02x}{:02x}..)",
            self.0[0], self.0[1], self.0[2], self.0[3]
        )
    }
}

/// Whose session it is: a keyed hash of issuer and `sub`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UserKey([u8; 16]);

impl UserKey {
    /// A key from its bytes, for stores and their tests.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 128 bits of the key.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// The key of the hashes, as it is sealed.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
struct HashKey([u8; 32]);

/// Where the envelope of the hash key belongs; there is one in a database.
const PLACE: &[u8] = b"hash key";

/// Makes the names of rows.
#[derive(Clone)]
pub(crate) struct RowKeys {
    sessions: Hmac<Sha256>,
    users: Hmac<Sha256>,
}

impl fmt::Debug for RowKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RowKeys([redacted])")
    }
}

impl RowKeys {
    /// Those of the database; makes them if it has none.
    ///
    /// Secrets are asked from the oldest to the newest, and a new key is kept
    /// under the oldest first: servers of which some know a new secret already
    /// and others do not yet agree on one key.
    pub(crate) async fn of_store(
        store: &dyn SessionStore,
        keyring: &Keyring,
    ) -> Result<Self, AuthError> {
        let seal = |key: &HashKey, with| keyring.seal_with(with, Purpose::HashKey, PLACE, key);
        for id in keyring.ids_oldest_first() {
            let Some(envelope) = store.hash_key(id).await? else {
                continue;
            };
            match keyring.open::<HashKey>(Purpose::HashKey, PLACE, &envelope) {
                Ok(key) => {
                    let newest = keyring.newest();
                    if newest != id {
                        store.keep_hash_key(newest, &seal(&key, newest)?).await?;
                    }
                    return Ok(Self::new(&key));
                }
                Err(reason) => {
                    tracing::error!(%reason, "the database's hash key does not open");
                    return Err(AuthError::Sealing);
                }
            }
        }
        let mut key = HashKey([0; 32]);
        OsRng
            .try_fill_bytes(&mut key.0)
            .map_err(|_| AuthError::Sealing)?;
        let (oldest, newest) = (keyring.oldest(), keyring.newest());
        store.keep_hash_key(oldest, &seal(&key, oldest)?).await?;
        // Another server may have been quicker.
        let kept = store.hash_key(oldest).await?.ok_or(AuthError::Sealing)?;
        let key: HashKey = keyring
            .open(Purpose::HashKey, PLACE, &kept)
            .map_err(|_| AuthError::Sealing)?;
        if newest != oldest {
            store.keep_hash_key(newest, &seal(&key, newest)?).await?;
        }
        Ok(Self::new(&key))
    }

    fn new(key: &HashKey) -> Self {
        let hkdf = Hkdf::<Sha256>::new(Some(b"auth-core v1"), &key.0);
        let mac =
            |name| <Hmac<Sha256> as KeyInit>::new(derive::<64>(&hkdf, name).as_slice().into());
        Self {
            sessions: mac("session"),
            users: mac("user"),
        }
    }

    pub(crate) fn session(&self, id: &str) -> SessionKey {
        SessionKey(hash(&self.sessions, &[id.as_bytes()]))
    }

    /// `sub` is unique within an issuer (OpenID Connect Core §5.7).
    pub(crate) fn user(&self, issuer: &str, sub: &str) -> UserKey {
        UserKey(hash(&self.users, &[issuer.as_bytes(), sub.as_bytes()]))
    }
}

fn hash(mac: &Hmac<Sha256>, parts: &[&[u8]]) -> [u8; 16] {
    let mut mac = mac.clone();
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    let digest = mac.finalize().into_bytes();
    let mut key = [0; 16];
    key.copy_from_slice(&digest[..16]);
    key
}
