//! The application as a client of the provider: its configuration.

use auth_core::{Auth, Config, ConfigBuilder, MemoryStore};

use crate::{CLIENT_ID, CLIENT_SECRET, TestProvider};

/// Returns the configuration of an application at `base_url`, registered at
/// `provider`, for a test to change.
pub fn settings(provider: &TestProvider, base_url: &str) -> ConfigBuilder {
    Config::builder()
        .issuer(provider.issuer())
        .client_id(CLIENT_ID)
        .client_secret(CLIENT_SECRET)
        .secret("a secret of more than thirty-two characters")
        .base_url(base_url)
}

/// Builds [`settings`] as they are.
pub fn config(provider: &TestProvider, base_url: &str) -> Config {
    settings(provider, base_url).build().unwrap()
}

/// Returns an application at `http://localhost:3000` with a store in memory
/// and the system's clock.
pub fn auth(provider: &TestProvider) -> Auth {
    Auth::new(
        config(provider, "http://localhost:3000"),
        MemoryStore::new(),
    )
    .unwrap()
}
