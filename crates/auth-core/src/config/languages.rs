//! The languages of the application's users.

use super::{Config, builder::ConfigBuilder, error::ConfigProblem};
use crate::languages::{
    Language, Languages,
    given::{self, Given},
};

impl ConfigBuilder {
    /// Adds a language for the built-in pages and for what users see of errors, or
    /// changes messages of one that is there. `en` and `th` come with the library.
    ///
    /// `messages` is in [Fluent](https://projectfluent.org)'s format, with the ids of
    /// [`auth-core/src/languages/en.ftl`][en]. Messages that are left out are English.
    ///
    /// [en]: https://docs.rs/crate/auth-core/latest/source/src/languages/en.ftl
    ///
    /// ```
    /// # let config = auth_core::Config::builder();
    /// let config = config.language("de", "sign-in = Anmelden\nsign-out = Abmelden");
    /// ```
    #[must_use]
    pub fn language(mut self, tag: impl Into<String>, messages: impl Into<String>) -> Self {
        self.languages.push((tag.into(), messages.into()));
        self
    }
}

impl Config {
    /// Returns the language that a request prefers, by the values of its headers
    /// `Accept-Language`. English if it asks for none that there is.
    pub fn language<'h>(&self, accept: impl IntoIterator<Item = &'h [u8]>) -> Language {
        self.languages.negotiate(accept)
    }
}

/// Adds the application's languages to those of the library.
pub(super) fn check(problems: &mut Vec<ConfigProblem>, given: Vec<Given>) -> Languages {
    let remedy = "compare it with en.ftl of auth-core";
    given::languages(given).unwrap_or_else(|wrong| {
        problems.extend(
            wrong
                .into_iter()
                .map(|problem| ConfigProblem::new("language", problem, remedy)),
        );
        Languages::built_in()
    })
}
