//! A signed-in browser of an application that runs as two processes.

use std::time::Duration;

use auth_core::{Auth, AuthError};
use auth_testkit::{
    CookieJar, SUB, TestApp, TestClock, TestProvider, TestStore,
    steps::{access_token, signed_in, user},
};

pub const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A signed-in browser, and two processes of one application.
pub struct Fixture {
    pub provider: TestProvider,
    pub clock: TestClock,
    pub store: TestStore,
    pub auth: Auth,
    pub other: Auth,
    pub browser: CookieJar,
}

impl Fixture {
    pub async fn new() -> Self {
        let provider = TestProvider::start().await;
        // Old claims are renewed in the background, which is not what is tested.
        let app = TestApp::with_settings(&provider, |settings| settings.claims_max_age(DAY));
        let other = app.other_process();
        let TestApp {
            auth, store, clock, ..
        } = app;
        let browser = signed_in(&auth, &provider).await;
        Self {
            provider,
            clock,
            store,
            auth,
            other,
            browser,
        }
    }

    /// As [`new`](Self::new), an hour later: the access token has expired.
    pub async fn expired() -> Self {
        let fixture = Self::new().await;
        fixture.clock.advance(61 * MINUTE);
        fixture
    }

    pub async fn ask(&self) -> Result<String, AuthError> {
        let token = access_token(&self.auth, &self.browser).await?;
        Ok(token.expose().to_owned())
    }

    pub async fn is_signed_in(&self) -> bool {
        user(&self.auth, &self.browser).await.as_deref() == Some(SUB)
    }

    pub fn refreshes(&self) -> usize {
        self.provider.state().refresh.sent.len()
    }

    /// Waits until that many refreshes have been sent.
    pub async fn until_sent(&self, count: usize) {
        while self.refreshes() < count {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}
