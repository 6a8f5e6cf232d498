//! When sessions end. The store's clock decides: those of servers differ.

use std::time::Duration;

use time::OffsetDateTime;

use crate::{clock::whole_seconds, config::Config};

/// Returns how long a session that is used at `now` lives, in whole seconds: to
/// its idle limit, counted from now, or to its absolute limit, counted from the
/// sign-in.
pub(crate) fn remaining(
    now: OffsetDateTime,
    signed_in_at: OffsetDateTime,
    config: &Config,
) -> Duration {
    let to_absolute_end = absolute_end(signed_in_at, config) - whole_seconds(now);
    let limit = Duration::try_from(to_absolute_end).unwrap_or(Duration::ZERO);
    Duration::from_secs(config.idle_lifetime.min(limit).as_secs())
}

/// Returns when a session ends even if it is used all the time.
pub(crate) fn absolute_end(signed_in_at: OffsetDateTime, config: &Config) -> OffsetDateTime {
    let start = whole_seconds(signed_in_at);
    time::Duration::try_from(config.absolute_lifetime)
        .ok()
        .and_then(|lifetime| start.checked_add(lifetime))
        .unwrap_or(start)
}
