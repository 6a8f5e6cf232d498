//! How far the clocks of the provider and of this server may differ.

use time::Duration;

use super::error::ConfigProblem;

/// The default: strict, and enough for servers that set their clocks by NTP.
pub(crate) const DEFAULT_CLOCK_TOLERANCE: Duration = Duration::seconds(60);
/// The longest tolerance: a token stays valid for that long after its end.
const MAX: Duration = Duration::minutes(10);

/// Returns a tolerance, or the longest one if it is longer.
pub(crate) fn within_limits(tolerance: std::time::Duration) -> Duration {
    Duration::try_from(tolerance).map_or(MAX, |tolerance| tolerance.min(MAX))
}

/// Checks the setting.
pub(crate) fn check(tolerance: std::time::Duration) -> Result<Duration, ConfigProblem> {
    let checked = within_limits(tolerance);
    if checked.unsigned_abs() == tolerance {
        return Ok(checked);
    }
    Err(ConfigProblem::new(
        "AUTH_CLOCK_TOLERANCE",
        format!(
            "is {}, which is more than 10m",
            humantime::format_duration(tolerance)
        ),
        "correct the clock that is wrong, and set it to 10m at most",
    ))
}
