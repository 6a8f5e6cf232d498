//! What is wrong with the settings, and how to mend it.

use std::fmt;

/// One setting that is missing or wrong, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigProblem {
    /// The environment variable.
    pub setting: &'static str,
    /// What is wrong with it; never the value of a secret.
    pub problem: String,
    /// How to mend it.
    pub remedy: String,
}

impl ConfigProblem {
    /// `setting` has `problem`; do `remedy`.
    pub fn new(
        setting: &'static str,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            setting,
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            setting,
            problem,
            remedy,
        } = self;
        write!(f, "{setting} {problem}\n      -> {remedy}")
    }
}

impl std::error::Error for ConfigProblem {}

/// Everything that is wrong with the settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigErrors(pub Vec<ConfigProblem>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => writeln!(f, "1 setting needs mending:")?,
            many => writeln!(f, "{many} settings need mending:")?,
        }
        for problem in &self.0 {
            writeln!(f, "  - {problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}
