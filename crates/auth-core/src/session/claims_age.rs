//! How old the claims of a session are. This is the only place that decides
//! whether they have to be renewed.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::Session;
use crate::clock::LEEWAY;

/// When the provider was asked for the claims of a session, in milliseconds
/// since 1970: taken before the request was sent, so that no change after it
/// counts as known. By the store's clock, because the clocks of servers differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct AskedAt(i64);

impl AskedAt {
    /// Drops what is less than a millisecond.
    pub(crate) fn new(time: OffsetDateTime) -> Self {
        let milliseconds = time.unix_timestamp_nanos().div_euclid(1_000_000);
        Self(i64::try_from(milliseconds).unwrap_or_default())
    }

    /// Returns the time; that of 1970 if it is out of range.
    pub(crate) fn time(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// Returns the time from seconds since 1970.
    fn of_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    fn milliseconds_before(self, now: OffsetDateTime) -> i64 {
        Self::new(now).0.saturating_sub(self.0)
    }
}

/// Returns whether the claims of a session are older than `max_age`, or the
/// provider has reported that they changed.
///
/// They also are if it is unknown when the provider was asked, because a
/// release that did not store it wrote the session; or if that lies further in
/// the future than clocks may differ, because the store's clock was set back.
/// `now` is by the store's clock.
pub(crate) fn are_old(session: &Session, now: OffsetDateTime, max_age: Duration) -> bool {
    session.claims_stale_since.is_some()
        || session
            .claims_asked_at
            .is_none_or(|asked_at| is_old(asked_at, now, max_age))
}

/// Returns whether a token of a session, and with it what the user may do with
/// it, is older than `max_age` or than a change that the provider has reported.
/// `asked_at` is when it was asked for, in seconds since 1970, by the store's clock.
pub(crate) fn is_old_token(
    session: &Session,
    asked_at: i64,
    now: OffsetDateTime,
    max_age: Duration,
) -> bool {
    let is_before_report = session
        .claims_stale_since
        .is_some_and(|since| asked_at <= since.unix_timestamp());
    is_before_report || is_old(AskedAt::of_seconds(asked_at), now, max_age)
}

fn is_old(asked_at: AskedAt, now: OffsetDateTime, max_age: Duration) -> bool {
    let age = asked_at.milliseconds_before(now);
    let limit = i64::try_from(max_age.as_millis()).unwrap_or(i64::MAX);
    age > limit || i128::from(age) < -LEEWAY.whole_milliseconds()
}

/// What a request saw of the age of claims. Requests that saw the same share one
/// refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Seen {
    asked_at: Option<AskedAt>,
    stale_since: Option<OffsetDateTime>,
}

/// Returns what a request sees of the age of a session's claims.
pub(crate) const fn seen(session: &Session) -> Seen {
    Seen {
        asked_at: session.claims_asked_at,
        stale_since: session.claims_stale_since,
    }
}

/// Returns whether a stored session has newer claims than a request that saw
/// `before`: another request or server has renewed them since, and the provider
/// has reported no change that they lack.
pub(crate) fn were_renewed(stored: &Session, before: Seen) -> bool {
    stored.claims_asked_at.is_some()
        && stored.claims_asked_at != before.asked_at
        && stored.claims_stale_since.is_none()
}

/// Returns whether claims that stored tokens came with are newer than a request
/// saw before, and only have to be written into the stored session. They may lack
/// a change that the provider has reported since.
pub(crate) fn are_coming(asked_at: Option<AskedAt>, stored: &Session, before: Seen) -> bool {
    let has_new_report =
        stored.claims_stale_since.is_some() && stored.claims_stale_since != before.stale_since;
    asked_at.is_some() && asked_at != before.asked_at && !has_new_report
}

/// Returns `max_age`, lengthened or shortened by at most a fifth: always the
/// same for one session, so that sessions that began at the same time are not
/// renewed at the same time.
pub(crate) fn spread(max_age: Duration, session: &Session) -> Duration {
    let [first, second, ..] = *session.id_hash.as_bytes();
    let share = f64::from(u16::from_be_bytes([first, second])) / f64::from(u16::MAX);
    max_age.mul_f64(0.8 + 0.4 * share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::ids::SessionIdHash;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn claims_are_old_after_their_age_and_if_it_is_unlikely() {
        let now = OffsetDateTime::from_unix_timestamp(1_700_000_000).unwrap();
        let asked = |at: OffsetDateTime| is_old(AskedAt::new(at), now, 10 * MINUTE);
        assert!(!asked(now));
        assert!(!asked(now - 10 * MINUTE));
        assert!(asked(now - 10 * MINUTE - Duration::from_millis(1)));
        assert!(!asked(now + MINUTE), "another server's clock");
        assert!(asked(now + MINUTE + Duration::from_millis(1)));
        assert!(asked(now + 31 * MINUTE), "a clock that is wrong");
    }

    #[test]
    fn a_token_is_old_if_the_provider_has_reported_a_change_since() {
        let now = OffsetDateTime::from_unix_timestamp(1_700_000_000).unwrap();
        let mut session = Session::of_user_1(SessionIdHash::from_bytes([7; 16]), now);
        let is_old =
            |session: &Session, asked_at| is_old_token(session, asked_at, now, 10 * MINUTE);
        let reported = now.unix_timestamp() - 60;
        assert!(!is_old(&session, reported));
        session.claims_stale_since = OffsetDateTime::from_unix_timestamp(reported).ok();
        assert!(is_old(&session, reported - 1));
        assert!(is_old(&session, reported), "in the same second");
        assert!(!is_old(&session, reported + 1));
    }
}
