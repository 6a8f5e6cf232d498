//! Whether the provider is down, and when it may be asked for refreshes again:
//! one circuit breaker for the process, so that a thousand sessions do not ask a
//! dead provider each second.
//!
//! Only transport errors, 5xx and 429 count as *down*: [`is_down`]. What this
//! application limits itself does not.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use rand::Rng as _;

use crate::{error::AuthError, store::ids::SessionIdHash};

/// The pause after the first failure. It doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// The longest pause that `Retry-After` can ask for.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(5 * 60);

/// Returns whether an error of a refresh means that the provider is down.
pub(crate) const fn is_down(error: &AuthError) -> bool {
    matches!(
        error,
        AuthError::Unreachable { .. } | AuthError::TimedOut { .. }
    )
}

/// Keeps refreshes from a provider that is down. Cheap to clone; clones share one
/// state.
#[derive(Clone, Debug, Default)]
pub(crate) struct OutageBreaker(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// Failures since the last answer.
    failures: u32,
    /// No attempt is made before.
    paused_until: Option<Instant>,
    /// One attempt is made after a pause, and the others wait for its outcome.
    is_probing: bool,
    /// The session whose refresh failed last, since the last answer.
    last_failed: Option<SessionIdHash>,
    /// Requests that were sent, and when.
    unanswered: HashMap<SessionIdHash, Instant>,
}

/// Whether an attempt may be made.
#[derive(Debug)]
pub(crate) enum Admission {
    Granted(Attempt),
    /// Not before the pause is over.
    Paused,
    /// Another attempt is about to show whether the provider answers again.
    Probing,
}

/// Returns the error of an attempt that is not admitted.
pub(crate) fn still_down() -> AuthError {
    AuthError::Unreachable {
        endpoint: "token",
        reason: "it did not answer before; this process asks again after a pause".to_owned(),
    }
}

/// What an unusable answer of the token endpoint says about the provider.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct OutageHint {
    /// The status 500: perhaps an error with this one session only.
    pub(crate) may_be_one_session: bool,
    /// The value of `Retry-After` (RFC 9110 §10.2.3).
    pub(crate) retry_after: Option<Duration>,
}

impl OutageBreaker {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Admits an attempt to refresh the tokens of a session, unless the provider
    /// was down and it is too early to try again.
    pub(crate) fn admit(&self, session: SessionIdHash) -> Admission {
        let mut state = self.state();
        let is_probe = match state.paused_until {
            None => false,
            Some(until) if Instant::now() < until => return Admission::Paused,
            Some(_) if state.is_probing => return Admission::Probing,
            Some(_) => true,
        };
        state.is_probing |= is_probe;
        Admission::Granted(Attempt {
            breaker: self.clone(),
            session,
            is_probe,
            is_sent: false,
            hint: OutageHint::default(),
        })
    }

    /// Returns whether no attempt is made now, because of a pause.
    pub(crate) fn is_paused(&self) -> bool {
        let until = self.state().paused_until;
        until.is_some_and(|until| Instant::now() < until)
    }

    /// Returns whether an attempt is about to show if the provider answers again.
    pub(crate) fn is_probing(&self) -> bool {
        self.state().is_probing
    }

    /// Returns how long to wait until the provider is asked again; at least a
    /// second.
    pub(crate) fn pause(&self) -> Duration {
        let until = self.state().paused_until;
        until
            .map(|until| until.saturating_duration_since(Instant::now()))
            .unwrap_or_default()
            .max(FIRST_PAUSE)
    }

    /// Returns whether a request for this session was sent at least `length` ago
    /// and has not been answered.
    pub(crate) fn is_unanswered_for(&self, session: SessionIdHash, length: Duration) -> bool {
        let state = self.state();
        let sent = state.unanswered.get(&session);
        sent.is_some_and(|sent| sent.elapsed() >= length)
    }
}

/// An attempt to refresh tokens. If it ends without an outcome, nothing was
/// learned of the provider.
#[derive(Debug)]
pub(crate) struct Attempt {
    breaker: OutageBreaker,
    session: SessionIdHash,
    is_probe: bool,
    is_sent: bool,
    hint: OutageHint,
}

impl Attempt {
    /// Notes that the request is sent.
    pub(crate) fn sent(&mut self) {
        self.is_sent = true;
        let mut state = self.breaker.state();
        state.unanswered.insert(self.session, Instant::now());
    }

    pub(crate) fn note(&mut self, hint: OutageHint) {
        self.hint = hint;
    }

    /// Ends the attempt with its outcome.
    pub(crate) fn end<T>(self, outcome: Result<&T, &AuthError>) {
        match outcome {
            Err(error) if is_down(error) => self.failed(error),
            _ => self.answered(),
        }
    }

    /// Ends the attempt: the token endpoint answered, and the provider's keys
    /// cannot be fetched.
    pub(crate) fn end_without_keys(self, error: &AuthError) {
        self.failed(error);
    }

    fn answered(&self) {
        let mut state = self.breaker.state();
        let outage = state.paused_until.is_some();
        state.failures = 0;
        state.paused_until = None;
        state.last_failed = None;
        drop(state);
        if outage {
            tracing::info!("the provider answers again");
        }
    }

    fn failed(&self, error: &AuthError) {
        let mut state = self.breaker.state();
        let former = state.last_failed.replace(self.session);
        // One session that always fails must not keep the others from fresh
        // claims.
        if self.hint.may_be_one_session && former.is_none_or(|former| former == self.session) {
            return;
        }
        // Attempts that were under way together count once.
        if state.paused_until.is_some() && !self.is_probe {
            return;
        }
        let doubled = FIRST_PAUSE.saturating_mul(1 << state.failures.min(16));
        // The processes must not ask at the same time.
        let pause = doubled
            .min(LONGEST_PAUSE)
            .mul_f64(rand::rng().random_range(0.75..=1.0))
            .max(self.hint.retry_after.unwrap_or_default())
            .min(LONGEST_RETRY_AFTER);
        state.failures = state.failures.saturating_add(1);
        state.paused_until = Some(Instant::now() + pause);
        drop(state);
        tracing::warn!(
            %error,
            pause = ?pause,
            "the provider is down: claims and tokens are not refreshed during the pause"
        );
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        let mut state = self.breaker.state();
        // Another attempt for this session may still wait for its answer.
        if self.is_sent {
            state.unanswered.remove(&self.session);
        }
        if self.is_probe {
            state.is_probing = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: SessionIdHash = SessionIdHash::from_bytes([1; 16]);
    const B: SessionIdHash = SessionIdHash::from_bytes([2; 16]);

    fn down() -> AuthError {
        AuthError::TimedOut { endpoint: "token" }
    }

    fn admitted(breaker: &OutageBreaker, session: SessionIdHash) -> Attempt {
        match breaker.admit(session) {
            Admission::Granted(attempt) => attempt,
            refused => panic!("{refused:?}"),
        }
    }

    fn fail(breaker: &OutageBreaker, session: SessionIdHash, hint: OutageHint) {
        let mut attempt = admitted(breaker, session);
        attempt.note(hint);
        attempt.end::<()>(Err(&down()));
    }

    fn end_pause(breaker: &OutageBreaker) {
        breaker.state().paused_until = Some(Instant::now());
    }

    #[test]
    fn pauses_grow_and_an_answer_ends_them() {
        let breaker = OutageBreaker::default();
        let mut last = Duration::ZERO;
        for _ in 0..5 {
            fail(&breaker, A, OutageHint::default());
            let until = breaker.state().paused_until.unwrap();
            let pause = until.saturating_duration_since(Instant::now());
            assert!(pause > last, "{pause:?} after {last:?}");
            assert!(
                matches!(breaker.admit(B), Admission::Paused),
                "nobody is asked during a pause"
            );
            last = pause;
            end_pause(&breaker);
        }
        admitted(&breaker, B).end(Ok(&()));
        assert!(!breaker.is_paused());
        drop((admitted(&breaker, A), admitted(&breaker, B)));
    }

    #[test]
    fn one_attempt_is_made_after_a_pause() {
        let breaker = OutageBreaker::default();
        fail(&breaker, A, OutageHint::default());
        end_pause(&breaker);
        let probe = admitted(&breaker, A);
        assert!(matches!(breaker.admit(B), Admission::Probing));
        // It learned nothing, for example because it did not get the lease.
        drop(probe);
        drop(admitted(&breaker, B));
    }

    #[test]
    fn an_attempt_that_sent_nothing_leaves_the_request_of_another() {
        let breaker = OutageBreaker::default();
        let mut waiting = admitted(&breaker, A);
        waiting.sent();
        drop(admitted(&breaker, A));
        assert!(breaker.is_unanswered_for(A, Duration::ZERO));
        drop(waiting);
        assert!(!breaker.is_unanswered_for(A, Duration::ZERO));
    }

    #[test]
    fn failures_that_were_under_way_together_count_once() {
        let breaker = OutageBreaker::default();
        let attempts: Vec<_> = (0..50).map(|_| admitted(&breaker, A)).collect();
        for attempt in attempts {
            attempt.end::<()>(Err(&down()));
        }
        assert!(breaker.pause() <= FIRST_PAUSE);
    }

    #[test]
    fn errors_with_one_session_do_not_stop_the_others() {
        let breaker = OutageBreaker::default();
        let hint = OutageHint {
            may_be_one_session: true,
            retry_after: None,
        };
        for _ in 0..5 {
            fail(&breaker, A, hint);
        }
        assert!(!breaker.is_paused());
        fail(&breaker, B, hint);
        assert!(breaker.is_paused(), "it is not one session only");
    }

    #[test]
    fn retry_after_is_obeyed_within_limits() {
        for (asked, least, most) in [(20, 15, 20), (1_000_000, 250, 300)] {
            let breaker = OutageBreaker::default();
            let hint = OutageHint {
                retry_after: Some(Duration::from_secs(asked)),
                ..OutageHint::default()
            };
            fail(&breaker, A, hint);
            let pause = breaker.pause().as_secs();
            assert!((least..=most).contains(&pause), "{asked}: {pause}");
        }
    }

    #[test]
    fn what_is_not_an_outage_pauses_nothing() {
        let breaker = OutageBreaker::default();
        for error in [
            AuthError::SessionEnded,
            AuthError::InvalidClient {
                answer: String::new(),
            },
            AuthError::RefreshBusy,
            AuthError::InvalidAnswer(String::new()),
        ] {
            admitted(&breaker, A).end::<()>(Err(&error));
            assert!(!breaker.is_paused(), "{error}");
        }
    }
}
