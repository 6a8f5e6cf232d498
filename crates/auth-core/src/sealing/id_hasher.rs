//! Keyed-hash identifiers of store rows. Whoever reads the database learns
//! neither a cookie nor a user's id from them.
//!
//! The hash key is random, created once per database, and stored there sealed.
//! It does not derive from `AUTH_SECRET`, so sessions are still found after the
//! secret was replaced.

use std::fmt;

use chacha20poly1305::KeyInit;
use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use rand::{TryRngCore as _, rngs::OsRng};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{Keyring, Purpose, SealError, derive};
use crate::store::ids::{
    LogoutTokenIdHash, ProviderSessionIdHash, SealingKeyId, SessionIdHash, UserIdHash,
};

/// The key of the keyed hashes.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) struct IdHashKey([u8; 32]);

/// The place that the hash key is sealed for. A database has one.
const PLACE: &[u8] = b"hash key";

impl IdHashKey {
    /// Generates a random key.
    pub(crate) fn generate() -> Result<Self, SealError> {
        let mut key = Self([0; 32]);
        OsRng
            .try_fill_bytes(&mut key.0)
            .map_err(|_| SealError::NoRandomness)?;
        Ok(key)
    }

    /// Returns the first stored key that a configured secret opens.
    pub(crate) fn open_first(
        stored: &[(SealingKeyId, Vec<u8>)],
        keyring: &Keyring,
    ) -> Option<Self> {
        stored.iter().find_map(|(_, envelope)| {
            keyring
                .open(Purpose::IdHashKey, PLACE, envelope)
                .inspect_err(|reason| tracing::debug!(%reason, "cannot open a stored hash key"))
                .ok()
        })
    }

    /// Seals the key with the newest secret.
    pub(crate) fn seal(&self, keyring: &Keyring) -> Result<Vec<u8>, SealError> {
        self.seal_with(keyring.newest(), keyring)
    }

    /// Seals the key with the secret of this id.
    pub(crate) fn seal_with(
        &self,
        id: SealingKeyId,
        keyring: &Keyring,
    ) -> Result<Vec<u8>, SealError> {
        keyring.seal_with(id, Purpose::IdHashKey, PLACE, self)
    }
}

/// Hashes the ids that rows are found by, for one issuer. With another issuer,
/// no session of the database is found.
#[derive(Clone)]
pub(crate) struct IdHasher {
    issuer: String,
    key: IdHashKey,
    sessions: Hmac<Sha256>,
    users: Hmac<Sha256>,
    provider_sessions: Hmac<Sha256>,
    logout_tokens: Hmac<Sha256>,
    webhooks: Hmac<Sha256>,
}

impl fmt::Debug for IdHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdHasher([redacted])")
    }
}

impl IdHasher {
    pub(crate) fn new(issuer: &str, key: IdHashKey) -> Self {
        let hkdf = Hkdf::<Sha256>::new(Some(b"auth-core v1"), &key.0);
        let mac =
            |name| <Hmac<Sha256> as KeyInit>::new(derive::<64>(&hkdf, name).as_slice().into());
        Self {
            issuer: issuer.to_owned(),
            sessions: mac("session"),
            users: mac("user"),
            provider_sessions: mac("provider session"),
            logout_tokens: mac("logout token"),
            webhooks: mac("webhook"),
            key,
        }
    }

    pub(crate) fn key(&self) -> &IdHashKey {
        &self.key
    }

    /// Hashes the id in a session cookie.
    pub(crate) fn session(&self, id: &str) -> SessionIdHash {
        SessionIdHash::from_bytes(hash(&self.sessions, &[self.issuer.as_str(), id]))
    }

    /// Hashes a user's `sub`, which is unique within an issuer (OpenID Connect Core
    /// §5.7).
    pub(crate) fn user(&self, sub: &str) -> UserIdHash {
        UserIdHash::from_bytes(hash(&self.users, &[self.issuer.as_str(), sub]))
    }

    /// Hashes a provider session's `sid`, which is unique within an issuer (OpenID
    /// Connect Back-Channel Logout 1.0 §2.1).
    pub(crate) fn provider_session(&self, sid: &str) -> ProviderSessionIdHash {
        ProviderSessionIdHash::from_bytes(hash(
            &self.provider_sessions,
            &[self.issuer.as_str(), sid],
        ))
    }

    /// Hashes a logout token's `jti`, which is unique within an issuer (RFC 7519
    /// §4.1.7).
    pub(crate) fn logout_token(&self, jti: &str) -> LogoutTokenIdHash {
        LogoutTokenIdHash::from_bytes(hash(&self.logout_tokens, &[self.issuer.as_str(), jti]))
    }

    /// Hashes a webhook's signature, and which part of the webhook it is: each is
    /// carried out on its own.
    pub(crate) fn webhook(&self, signature: &[u8], part: usize) -> LogoutTokenIdHash {
        let part = (part as u64).to_be_bytes();
        let parts = [self.issuer.as_bytes(), signature, &part];
        LogoutTokenIdHash::from_bytes(hash(&self.webhooks, &parts))
    }
}

fn hash(mac: &Hmac<Sha256>, parts: &[impl AsRef<[u8]>]) -> [u8; 16] {
    let mut mac = mac.clone();
    for part in parts {
        let part = part.as_ref();
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
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
    fn hashes_differ_by_kind_issuer_and_hash_key() {
        let keys = |issuer, key| {
            let keys = IdHasher::new(issuer, IdHashKey([key; 32]));
            [
                *keys.session("a").as_bytes(),
                *keys.user("a").as_bytes(),
                *keys.provider_session("a").as_bytes(),
                *keys.provider_session("b").as_bytes(),
                *keys.logout_token("a").as_bytes(),
                *keys.logout_token("b").as_bytes(),
                *keys.webhook(b"a", 0).as_bytes(),
                *keys.webhook(b"a", 1).as_bytes(),
            ]
        };
        let all = [keys("one", 1), keys("two", 1), keys("one", 2)].concat();
        let different: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(different.len(), all.len());
        assert_eq!(keys("one", 1), keys("one", 1));
    }
}
