//! The clock, as a port: tests move it.

use std::fmt;

use time::{Duration, OffsetDateTime};

/// How far the clocks of two machines may differ.
pub(crate) const LEEWAY: Duration = Duration::seconds(60);

/// Tells the time.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The present moment, in UTC.
    fn now(&self) -> OffsetDateTime;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }
}
