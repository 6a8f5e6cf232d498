//! The application under test: its configuration and its store.

mod settings;
mod site;
mod store;

use std::sync::Arc;

use auth_core::{Auth, Config, ConfigBuilder, Hooks, MemoryStore};

pub use self::{
    settings::{auth, config, settings},
    site::TestSite,
    store::TestStore,
};
use crate::{TestClock, TestProvider};

/// An application at `http://localhost:3000` whose store and clock a test
/// controls.
#[derive(Debug)]
pub struct TestApp {
    /// Its sign-in.
    pub auth: Auth,
    /// Its store.
    pub store: TestStore,
    /// Its clock, which the provider follows too.
    pub clock: TestClock,
    hooks: Hooks,
}

impl TestApp {
    /// Returns an application with the default configuration.
    pub fn new(provider: &TestProvider) -> Self {
        Self::with_settings(provider, |settings| settings)
    }

    /// Returns an application whose configuration `change` has changed.
    pub fn with_settings(
        provider: &TestProvider,
        change: impl FnOnce(ConfigBuilder) -> ConfigBuilder,
    ) -> Self {
        Self::with_hooks(provider, Hooks::new(), change)
    }

    /// Returns an application with hooks, whose configuration `change` has changed.
    pub fn with_hooks(
        provider: &TestProvider,
        hooks: Hooks,
        change: impl FnOnce(ConfigBuilder) -> ConfigBuilder,
    ) -> Self {
        let clock = TestClock::new();
        provider.state().clock = Some(clock.clone());
        let store = TestStore::new(MemoryStore::with_clock(Arc::new(clock.clone())));
        let config = change(settings(provider, "http://localhost:3000"));
        Self {
            auth: process(config.build().unwrap(), &store, &clock, &hooks),
            store,
            clock,
            hooks,
        }
    }

    /// Returns another process of the same application: it shares the store, the
    /// clock and what the hooks share, and nothing else in memory.
    pub fn other_process(&self) -> Auth {
        process(
            self.auth.config().clone(),
            &self.store,
            &self.clock,
            &self.hooks,
        )
    }
}

fn process(config: Config, store: &TestStore, clock: &TestClock, hooks: &Hooks) -> Auth {
    Auth::builder(config, store.clone())
        .clock(clock.clone())
        .hooks(hooks.clone())
        .build()
        .unwrap()
}
