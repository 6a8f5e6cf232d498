//! What was asked and answered, counted.

use std::{collections::BTreeMap, fmt::Write as _, sync::Mutex, time::Duration};

use crate::{
    shadow::{Span, Verdict},
    windows::{Disturbance, GRACE, Windows},
};

/// What a user does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deed {
    SignIn,
    SignInAgain,
    SignInAbandoned,
    Session,
    FreshClaims,
    HomePage,
    ProfilePage,
    SignOut,
    EndOtherSessions,
    EndAllSessions,
    ProviderLogout,
    OperatorRevokes,
    EndedSession,
}

impl Deed {
    const fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::SignInAgain => "sign-in over a session",
            Self::SignInAbandoned => "sign-in not completed",
            Self::Session => "session as JSON",
            Self::FreshClaims => "fresh claims",
            Self::HomePage => "page",
            Self::ProfilePage => "page with token and userinfo",
            Self::SignOut => "sign-out",
            Self::EndOtherSessions => "end the user's other sessions",
            Self::EndAllSessions => "end all of the user's sessions",
            Self::ProviderLogout => "back-channel logout",
            Self::OperatorRevokes => "operator revokes a session",
            Self::EndedSession => "cookie of an ended session",
        }
    }
}

#[derive(Debug, Default)]
struct Counts {
    done: usize,
    failed: usize,
    longest: Duration,
}

/// The errors of one kind in one window.
#[derive(Debug, Default)]
struct Errors {
    count: usize,
    /// The latest, after what was taken away was back.
    latest: Duration,
}

#[derive(Debug, Default)]
pub struct Tally {
    deeds: Mutex<BTreeMap<Deed, Counts>>,
    errors: Mutex<BTreeMap<(Option<Disturbance>, String), Errors>>,
    violations: Mutex<Vec<String>>,
    foreign: Mutex<usize>,
    verdicts: Mutex<BTreeMap<&'static str, usize>>,
}

impl Tally {
    pub fn done(&self, deed: Deed, span: Span) {
        let mut deeds = self.deeds.lock().unwrap();
        let counts = deeds.entry(deed).or_default();
        counts.done += 1;
        counts.longest = counts.longest.max(span.to - span.from);
    }

    /// Notes an error, which something that was taken away has to explain.
    pub fn failed(&self, deed: Deed, error: &str, span: Span, windows: &Windows) {
        {
            let mut deeds = self.deeds.lock().unwrap();
            let counts = deeds.entry(deed).or_default();
            counts.failed += 1;
            counts.longest = counts.longest.max(span.to - span.from);
        }
        let explanation = windows.explain(error, span);
        let (what, latest) = match explanation {
            Some((what, since)) => (Some(what), since),
            None => {
                let during = windows
                    .during(span, GRACE)
                    .map_or("calm", Disturbance::name);
                let took = span.to - span.from;
                self.violated(format!("{}: {error} ({during}, {took:?})", deed.name()));
                (None, Duration::ZERO)
            }
        };
        let mut errors = self.errors.lock().unwrap();
        let errors = errors.entry((what, error.to_owned())).or_default();
        errors.count += 1;
        errors.latest = errors.latest.max(latest);
    }

    /// Notes what an answer says of a session.
    pub fn judged(&self, deed: Deed, verdict: Verdict, context: &str) {
        let name = match verdict {
            Verdict::Right => return,
            Verdict::CameBack => "came back",
            Verdict::OutlivedItself => "outlived itself",
            Verdict::Lost => "lost",
        };
        *self.verdicts.lock().unwrap().entry(name).or_default() += 1;
        self.violated(format!("{}: a session {name}: {context}", deed.name()));
    }

    /// Notes that a user saw another.
    pub fn foreign(&self, text: String) {
        *self.foreign.lock().unwrap() += 1;
        self.violated(text);
    }

    pub fn violated(&self, text: String) {
        self.violations.lock().unwrap().push(text);
    }

    pub fn violations(&self) -> Vec<String> {
        self.violations.lock().unwrap().clone()
    }

    pub fn count(&self, verdict: &str) -> usize {
        let verdicts = self.verdicts.lock().unwrap();
        verdicts.get(verdict).copied().unwrap_or_default()
    }

    pub fn foreign_sessions(&self) -> usize {
        *self.foreign.lock().unwrap()
    }

    pub fn requests(&self) -> usize {
        let deeds = self.deeds.lock().unwrap();
        deeds.values().map(|it| it.done + it.failed).sum()
    }

    /// Writes the tables of deeds and of errors.
    pub fn write(&self, windows: &Windows, table: &mut String) {
        writeln!(
            table,
            "| deed | done | failed | longest |\n|---|---|---|---|"
        )
        .unwrap();
        for (deed, counts) in self.deeds.lock().unwrap().iter() {
            let Counts {
                done,
                failed,
                longest,
            } = counts;
            let longest = longest.as_secs_f64();
            let name = deed.name();
            writeln!(table, "| {name} | {done} | {failed} | {longest:.1} s |").unwrap();
        }
        writeln!(
            table,
            "\n| taken away | times | seconds | errors seen | the last, after it was back |\n\
             |---|---|---|---|---|"
        )
        .unwrap();
        let errors = self.errors.lock().unwrap();
        for (what, times, length) in windows.totals() {
            let of_it = errors
                .iter()
                .filter(|((during, _), _)| *during == Some(what));
            let seen: Vec<_> = of_it
                .clone()
                .map(|((_, error), errors)| format!("{} × {error}", errors.count))
                .collect();
            let latest = of_it.map(|(_, errors)| errors.latest).max();
            let latest = latest.unwrap_or_default().as_secs_f64();
            let (name, seconds) = (what.name(), length.as_secs_f64());
            let seen = seen.join(", ");
            writeln!(
                table,
                "| {name} | {times} | {seconds:.0} | {seen} | {latest:.1} s |"
            )
            .unwrap();
        }
        let of_none = errors.iter().filter(|((during, _), _)| during.is_none());
        let unexplained: usize = of_none.map(|(_, errors)| errors.count).sum();
        writeln!(table, "| nothing | | | {unexplained} | |").unwrap();
    }
}
