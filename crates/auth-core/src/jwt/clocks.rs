//! The times in a token or webhook, compared with this server's clock.

use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use super::table::Rejection;

/// The time of a check, and how far the provider's clock may differ.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clocks {
    pub(crate) now: OffsetDateTime,
    pub(crate) tolerance: Duration,
}

impl Clocks {
    /// Returns whether a time has passed on either clock.
    pub(crate) fn is_past(self, time: OffsetDateTime) -> bool {
        time <= self.now.saturating_sub(self.tolerance)
    }

    /// Returns whether a time has been reached on neither clock.
    pub(crate) fn is_future(self, time: OffsetDateTime) -> bool {
        time > self.now.saturating_add(self.tolerance)
    }

    /// Fails if a time has passed (RFC 7519 §4.1.4).
    pub(crate) fn not_past(self, time: OffsetDateTime, reason: &str) -> Result<(), Rejection> {
        if self.is_past(time) {
            return Err(self.out_of_time(time, reason, &self.or_raise()));
        }
        Ok(())
    }

    /// Fails if a time is in the future (RFC 7519 §4.1.5).
    pub(crate) fn not_future(self, time: OffsetDateTime, reason: &str) -> Result<(), Rejection> {
        if self.is_future(time) {
            return Err(self.out_of_time(time, reason, &self.or_raise()));
        }
        Ok(())
    }

    /// Fails if a time is before `earliest`, which this server's clock said.
    pub(crate) fn not_before(
        self,
        time: OffsetDateTime,
        earliest: OffsetDateTime,
        reason: &str,
    ) -> Result<(), Rejection> {
        self.not_before_exactly(time, earliest.saturating_sub(self.tolerance), reason)
    }

    /// Fails if a time is before `earliest`, also if the clocks differ.
    pub(crate) fn not_before_exactly(
        self,
        time: OffsetDateTime,
        earliest: OffsetDateTime,
        reason: &str,
    ) -> Result<(), Rejection> {
        if time < earliest {
            return Err(self.out_of_time(time, reason, "check both clocks"));
        }
        Ok(())
    }

    fn or_raise(self) -> String {
        format!(
            "check both clocks, or raise the tolerance (AUTH_CLOCK_TOLERANCE), which is {} s",
            self.tolerance.whole_seconds()
        )
    }

    /// Names both clocks and their difference: only with them can an operator
    /// tell whose clock is wrong.
    fn out_of_time(self, time: OffsetDateTime, reason: &str, remedy: &str) -> Rejection {
        let difference = (self.now - time).whole_seconds();
        let direction = if difference < 0 { "behind" } else { "ahead" };
        Rejection::OutOfTime(format!(
            "{reason}: its time is {}, this server's clock says {}, {} s {direction} of it; \
             {remedy}",
            written(time),
            written(self.now),
            difference.unsigned_abs(),
        ))
    }
}

fn written(time: OffsetDateTime) -> String {
    time.replace_nanosecond(0)
        .unwrap_or(time)
        .format(&Rfc3339)
        .unwrap_or_else(|_| time.unix_timestamp().to_string())
}
