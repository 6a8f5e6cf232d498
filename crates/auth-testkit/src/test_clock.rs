//! Time under a test's control.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use auth_core::Clock;
use time::OffsetDateTime;

/// A clock that stands still until a test moves it. Clones share one time.
#[derive(Clone, Debug)]
pub struct TestClock(Arc<Mutex<OffsetDateTime>>);

impl TestClock {
    /// Returns a clock that stands at the present time.
    pub fn new() -> Self {
        Self::at(OffsetDateTime::now_utc())
    }

    /// Returns a clock that stands at this time.
    pub fn at(time: OffsetDateTime) -> Self {
        Self(Arc::new(Mutex::new(time)))
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }
}

impl Default for TestClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for TestClock {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().unwrap()
    }
}
