//! The store's clock, as this server knows it from what it reads.
//!
//! The clocks of servers differ, and all servers have to agree on how old claims
//! and tokens are. So their times are those of the store's clock, without a read
//! for it: every read of a session returns the time of the store.

use std::sync::atomic::{AtomicI64, Ordering};

use time::{Duration, OffsetDateTime};

const UNKNOWN: i64 = i64::MIN;

/// How far the store's clock is ahead of this server's.
#[derive(Debug)]
pub(crate) struct StoreClock {
    /// In nanoseconds; negative if it is behind.
    ahead: AtomicI64,
}

impl StoreClock {
    pub(crate) const fn new() -> Self {
        Self {
            ahead: AtomicI64::new(UNKNOWN),
        }
    }

    /// Notes that the store's clock showed `time` when this server's showed a time
    /// between `before` and `after`.
    ///
    /// A slow answer says little, so an estimate that fits is kept. Otherwise the
    /// nearest one that fits is taken; the first one is the lowest. So the estimate
    /// is not ahead of the store's clock, and nothing counts as younger than it is
    /// by more than the time of a read.
    pub(crate) fn observe(
        &self,
        time: OffsetDateTime,
        before: OffsetDateTime,
        after: OffsetDateTime,
    ) {
        let least = nanoseconds(time - after);
        let most = nanoseconds(time - before).max(least);
        let former = self.ahead.load(Ordering::Relaxed);
        let ahead = former.clamp(least, most);
        if ahead != former {
            self.ahead.store(ahead, Ordering::Relaxed);
        }
    }

    /// Returns the time of the store's clock when this server's shows `now`.
    pub(crate) fn at(&self, now: OffsetDateTime) -> OffsetDateTime {
        match self.ahead.load(Ordering::Relaxed) {
            UNKNOWN => now,
            ahead => now + Duration::nanoseconds(ahead),
        }
    }
}

fn nanoseconds(duration: Duration) -> i64 {
    i64::try_from(duration.whole_nanoseconds()).unwrap_or(if duration.is_negative() {
        -i64::MAX
    } else {
        i64::MAX
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + Duration::milliseconds(milliseconds)
    }

    #[test]
    fn the_estimate_is_as_good_as_the_quickest_answer_and_not_ahead() {
        let clock = StoreClock::new();
        assert_eq!(clock.at(at(5)), at(5), "nothing was read yet");
        // The store is 1000 ms ahead. The answer took 80 ms.
        clock.observe(at(1_040), at(0), at(80));
        assert_eq!(clock.at(at(100)), at(1_060));
        clock.observe(at(1_201), at(200), at(202));
        assert_eq!(clock.at(at(300)), at(1_299));
        clock.observe(at(4_000), at(400), at(5_400));
        assert_eq!(clock.at(at(6_000)), at(6_999), "a slow answer says little");
        // It is set back by an hour.
        clock.observe(at(-3_592_500), at(6_500), at(6_501));
        assert_eq!(clock.at(at(7_000)), at(-3_592_000));
    }
}
