//! What must be true of a session: the record that its user keeps of it.

use std::{
    sync::{Mutex, MutexGuard},
    time::{Duration, Instant},
};

/// Stores keep whole seconds.
const ROUNDING: Duration = Duration::from_secs(2);
/// How long after a request without an answer its effect may still come.
const LATE: Duration = Duration::from_secs(10);

/// Between these times something happened.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    pub from: Instant,
    pub to: Instant,
}

/// A sign-in at the provider, and the session that the application began for it.
#[derive(Debug)]
pub struct Session {
    /// The code that the provider issued. Its refresh token has the code in its name.
    pub code: String,
    /// The provider's session.
    pub sid: String,
    /// The name and value of the session's cookie; `None` if the browser got none.
    pub cookie: Option<(String, String)>,
    pub began: Span,
    lifetime: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// When something began that ends it.
    ending: Option<Instant>,
    /// When the last such thing began.
    tried: Option<Instant>,
    /// When something that ends it got no answer. It may still have ended it.
    unknown: Option<Instant>,
    /// When it was known to have ended.
    ended: Option<Instant>,
}

/// What an answer says, compared with the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Right,
    /// It is signed in, and it had ended before.
    CameBack,
    /// It is signed in for longer than sessions live.
    OutlivedItself,
    /// It is signed out, and nothing has ended it.
    Lost,
}

impl Session {
    pub fn new(
        code: String,
        sid: String,
        cookie: Option<(String, String)>,
        began: Span,
        lifetime: Duration,
    ) -> Self {
        Self {
            code,
            sid,
            cookie,
            began,
            lifetime,
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Notes that something is about to end it.
    pub fn is_ending(&self) {
        let mut state = self.state();
        let now = Instant::now();
        state.ending.get_or_insert(now);
        state.tried = Some(now);
    }

    /// Notes that what was about to end it is acknowledged.
    pub fn has_ended(&self) {
        self.state().ended.get_or_insert_with(Instant::now);
    }

    /// Notes that nobody knows whether it has ended.
    pub fn may_have_ended(&self) {
        self.state().unknown = Some(Instant::now());
    }

    pub fn is_over(&self) -> bool {
        self.state().ended.is_some()
    }

    /// Returns whether it is alive for certain at this time, and for a while.
    pub fn is_alive(&self) -> bool {
        let state = self.state();
        state.ended.is_none() && state.ending.is_none() && !self.may_have_expired(Instant::now())
    }

    /// Returns when it ended: from the first attempt to the certainty.
    pub fn end(&self) -> Option<Span> {
        let state = self.state();
        let ended = state.ended?;
        let from = state.ending.unwrap_or(ended).min(ended);
        Some(Span { from, to: ended })
    }

    /// Returns whether something ended it, not its age alone.
    pub fn was_ended(&self) -> bool {
        self.state().ending.is_some()
    }

    /// Describes what is known of its end, for a message.
    pub fn history(&self, now: Instant) -> String {
        let state = self.state();
        let ago = |at: Option<Instant>| at.map(|at| now.saturating_duration_since(at));
        let (ending, ended) = (ago(state.ending), ago(state.ended));
        format!("ending since {ending:?}, ended since {ended:?}")
    }

    fn may_have_expired(&self, at: Instant) -> bool {
        at + ROUNDING >= self.began.from + self.lifetime
    }

    /// Returns when it has expired for certain.
    pub fn expires(&self) -> Instant {
        self.began.to + self.lifetime + ROUNDING
    }

    /// Compares the answer to a request with the record, and learns from it.
    pub fn judge(&self, request: Span, is_signed_in: bool) -> Verdict {
        let mut state = self.state();
        if is_signed_in {
            if state.ended.is_some_and(|ended| ended < request.from) {
                return Verdict::CameBack;
            }
            if request.from > self.expires() {
                return Verdict::OutlivedItself;
            }
            // Unless another attempt is under way.
            let had_no_effect = |at: Instant| at + LATE < request.from && state.tried <= Some(at);
            if state.unknown.is_some_and(had_no_effect) {
                (state.ending, state.unknown) = (None, None);
            }
            return Verdict::Right;
        }
        let ends = state.ending.is_some() || state.ended.is_some();
        let verdict = if ends || self.may_have_expired(request.to) {
            Verdict::Right
        } else {
            Verdict::Lost
        };
        state.ended.get_or_insert(request.to);
        verdict
    }
}

#[test]
fn an_attempt_under_way_is_not_forgotten() {
    let at = Instant::now().checked_sub(LATE * 3).unwrap();
    let began = Span { from: at, to: at };
    let session = Session::new("1".into(), "1".into(), None, began, LATE * 6);
    let long_ago = Some(at + LATE);
    {
        let mut state = session.state();
        (state.ending, state.tried, state.unknown) = (long_ago, long_ago, long_ago);
    }
    session.is_ending();
    let now = Instant::now();
    let request = Span { from: now, to: now };
    assert_eq!(session.judge(request, true), Verdict::Right);
    session.has_ended();
    assert!(session.was_ended());
}
