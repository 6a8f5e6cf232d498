//! A row of the table.

use std::{fmt, pin::Pin};

use auth_testkit::{TestProvider, TokenDraft};

use super::site::{Site, SitePlan};

/// What the application makes of an answer of the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Accept,
    Reject,
}

impl Verdict {
    pub(crate) fn of(is_accepted: bool) -> Self {
        if is_accepted {
            Self::Accept
        } else {
            Self::Reject
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accept => "accept",
            Self::Reject => "reject",
        })
    }
}

type Run = Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = Verdict> + Send>> + Send>;

pub(crate) struct Row {
    /// The module of the conformance suite, or the name of an attack.
    pub(crate) module: &'static str,
    what: String,
    expected: Verdict,
    run: Run,
}

/// A row whose test has run.
pub(crate) struct RowResult {
    module: &'static str,
    what: String,
    expected: Verdict,
    observed: Verdict,
}

impl Row {
    /// Creates a row with a test of its own.
    pub(crate) fn new<F>(
        module: &'static str,
        what: impl Into<String>,
        expected: Verdict,
        run: impl FnOnce() -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = Verdict> + Send + 'static,
    {
        Self {
            module,
            what: what.into(),
            expected,
            run: Box::new(|| Box::pin(run())),
        }
    }

    /// Creates the rows of a sign-in, one for each response mode, at a provider that
    /// `prepare` has changed.
    pub(crate) fn sign_in(
        module: &'static str,
        what: impl Into<String>,
        expected: Verdict,
        prepare: impl Fn(&TestProvider) + Clone + Send + 'static,
    ) -> Vec<Self> {
        let what = what.into();
        let modes = [(SitePlan::Query, ""), (SitePlan::FormPost, " (form_post)")];
        modes
            .map(|(plan, suffix)| {
                let prepare = prepare.clone();
                Self::new(
                    module,
                    format!("{what}{suffix}"),
                    expected,
                    move || async move {
                        let site = Site::start(plan).await;
                        prepare(&site.provider);
                        let verdict = site.sign_in().await;
                        if verdict == Verdict::Reject {
                            site.assert_recovers().await;
                        }
                        verdict
                    },
                )
            })
            .into()
    }

    /// Creates the rows of a sign-in with an ID token that `change` has changed.
    pub(crate) fn id_token(
        module: &'static str,
        what: impl Into<String>,
        expected: Verdict,
        change: impl Fn(&mut TokenDraft) + Clone + Send + 'static,
    ) -> Vec<Self> {
        Self::sign_in(module, what, expected, move |provider| {
            provider.tamper(change.clone());
        })
    }

    pub(crate) async fn run(self) -> RowResult {
        let observed = (self.run)().await;
        RowResult {
            module: self.module,
            what: self.what,
            expected: self.expected,
            observed,
        }
    }
}

impl RowResult {
    pub(crate) fn is_as_expected(&self) -> bool {
        self.expected == self.observed
    }
}

impl fmt::Display for RowResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            module,
            what,
            expected,
            observed,
        } = self;
        write!(f, "| {module} | {what} | {expected} | {observed} |")
    }
}
