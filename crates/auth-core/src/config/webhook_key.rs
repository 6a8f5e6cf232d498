//! The signing key of Logto's webhooks.

use zeroize::Zeroizing;

use super::{Config, builder::ConfigBuilder, error::ConfigProblem};

/// Logto's keys have 32 characters in its newer versions, and 21 before.
const MIN_LENGTH: usize = 16;

impl Config {
    /// Returns the address to register as a webhook at Logto.
    pub fn webhook_uri(&self) -> String {
        self.url_of(auth_types::routes::WEBHOOK)
    }
}

impl ConfigBuilder {
    /// Sets the signing key of the webhook in Logto's console
    /// (`AUTH_LOGTO_WEBHOOK_KEY`). Without it the application accepts no webhooks.
    #[must_use]
    pub fn webhook_key(mut self, key: impl Into<String>) -> Self {
        self.webhook_key = Some(key.into());
        self
    }
}

/// Checks that nobody can guess the key.
pub(super) fn check(key: String) -> Result<Zeroizing<String>, ConfigProblem> {
    let length = key.chars().count();
    if length < MIN_LENGTH {
        return Err(ConfigProblem::new(
            "AUTH_LOGTO_WEBHOOK_KEY",
            format!("has {length} characters; at least {MIN_LENGTH} are necessary"),
            "copy \"Signing key\" from the webhook's page in Logto's console",
        ));
    }
    Ok(Zeroizing::new(key))
}
