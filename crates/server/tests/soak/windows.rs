//! When something was taken away, and which errors may then be seen.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use crate::shadow::Span;

/// How long after something was given back its absence may still be noticed: the
/// circuit breaker's pause, connections that are checked, leases of dead servers.
pub const GRACE: Duration = Duration::from_secs(10);

/// How soon revocations work again.
const AT_ONCE: Duration = Duration::from_millis(500);

/// What is taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Disturbance {
    OneServerKilled,
    BothServersKilled,
    ProviderRefuses,
    ProviderHangs,
    ProviderFails,
    DatabaseRefuses,
    DatabaseHangs,
    FileLocked,
    FileMoved,
}

impl Disturbance {
    pub const fn name(self) -> &'static str {
        match self {
            Self::OneServerKilled => "one server killed",
            Self::BothServersKilled => "both servers killed",
            Self::ProviderRefuses => "provider: connection refused",
            Self::ProviderHangs => "provider: no answer",
            Self::ProviderFails => "provider: status 503",
            Self::DatabaseRefuses => "database: connection refused",
            Self::DatabaseHangs => "database: no answer",
            Self::FileLocked => "database file locked",
            Self::FileMoved => "database file moved away",
        }
    }

    const fn keeps_from_revoking(self) -> bool {
        match self {
            Self::OneServerKilled
            | Self::BothServersKilled
            | Self::ProviderRefuses
            | Self::ProviderHangs
            | Self::ProviderFails => true,
            Self::DatabaseRefuses | Self::DatabaseHangs | Self::FileLocked | Self::FileMoved => {
                false
            }
        }
    }

    /// Returns whether it explains an error that a browser sees.
    fn explains(self, error: &str) -> bool {
        match self {
            Self::OneServerKilled | Self::BothServersKilled => {
                // Of a refresh whose lease the dead server holds.
                ["no connection", "no token"].contains(&error)
            }
            Self::ProviderRefuses | Self::ProviderHangs | Self::ProviderFails => {
                // 400 is the answer to a logout whose token cannot be verified.
                ["ProviderUnavailable", "no token", "no userinfo", "400"].contains(&error)
            }
            Self::DatabaseRefuses | Self::DatabaseHangs | Self::FileLocked | Self::FileMoved => {
                // 400 is the answer to a logout that cannot be stored.
                ["503", "StoreUnavailable", "no token", "400"].contains(&error)
            }
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Window {
    what: Disturbance,
    from: Instant,
    to: Option<Instant>,
}

impl Window {
    /// Returns whether a time is in the window or in the grace after it.
    fn overlaps(&self, span: Span, grace: Duration) -> bool {
        span.to >= self.from && self.to.is_none_or(|to| span.from <= to + grace)
    }
}

/// All disturbances so far.
#[derive(Debug, Default)]
pub struct Windows(Mutex<Vec<Window>>);

impl Windows {
    pub fn open(&self, what: Disturbance) {
        let from = Instant::now();
        let window = Window {
            what,
            from,
            to: None,
        };
        self.0.lock().unwrap().push(window);
    }

    /// Notes that what was taken away last is back.
    pub fn close(&self) {
        self.0.lock().unwrap().last_mut().unwrap().to = Some(Instant::now());
    }

    /// Returns the last disturbance that a time overlaps, or a grace after it.
    pub fn during(&self, span: Span, grace: Duration) -> Option<Disturbance> {
        let windows = self.0.lock().unwrap();
        let window = windows
            .iter()
            .rev()
            .find(|window| window.overlaps(span, grace));
        window.map(|window| window.what)
    }

    /// Returns whether something kept the servers from revoking a refresh token at
    /// the provider then.
    pub fn keeps_from_revoking(&self, span: Span) -> bool {
        let windows = self.0.lock().unwrap();
        let mut windows = windows
            .iter()
            .filter(|window| window.overlaps(span, AT_ONCE));
        windows.any(|window| window.what.keeps_from_revoking())
    }

    /// Returns what explains an error, and how long ago that was given back.
    pub fn explain(&self, error: &str, span: Span) -> Option<(Disturbance, Duration)> {
        let windows = self.0.lock().unwrap();
        let mut possible = windows
            .iter()
            .rev()
            .filter(|window| window.overlaps(span, GRACE));
        let window = possible.find(|window| window.what.explains(error))?;
        let back = window.to.unwrap_or(span.from);
        Some((window.what, span.from.saturating_duration_since(back)))
    }

    /// Describes the last disturbance, for a message.
    pub fn recent(&self) -> String {
        match self.0.lock().unwrap().last() {
            Some(Window { what, from, to }) => {
                let (began, ended) = (from.elapsed(), to.map(|to| to.elapsed()));
                format!("{} {began:?} ago, back since {ended:?}", what.name())
            }
            None => "nothing was taken away yet".to_owned(),
        }
    }

    /// Returns how many there were of each kind, and for how long.
    pub fn totals(&self) -> Vec<(Disturbance, usize, Duration)> {
        let mut totals: Vec<(Disturbance, usize, Duration)> = Vec::new();
        for window in self.0.lock().unwrap().iter() {
            let length = window.to.unwrap_or_else(Instant::now) - window.from;
            match totals.iter_mut().find(|(what, ..)| *what == window.what) {
                Some((_, count, total)) => (*count, *total) = (*count + 1, *total + length),
                None => totals.push((window.what, 1, length)),
            }
        }
        totals
    }
}
