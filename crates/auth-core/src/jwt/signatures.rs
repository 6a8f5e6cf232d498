//! Where signatures are verified: on threads of their own, and few at a time.
//!
//! A signature of Logto's (ES384) costs about a millisecond, and anybody can send a
//! token that names a real key. On a thread of the runtime it would hold up every
//! request there. So access tokens that somebody sends never take all processors, and
//! they wait for each other, not in front of sign-ins and logouts.

use std::{
    sync::{
        Arc, LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread::available_parallelism,
};

use openidconnect::{
    JsonWebKey as _,
    core::{CoreJsonWebKey, CoreJwsSigningAlgorithm as Alg},
};
use tokio::sync::Semaphore;

use super::jws::JwsError;
use crate::{error::AuthError, provider::TokenOrigin};

/// The most access tokens that wait. It takes about a quarter of a second to verify
/// them.
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
        key.verify_signature(&alg, signed.as_bytes(), &signature)
    });
    match verified.await {
        Ok(verified) => verified.map_err(|_| JwsError::BadSignature),
        Err(error) => Err(JwsError::Unavailable(AuthError::Internal(format!(
            "the verification of a signature did not end: {error}"
        )))),
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

    use tokio::time::timeout;

    use super::*;

    /// So a flood of forged ones leaves the other processors to sign-ins.
    #[tokio::test(start_paused = true)]
    async fn logout_tokens_are_verified_one_at_a_time() {
        let two = Lane::of(TokenOrigin::LogoutToken).places.acquire_many(2);
        timeout(Duration::from_secs(1), two).await.unwrap_err();
    }
}
