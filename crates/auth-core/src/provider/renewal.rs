//! When an outdated discovery document is fetched again, while it stays in use.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use rand::Rng as _;

/// The pause after the first failure. It doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(10 * 60);

/// Admits one fetch at a time, and none during the pause after a failure.
#[derive(Debug, Default)]
pub(super) struct Renewal(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    is_under_way: bool,
    failures: u32,
    paused_until: Option<Instant>,
}

/// A fetch that was admitted. It ends when this is dropped.
pub(super) struct Admitted<'a>(&'a Renewal);

impl Renewal {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns `None` if a fetch is under way, or it is too early for another.
    pub(super) fn admit(&self) -> Option<Admitted<'_>> {
        let mut state = self.state();
        let is_too_early = state
            .paused_until
            .is_some_and(|until| Instant::now() < until);
        if state.is_under_way || is_too_early {
            return None;
        }
        state.is_under_way = true;
        Some(Admitted(self))
    }

    /// Notes a failure. Returns how long no fetch is admitted.
    pub(super) fn failed(&self) -> Duration {
        let mut state = self.state();
        let doubled = FIRST_PAUSE.saturating_mul(1 << state.failures.min(16));
        // The processes must not ask at the same time.
        let pause = doubled
            .min(LONGEST_PAUSE)
            .mul_f64(rand::rng().random_range(0.75..=1.0));
        state.failures = state.failures.saturating_add(1);
        state.paused_until = Some(Instant::now() + pause);
        pause
    }

    pub(super) fn succeeded(&self) {
        let mut state = self.state();
        state.failures = 0;
        state.paused_until = None;
    }
}

impl Drop for Admitted<'_> {
    fn drop(&mut self) {
        self.0.state().is_under_way = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_fetch_at_a_time() {
        let renewal = Renewal::default();
        let admitted = renewal.admit();
        assert!(admitted.is_some());
        assert!(renewal.admit().is_none());
        drop(admitted);
        assert!(renewal.admit().is_some());
    }

    #[test]
    fn pauses_grow_up_to_a_limit_and_a_success_ends_them() {
        let renewal = Renewal::default();
        let mut last = Duration::ZERO;
        for _ in 0..6 {
            let pause = renewal.failed();
            assert!(pause > last, "{pause:?} after {last:?}");
            assert!(renewal.admit().is_none());
            last = pause;
        }
        for _ in 0..100 {
            assert!(renewal.failed() <= LONGEST_PAUSE);
        }
        renewal.succeeded();
        assert!(renewal.admit().is_some());
        assert!(renewal.failed() <= FIRST_PAUSE);
    }
}
