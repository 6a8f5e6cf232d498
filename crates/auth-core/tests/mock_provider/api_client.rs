//! A signed-in browser of an application that asks for two APIs and for
//! organizations.

use std::time::Duration;

use auth_core::{AccessTokenRequest, AuthError, Scope, Session};
use serde_json::Value;

use super::{
    MockProvider, Watched,
    browser::{Browser, access_token_for, session, signed_in},
};

pub const SHOPPING: &str = "https://shopping.example.com/api";
pub const BILLING: &str = "https://billing.example.com/api";
pub const MINUTE: Duration = Duration::from_secs(60);

pub struct Fixture {
    pub provider: MockProvider,
    pub watched: Watched,
    pub browser: Browser,
}

impl Fixture {
    pub async fn new() -> Self {
        let provider = MockProvider::start().await;
        let watched = watched(&provider);
        let browser = signed_in(&watched.auth, &provider).await;
        Self {
            provider,
            watched,
            browser,
        }
    }

    pub async fn ask(&self, wanted: &AccessTokenRequest) -> Result<Value, AuthError> {
        let token = access_token_for(&self.watched.auth, &self.browser, wanted).await?;
        Ok(serde_json::from_str(token.expose()).unwrap())
    }

    pub fn refreshes(&self) -> usize {
        self.provider.inner().refresh.sent.len()
    }

    pub async fn session(&self) -> Session {
        session(&self.watched.auth, &self.browser).await
    }
}

pub fn watched(provider: &MockProvider) -> Watched {
    Watched::with(provider, |settings| {
        settings
            .resource(SHOPPING)
            .resource(BILLING)
            .scope(Scope::Organizations)
            .scope("read")
            .scope("write")
    })
}
