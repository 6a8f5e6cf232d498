//! Where settings come from: the environment, and the file `.env`.

use std::{collections::HashMap, env, path::Path};

use auth_core::ConfigErrors;

use super::env_file;

/// The variables. Those of the environment come first.
#[derive(Debug)]
pub(crate) struct Source {
    file: HashMap<String, String>,
}

impl Source {
    /// Fails if `.env` cannot be read. It need not exist.
    pub(crate) fn read() -> Result<Self, ConfigErrors> {
        Ok(Self {
            file: env_file::read(Path::new(".env"))?,
        })
    }

    /// Returns the value of a variable. Empty, it is not set: not in the file either.
    pub(crate) fn var(&self, name: &str) -> Option<String> {
        // A value that is not UTF-8 is wrong, but not missing.
        let value = env::var_os(name).map(|value| value.to_string_lossy().into_owned());
        let value = value.or_else(|| self.file.get(name).cloned());
        value.filter(|value| !value.trim().is_empty())
    }

    /// Returns the names of all variables.
    pub(crate) fn names(&self) -> impl Iterator<Item = String> {
        env::vars_os()
            .map(|(name, _)| name.to_string_lossy().into_owned())
            .chain(self.file.keys().cloned())
    }
}
