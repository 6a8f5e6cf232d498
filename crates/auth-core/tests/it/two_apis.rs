//! A signed-in browser of an application with two APIs and with
//! organizations.

use std::time::Duration;

use auth_core::{AccessTokenRequest, AuthError, Scope, Session};
use auth_testkit::{
    CookieJar, TestApp, TestProvider,
    steps::{access_token_for, session, signed_in},
};
use serde_json::Value;

pub const SHOPPING: &str = "https://shopping.example.com/api";
pub const BILLING: &str = "https://billing.example.com/api";
pub const MINUTE: Duration = Duration::from_secs(60);

pub struct Fixture {
    pub provider: TestProvider,
    pub app: TestApp,
    pub browser: CookieJar,
}

impl Fixture {
    pub async fn new() -> Self {
        let provider = TestProvider::start().await;
        let app = app(&provider);
        let browser = signed_in(&app.auth, &provider).await;
        Self {
            provider,
            app,
            browser,
        }
    }

    pub async fn ask(&self, wanted: &AccessTokenRequest) -> Result<Value, AuthError> {
        let token = access_token_for(&self.app.auth, &self.browser, wanted).await?;
        Ok(serde_json::from_str(token.expose()).unwrap())
    }

    pub fn refreshes(&self) -> usize {
        self.provider.state().refresh.sent.len()
    }

    pub async fn session(&self) -> Session {
        session(&self.app.auth, &self.browser).await
    }
}

pub fn app(provider: &TestProvider) -> TestApp {
    TestApp::with_settings(provider, |settings| {
        settings
            .resource(SHOPPING)
            .resource(BILLING)
            .scope(Scope::Organizations)
            .scope("read")
            .scope("write")
            // Old claims are renewed in the background, which is not what is tested.
            .claims_max_age(24 * 60 * MINUTE)
    })
}
