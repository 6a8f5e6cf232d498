//! Where signatures are verified: on threads of their own, and few at a time.
//!
//! A signature of Logto's (ES384) costs about a millisecond, with the feature
//! `aws-lc-rs` about a quarter of it, and anybody can send a token that names a real
//! key. On a thread of the runtime it would hold up every request there. So access
//! tokens that somebody sends never take all processors, and they wait for each other,
//! not in front of sign-ins and logouts.

use std::{
    sync::{
        Arc, LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread::available_parallelism,
};

use openidconnect::{
    JsonWebKey as _, JsonWebKeyAlgorithm, JsonWebKeyUse, JwsSigningAlgorithm as _,
    core::{CoreJsonWebKey, CoreJwsSigningAlgorithm as Alg},
};
use tokio::sync::Semaphore;

use super::jws::JwsError;
use crate::{error::AuthError, provider::TokenOrigin};

/// The most access tokens that wait: a quarter of a second at a millisecond each.
const MAX_WAITING: usize = 256;

/// The most logout tokens that wait, four seconds: the provider sends a logout token
/// once, so a valid one should not be refused. Who receives them from many addresses
/// lets those wait that have sent wrong ones, so that they do not fill this queue.
const MAX_WAITING_LOGOUT_TOKENS: usize = 4096;

/// The threads for one kind of token.
struct Lane {
    places: Arc<Semaphore>,
    max_waiting: usize,
    waiting: AtomicUsize,
}

impl Lane {
    fn new(places: usize, max_waiting: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(places)),
            max_waiting,
            waiting: AtomicUsize::new(0),
        }
    }

    fn of(origin: TokenOrigin) -> &'static Self {
        static FROM_PROVIDER: LazyLock<Lane> =
            LazyLock::new(|| Lane::new(processors(), usize::MAX));
        static ACCESS_TOKENS: LazyLock<Lane> =
            LazyLock::new(|| Lane::new(processors().saturating_sub(1).max(1), MAX_WAITING));
        static LOGOUT_TOKENS: LazyLock<Lane> =
            LazyLock::new(|| Lane::new(1, MAX_WAITING_LOGOUT_TOKENS));

        match origin {
            TokenOrigin::Provider => &FROM_PROVIDER,
            TokenOrigin::AccessToken => &ACCESS_TOKENS,
            TokenOrigin::LogoutToken => &LOGOUT_TOKENS,
        }
    }
}

fn processors() -> usize {
    available_parallelism().map_or(1, usize::from)
}

/// Verifies a signature. Fails with [`AuthError::VerificationBusy`] if too many wait.
pub(super) async fn verify(
    origin: TokenOrigin,
    key: &CoreJsonWebKey,
    alg: &Alg,
    signed: &str,
    signature: &[u8],
) -> Result<(), JwsError> {
    let lane = Lane::of(origin);
    let busy = || JwsError::Unavailable(AuthError::VerificationBusy);
    let place = {
        let waiting = Waiting::enter(&lane.waiting);
        if waiting.others >= lane.max_waiting {
            return Err(busy());
        }
        Arc::clone(&lane.places).acquire_owned().await
    };
    let (key, alg) = (key.clone(), alg.clone());
    let (signed, signature) = (signed.to_owned(), signature.to_owned());
    let verified = tokio::task::spawn_blocking(move || {
        // Given back by the thread, also if nobody waits for it any more.
        let _place = place;
        is_signed(signed.as_bytes(), &signature, &key, &alg)
    });
    match verified.await {
        Ok(true) => Ok(()),
        Ok(false) => Err(JwsError::BadSignature),
        Err(error) => Err(JwsError::Unavailable(AuthError::Internal(format!(
            "the verification of a signature did not end: {error}"
        )))),
    }
}

/// Returns whether `key` may sign with `alg`, and `signature` is its signature of `signed`.
pub(super) fn is_signed(signed: &[u8], signature: &[u8], key: &CoreJsonWebKey, alg: &Alg) -> bool {
    #[cfg(feature = "aws-lc-rs")]
    if *alg == Alg::EcdsaP384Sha384 {
        return may_sign(key, alg) && es384::is_signed(signed, signature, key);
    }
    key.verify_signature(alg, signed, signature).is_ok()
}

/// Returns whether the key is for signatures with the algorithm.
pub(super) fn may_sign(key: &CoreJsonWebKey, alg: &Alg) -> bool {
    key.key_use().is_none_or(JsonWebKeyUse::allows_signature)
        && alg.key_type().as_ref() == Some(key.key_type())
        // RFC 8725 §3.1: "each key MUST be used with exactly one algorithm". Logto's RSA keys
        // do not name theirs.
        && match key.signing_alg() {
            JsonWebKeyAlgorithm::Algorithm(only) => only == alg,
            JsonWebKeyAlgorithm::Unspecified => true,
            JsonWebKeyAlgorithm::Unsupported => false,
        }
}

/// ES384 by AWS-LC: Logto signs with it, and the other libraries take four times as long.
#[cfg(feature = "aws-lc-rs")]
mod es384 {
    use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED, UnparsedPublicKey};
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use openidconnect::core::CoreJsonWebKey;

    pub(super) fn is_signed(signed: &[u8], signature: &[u8], key: &CoreJsonWebKey) -> bool {
        point(key).is_some_and(|point| {
            let key = UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, point);
            key.verify(signed, signature).is_ok()
        })
    }

    /// Returns the uncompressed point (SEC 1 §2.3.3) of a key on P-384.
    fn point(key: &CoreJsonWebKey) -> Option<Vec<u8>> {
        // The key gives away its coordinates in no other way.
        let key = serde_json::to_value(key).ok()?;
        if key["kty"] != "EC" || key["crv"] != "P-384" {
            return None;
        }
        let mut point = vec![4];
        for name in ["x", "y"] {
            point.extend(URL_SAFE_NO_PAD.decode(key[name].as_str()?).ok()?);
        }
        Some(point)
    }
}

/// A token that waits for a thread, until it is dropped.
struct Waiting {
    count: &'static AtomicUsize,
    others: usize,
}

impl Waiting {
    fn enter(count: &'static AtomicUsize) -> Self {
        let others = count.fetch_add(1, Ordering::AcqRel);
        Self { count, others }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    use jsonwebtoken::{Algorithm, EncodingKey};
    use rcgen::{KeyPair, PKCS_ECDSA_P384_SHA384};
    use serde_json::{Value, json};
    use tokio::time::timeout;

    use super::*;

    const SIGNED: &[u8] = b"eyJhbGciOiJFUzM4NCJ9.eyJzdWIiOiJhbGljZSJ9";

    /// A key with its JWK, and its signature of `SIGNED`.
    fn signed_by_a_new_key() -> (Value, Vec<u8>) {
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
        let (x, y) = pair.public_key_raw()[1..].split_at(48);
        let private = EncodingKey::from_ec_der(&pair.serialize_der());
        let signature = jsonwebtoken::crypto::sign(SIGNED, &private, Algorithm::ES384).unwrap();
        (
            json!({
                "kty": "EC", "crv": "P-384", "kid": "1",
                "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y),
            }),
            URL_SAFE_NO_PAD.decode(signature).unwrap(),
        )
    }

    /// Whoever verifies ES384, AWS-LC or openidconnect, both say the same.
    fn both_say(expected: bool, what: &str, key: &Value, signed: &[u8], signature: &[u8]) {
        let key: CoreJsonWebKey = serde_json::from_value(key.clone()).unwrap();
        let alg = Alg::EcdsaP384Sha384;
        let ours = is_signed(signed, signature, &key, &alg);
        assert_eq!(ours, expected, "{what}");
        let openidconnect = key.verify_signature(&alg, signed, signature).is_ok();
        assert_eq!(openidconnect, expected, "openidconnect: {what}");
    }

    #[test]
    fn es384_accepts_what_openidconnect_accepts() {
        for _ in 0..20 {
            let (key, signature) = signed_by_a_new_key();
            both_say(true, "a valid signature", &key, SIGNED, &signature);
        }
    }

    #[test]
    fn es384_refuses_every_wrong_signature() {
        let (key, valid) = signed_by_a_new_key();
        let (_, of_another) = signed_by_a_new_key();
        let (r, s) = valid.split_at(48);
        let zero = [0; 48];
        let der = [&[0x30, 0x64, 0x02, 0x30][..], r, &[0x02, 0x30], s].concat();
        for (what, signature) in [
            ("of another key", of_another),
            ("empty", Vec::new()),
            ("a byte short", valid[..95].to_vec()),
            ("a byte long", [&valid[..], &[0]].concat()),
            ("a byte long in front", [&[0], &valid[..]].concat()),
            ("r is zero", [&zero, s].concat()),
            ("s is zero", [r, &zero].concat()),
            ("both are zero", vec![0; 96]),
            ("both are above the order", vec![0xff; 96]),
            ("r and s exchanged", [s, r].concat()),
            ("in DER, as in certificates", der),
        ] {
            both_say(false, what, &key, SIGNED, &signature);
        }
        for bit in 0..valid.len() * 8 {
            let mut changed = valid.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            both_say(false, "one bit changed", &key, SIGNED, &changed);
        }
        both_say(false, "of another text", &key, &SIGNED[1..], &valid);
    }

    #[test]
    fn es384_refuses_every_wrong_key() {
        let (key, signature) = signed_by_a_new_key();
        let short = URL_SAFE_NO_PAD.encode([1; 47]);
        for (member, value) in [
            ("crv", json!("P-256")),
            ("crv", json!("P-521")),
            ("x", key["y"].clone()),
            ("y", key["x"].clone()),
            ("y", json!(short)),
            ("y", json!("")),
            ("use", json!("enc")),
            ("alg", json!("ES256")),
            ("x", json!(null)),
            ("crv", json!(null)),
        ] {
            let mut changed = key.clone();
            changed[member] = value;
            both_say(false, &format!("{changed}"), &changed, SIGNED, &signature);
        }
        let mut rsa = key;
        rsa["kty"] = json!("RSA");
        rsa["n"] = json!("AQAB");
        rsa["e"] = json!("AQAB");
        both_say(false, "an RSA key", &rsa, SIGNED, &signature);
    }

    /// So a flood of forged ones leaves the other processors to sign-ins.
    #[tokio::test(start_paused = true)]
    async fn logout_tokens_are_verified_one_at_a_time() {
        let two = Lane::of(TokenOrigin::LogoutToken).places.acquire_many(2);
        timeout(Duration::from_secs(1), two).await.unwrap_err();
    }
}
