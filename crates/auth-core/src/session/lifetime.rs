//! When sessions end.

use time::{Duration, OffsetDateTime};

use crate::config::Config;

/// Returns when a session that is used now ends: at its idle limit, counted
/// from now, or at its absolute limit, counted from the sign-in.
pub(crate) fn expiry(
    now: OffsetDateTime,
    signed_in_at: OffsetDateTime,
    config: &Config,
) -> OffsetDateTime {
    after(whole_seconds(now), config.idle_lifetime).min(absolute_end(signed_in_at, config))
}

/// Returns when a session ends even if it is used all the time.
pub(crate) fn absolute_end(signed_in_at: OffsetDateTime, config: &Config) -> OffsetDateTime {
    after(whole_seconds(signed_in_at), config.absolute_lifetime)
}

fn after(start: OffsetDateTime, lifetime: std::time::Duration) -> OffsetDateTime {
    Duration::try_from(lifetime)
        .ok()
        .and_then(|lifetime| start.checked_add(lifetime))
        .unwrap_or(start)
}

/// Drops the fraction of a second: stores keep whole seconds.
pub(crate) fn whole_seconds(time: OffsetDateTime) -> OffsetDateTime {
    time.replace_nanosecond(0).unwrap_or(time)
}
