//! How long sessions live, and how old their claims may be.

use std::time::Duration;

use super::{builder::ConfigBuilder, error::ConfigProblem};

/// The longest lifetime of sessions and cookies: browsers keep no cookie longer
/// (RFC 6265bis §5.5).
pub(crate) const MAX_LIFETIME: Duration = days(400);
/// A visit guarantees the grant at Logto for 0.3 of a refresh token's 14 days:
/// Logto issues a new one only after 70 % of its life.
const DEFAULT_IDLE: Duration = days(4);
/// The longest lifetime of a grant at Logto. Its tokens end with it.
const DEFAULT_ABSOLUTE: Duration = days(180);
const DEFAULT_EXTEND_AFTER: Duration = Duration::from_secs(10 * 60);
const DEFAULT_CLAIMS_MAX_AGE: Duration = Duration::from_secs(60 * 60);
/// Shorter, nearly every page would make the provider issue tokens.
const MIN_CLAIMS_MAX_AGE: Duration = Duration::from_secs(60);
const DEFAULT_CLAIMS_MAX_STALE: Duration = Duration::from_secs(60 * 60);

/// The checked lifetimes.
pub(crate) struct Lifetimes {
    pub(crate) idle: Duration,
    pub(crate) absolute: Duration,
    pub(crate) extend_after: Duration,
    pub(crate) claims_max_age: Duration,
    pub(crate) claims_max_stale: Duration,
}

impl ConfigBuilder {
    /// Sets how long a session lives after the last request. Default: four days,
    /// because Logto's grant may end after 4.2 days without a visit; at most 400
    /// days, because browsers keep no cookie longer.
    #[must_use]
    pub fn idle_lifetime(mut self, lifetime: Duration) -> Self {
        self.idle_lifetime = Some(lifetime);
        self
    }

    /// Sets how long a session lives at most, even if it is used all the time.
    /// Default: 180 days, like a grant at Logto; at most 400 days.
    #[must_use]
    pub fn absolute_lifetime(mut self, lifetime: Duration) -> Self {
        self.absolute_lifetime = Some(lifetime);
        self
    }

    /// Sets the shortest time between two writes of a session's expiry and *last
    /// used* time. Default: ten minutes, or a thirtieth of
    /// [`idle_lifetime`](Self::idle_lifetime) if that is shorter.
    #[must_use]
    pub fn extend_after(mut self, interval: Duration) -> Self {
        self.extend_after = Some(interval);
        self
    }

    /// Sets how old the claims of a session may be while its user opens pages.
    /// Older claims are fetched again in the background, with the refresh token,
    /// and the page does not wait. For each session the age is up to a fifth
    /// shorter or longer. Default: one hour; at least a minute.
    ///
    /// A user who was suspended or deleted at Logto, or lost a role there, is
    /// noticed soon after the first page after that age: that page is still served,
    /// the next is not. What needs to know earlier waits for fresh claims:
    /// [`Auth::fresh_claims`](crate::Auth::fresh_claims).
    #[must_use]
    pub fn claims_max_age(mut self, age: Duration) -> Self {
        self.claims_max_age = Some(age);
        self
    }

    /// Sets how old claims may be where fresh claims are required, while the
    /// provider does not answer. Default: one hour. With zero, nobody passes
    /// without fresh claims.
    #[must_use]
    pub fn claims_max_stale(mut self, age: Duration) -> Self {
        self.claims_max_stale = Some(age);
        self
    }

    /// Checks the lifetimes, and adds what is wrong with them to `problems`.
    pub(super) fn checked_lifetimes(&self, problems: &mut Vec<ConfigProblem>) -> Lifetimes {
        let idle = self.idle_lifetime.unwrap_or(DEFAULT_IDLE);
        let extend_after = self.extend_after;
        let lifetimes = Lifetimes {
            idle,
            absolute: self.absolute_lifetime.unwrap_or(DEFAULT_ABSOLUTE),
            extend_after: extend_after.unwrap_or_else(|| DEFAULT_EXTEND_AFTER.min(idle / 30)),
            claims_max_age: self.claims_max_age.unwrap_or(DEFAULT_CLAIMS_MAX_AGE),
            claims_max_stale: self.claims_max_stale.unwrap_or(DEFAULT_CLAIMS_MAX_STALE),
        };
        // Stores keep whole seconds.
        const SECOND: Duration = Duration::from_secs(1);
        for (name, value, least, remedy) in [
            (
                "AUTH_SESSION_IDLE",
                lifetimes.idle,
                SECOND,
                "set it to at least 1s and at most 400d",
            ),
            (
                "AUTH_SESSION_LIFETIME",
                lifetimes.absolute,
                SECOND,
                "set it to at least 1s and at most 400d",
            ),
            (
                "AUTH_CLAIMS_MAX_AGE",
                lifetimes.claims_max_age,
                MIN_CLAIMS_MAX_AGE,
                "set it to at least 1m and at most 400d",
            ),
            (
                "AUTH_CLAIMS_MAX_STALE",
                lifetimes.claims_max_stale,
                Duration::ZERO,
                "set it to at most 400d",
            ),
        ] {
            if value < least || value > MAX_LIFETIME {
                problems.push(ConfigProblem::new(name, format!("is {value:?}"), remedy));
            }
        }
        if lifetimes.extend_after >= idle {
            problems.push(ConfigProblem::new(
                "extend_after",
                "is not shorter than idle_lifetime, so no session would be extended",
                "remove it, or set it to a fraction of idle_lifetime",
            ));
        }
        lifetimes
    }
}

const fn days(days: u64) -> Duration {
    Duration::from_secs(days * 24 * 60 * 60)
}
