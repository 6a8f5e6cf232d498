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
    AuthError, SealingKeyId, SessionStore,
    seal::{Keyring, Purpose, derive},
};

/// Under which key a session is stored: a keyed hash of its id. Nobody can
/// make a cookie from it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionIdHash([u8; 16]);

impl fmt::Debug for SessionIdHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Enough to find a session's lines in a log.
        write!(
            f,
            "SessionIdHash({:02x}{:02x}{:02x}{:02x}..)",
            self.0[0], self.0[1], self.0[2], self.0[3]
        )
    }
}

/// Whose session it is: a keyed hash of issuer and `sub`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UserIdHash([u8; 16]);

/// Which of the provider's own sessions a session began in: a keyed hash of
/// issuer and `sid`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ProviderSessionIdHash([u8; 16]);

/// Which logout token: a keyed hash of issuer and `jti`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LogoutTokenIdHash([u8; 16]);

macro_rules! bits {
    ($($key:ident),+) => {
        $(impl $key {
            /// A key from its bytes, for stores and their tests.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The 128 bits of the key.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        })+
    };
}

bits!(
    SessionIdHash,
    UserIdHash,
    ProviderSessionIdHash,
    LogoutTokenIdHash
);

/// The key of the hashes, as it is sealed.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
struct IdHashKey([u8; 32]);

/// Where the envelope of the hash key belongs; there is one in a database.
const PLACE: &[u8] = b"hash key";

/// Makes the names of rows, for one issuer: a database that is taken from one
/// to another holds no session of the new one's.
#[derive(Clone)]
pub(crate) struct IdHasher {
    issuer: String,
    key: IdHashKey,
    sessions: Hmac<Sha256>,
    users: Hmac<Sha256>,
    provider_sessions: Hmac<Sha256>,
    logout_tokens: Hmac<Sha256>,
}

impl fmt::Debug for IdHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdHasher([redacted])")
    }
}

impl IdHasher {
    /// Those of the database; makes them if it has none that a secret at hand
    /// opens.
    ///
    /// Of several the first kept counts, and a new one is kept under the oldest
    /// secret first: servers of which some know a new secret already and others
    /// do not yet agree on one.
    pub(crate) async fn of_store(
        store: &dyn SessionStore,
        keyring: &Keyring,
        issuer: &str,
    ) -> Result<Self, AuthError> {
        let newest = keyring.newest();
        let kept = store.id_hash_keys().await?;
        let key = match opened(&kept, keyring) {
            Some(key) => key,
            None => {
                if !kept.is_empty() {
                    tracing::warn!(
                        "the sessions in the database were made with another AUTH_SECRET: their \
                         users are signed out until it is set again, as AUTH_SECRET or as one of \
                         AUTH_SECRET_1 to _3"
                    );
                }
                let mut key = IdHashKey([0; 32]);
                OsRng
                    .try_fill_bytes(&mut key.0)
                    .map_err(|_| AuthError::Sealing)?;
                key.keep(store, keyring, keyring.oldest()).await?;
                // Another server may have been quicker.
                opened(&store.id_hash_keys().await?, keyring).ok_or(AuthError::Sealing)?
            }
        };
        if kept.iter().all(|(id, _)| *id != newest) {
            key.keep(store, keyring, newest).await?;
        }
        Ok(Self::new(issuer, key))
    }

    fn new(issuer: &str, key: IdHashKey) -> Self {
        let hkdf = Hkdf::<Sha256>::new(Some(b"auth-core v1"), &key.0);
        let mac =
            |name| <Hmac<Sha256> as KeyInit>::new(derive::<64>(&hkdf, name).as_slice().into());
        Self {
            issuer: issuer.to_owned(),
            sessions: mac("session"),
            users: mac("user"),
            provider_sessions: mac("provider session"),
            logout_tokens: mac("logout token"),
            key,
        }
    }

    /// Has the database keep the key of the hashes under the newest secret
    /// only.
    pub(crate) async fn reseal(
        &self,
        store: &dyn SessionStore,
        keyring: &Keyring,
    ) -> Result<(), AuthError> {
        let newest = keyring.newest();
        let sealed = keyring.seal(Purpose::IdHashKey, PLACE, &self.key)?;
        Ok(store.replace_id_hash_keys(newest, &sealed).await?)
    }

    pub(crate) fn session(&self, id: &str) -> SessionIdHash {
        SessionIdHash(hash(&self.sessions, &[&self.issuer, id]))
    }

    /// `sub` is unique within an issuer (OpenID Connect Core §5.7).
    pub(crate) fn user(&self, sub: &str) -> UserIdHash {
        UserIdHash(hash(&self.users, &[&self.issuer, sub]))
    }

    /// `sid` is unique within an issuer (OpenID Connect Back-Channel Logout
    /// §2.1).
    pub(crate) fn provider_session(&self, sid: &str) -> ProviderSessionIdHash {
        ProviderSessionIdHash(hash(&self.provider_sessions, &[&self.issuer, sid]))
    }

    /// `jti` is unique within an issuer (RFC 7519 §4.1.7).
    pub(crate) fn logout_token(&self, jti: &str) -> LogoutTokenIdHash {
        LogoutTokenIdHash(hash(&self.logout_tokens, &[&self.issuer, jti]))
    }
}

impl IdHashKey {
    async fn keep(
        &self,
        store: &dyn SessionStore,
        keyring: &Keyring,
        with: SealingKeyId,
    ) -> Result<(), AuthError> {
        let sealed = keyring.seal_with(with, Purpose::IdHashKey, PLACE, self)?;
        Ok(store.insert_id_hash_key(with, &sealed).await?)
    }
}

/// The first key that a secret at hand opens.
fn opened(kept: &[(SealingKeyId, Vec<u8>)], keyring: &Keyring) -> Option<IdHashKey> {
    kept.iter().find_map(|(_, envelope)| {
        keyring
            .open(Purpose::IdHashKey, PLACE, envelope)
            .inspect_err(|reason| tracing::debug!(%reason, "a hash key does not open"))
            .ok()
    })
}

fn hash(mac: &Hmac<Sha256>, parts: &[&str]) -> [u8; 16] {
    let mut mac = mac.clone();
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    let digest = mac.finalize().into_bytes();
    let mut key = [0; 16];
    key.copy_from_slice(&digest[..16]);
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_differ_by_what_they_name_by_issuer_and_by_hash_key() {
        let keys = |issuer, key| {
            let keys = IdHasher::new(issuer, IdHashKey([key; 32]));
            [
                *keys.session("a").as_bytes(),
                *keys.user("a").as_bytes(),
                *keys.provider_session("a").as_bytes(),
                *keys.provider_session("b").as_bytes(),
                *keys.logout_token("a").as_bytes(),
                *keys.logout_token("b").as_bytes(),
            ]
        };
        let all = [keys("one", 1), keys("two", 1), keys("one", 2)].concat();
        let different: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(different.len(), all.len());
        assert_eq!(keys("one", 1), keys("one", 1));
    }
}
