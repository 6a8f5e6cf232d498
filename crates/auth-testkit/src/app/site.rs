//! A web application under test.

use auth_core::{Auth, ConfigBuilder, Hooks};
use axum::Router;

use super::{TestApp, TestStore};
use crate::{Browser, TestClock, TestProvider};

/// The router of an application at `http://localhost:3000`, the provider at which
/// its users sign in, and the store and the clock that a test controls.
///
/// ```
/// use auth_axum::{CurrentSession, WithAuth};
/// use auth_testkit::{SUB, TestSite};
/// use axum::{Router, routing::get};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let site = TestSite::new(|auth| {
///     let account = get(async |session: CurrentSession| session.sub().to_owned());
///     Router::new().route("/account", account).with_auth(auth)
/// })
/// .await;
///
/// let mut browser = site.signed_in().await;
/// assert_eq!(browser.get("/account").await.body, SUB);
/// // The page has read the session once.
/// assert_eq!(site.store.take_calls("load"), 1);
/// # }
/// ```
#[derive(Debug)]
pub struct TestSite {
    /// The provider.
    pub provider: TestProvider,
    /// The application's sign-in.
    pub auth: Auth,
    /// The application's store.
    pub store: TestStore,
    /// The clock of the application and of the provider.
    pub clock: TestClock,
    /// The application's router.
    pub app: Router,
}

impl TestSite {
    /// Starts a provider, and builds the router with the default configuration.
    pub async fn new(router: impl FnOnce(&Auth) -> Router) -> Self {
        Self::with_settings(|settings| settings, router).await
    }

    /// Starts a provider, and builds the router with a configuration that `change`
    /// has changed.
    pub async fn with_settings(
        change: impl FnOnce(ConfigBuilder) -> ConfigBuilder,
        router: impl FnOnce(&Auth) -> Router,
    ) -> Self {
        Self::with_hooks(Hooks::new(), change, router).await
    }

    /// Starts a provider, and builds the router with the hooks of your application
    /// and a configuration that `change` has changed.
    pub async fn with_hooks(
        hooks: Hooks,
        change: impl FnOnce(ConfigBuilder) -> ConfigBuilder,
        router: impl FnOnce(&Auth) -> Router,
    ) -> Self {
        let provider = TestProvider::start().await;
        let TestApp {
            auth, store, clock, ..
        } = TestApp::with_hooks(&provider, hooks, change);
        Self {
            app: router(&auth),
            provider,
            auth,
            store,
            clock,
        }
    }

    /// Returns a browser without cookies.
    pub fn browser(&self) -> Browser {
        let base_path = self.auth.config().base_path();
        Browser::new(&self.app).with_base_path(base_path.clone())
    }

    /// Returns a browser in which the user [`SUB`](crate::SUB) has signed in. The
    /// store counts its calls from then on.
    pub async fn signed_in(&self) -> Browser {
        let mut browser = self.browser();
        browser.sign_in(&self.provider).await;
        self.store.forget_calls();
        browser
    }
}
