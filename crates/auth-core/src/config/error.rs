//! Problems of the settings, and their remedies.

use std::fmt;

/// A setting that is missing or wrong, and how to correct it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigProblem {
    /// The environment variable.
    pub setting: &'static str,
    /// What is wrong with it. Never contains the value of a secret.
    pub problem: String,
    /// How to correct it.
    pub remedy: String,
}

impl ConfigProblem {
    /// Creates a problem. `problem` continues a sentence that begins with the
    /// setting's name; `remedy` is an instruction.
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

/// All problems of the settings.
///
/// `Debug` prints the same sentences as `Display`, because a `main` that returns
/// an error prints it with `Debug`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ConfigErrors(pub Vec<ConfigProblem>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => writeln!(f, "1 setting is missing or wrong:")?,
            many => writeln!(f, "{many} settings are missing or wrong:")?,
        }
        for problem in &self.0 {
            writeln!(f, "  - {problem}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ConfigErrors {}

#[cfg(test)]
mod tests {
    use crate::ConfigBuilder;

    #[test]
    fn a_main_that_returns_the_error_prints_sentences() {
        let error = ConfigBuilder::from_vars(|_| None).build().unwrap_err();
        let error: Box<dyn std::error::Error> = error.into();
        let printed = format!("{error:?}");
        for part in [
            " settings are missing or wrong:\n",
            "\n  - AUTH_LOGTO_ISSUER is ",
            "\n      -> ",
        ] {
            assert!(printed.contains(part), "{printed}");
        }
    }
}
