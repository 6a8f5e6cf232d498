//! The application under test: its settings, its clock, its store.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use auth_core::{Auth, Clock, Config, ConfigBuilder, MemoryStore};
use time::OffsetDateTime;

use super::{CLIENT_ID, CLIENT_SECRET, MockProvider, watched_store::WatchedStore};

/// A clock that tests move.
#[derive(Clone, Debug)]
pub struct TestClock(Arc<Mutex<OffsetDateTime>>);

impl TestClock {
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(OffsetDateTime::now_utc())))
    }

    pub fn advance(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for TestClock {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().unwrap()
    }
}

/// The settings of a relying party of `provider`, to be changed.
pub fn settings(provider: &MockProvider, base_url: &str) -> ConfigBuilder {
    Config::builder()
        .issuer(provider.issuer())
        .client_id(CLIENT_ID)
        .client_secret(CLIENT_SECRET)
        .secret("a secret of more than thirty-two characters")
        .base_url(base_url)
}

pub fn config(provider: &MockProvider, base_url: &str) -> Config {
    settings(provider, base_url).build().unwrap()
}

pub fn auth(provider: &MockProvider) -> Auth {
    Auth::new(
        config(provider, "http://localhost:3000"),
        MemoryStore::new(),
    )
    .unwrap()
}

/// An application whose clock and store a test holds in its hands. The
/// provider goes by the same clock.
pub struct Watched {
    pub auth: Auth,
    pub store: WatchedStore,
    pub clock: TestClock,
}

impl Watched {
    pub fn new(provider: &MockProvider) -> Self {
        Self::with(provider, |settings| settings)
    }

    /// With changed settings.
    pub fn with(
        provider: &MockProvider,
        change: impl FnOnce(ConfigBuilder) -> ConfigBuilder,
    ) -> Self {
        let clock = TestClock::new();
        provider.inner().clock = Some(clock.clone());
        let store = WatchedStore::new(MemoryStore::with_clock(Arc::new(clock.clone())));
        let config = change(settings(provider, "http://localhost:3000"));
        Self {
            auth: process(config.build().unwrap(), &store, &clock),
            store,
            clock,
        }
    }

    /// Another process of the same application.
    pub fn other(&self) -> Auth {
        process(self.auth.config().clone(), &self.store, &self.clock)
    }
}

fn process(config: Config, store: &WatchedStore, clock: &TestClock) -> Auth {
    Auth::with_clock(config, store.clone(), clock.clone()).unwrap()
}
