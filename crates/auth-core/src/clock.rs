//! The clock, as a port: tests set it.

use std::fmt;

use time::{Duration, OffsetDateTime};

/// How far the clocks of two machines may differ.
pub(crate) const LEEWAY: Duration = Duration::seconds(60);

/// Drops the fraction of a second: stores keep when sessions begin and end in
/// whole seconds.
pub(crate) fn whole_seconds(time: OffsetDateTime) -> OffsetDateTime {
    time.replace_nanosecond(0).unwrap_or(time)
}

/// Returns the current time.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// Returns the current time, in UTC.
    fn now(&self) -> OffsetDateTime;
}

/// The system clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }
}
