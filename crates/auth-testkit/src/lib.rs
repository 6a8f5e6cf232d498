//! Test fixtures for applications that sign their users in with `auth-core`.
//!
//! No network beyond the loopback interface, no Logto, no database:
//!
//! - [`TestProvider`]: an OpenID Connect provider in this process. It checks
//!   client authentication, PKCE and redirect URI as a real one does, and it
//!   can be made to answer wrongly on purpose.
//! - [`TestApp`]: the application's [`Auth`](auth_core::Auth), with a
//!   [`TestStore`] that counts calls and fails on demand and a [`TestClock`]
//!   that tests move.
//! - [`CookieJar`] and [`steps`]: the steps of a sign-in as function calls,
//!   without a web server.
//! - [`Browser`]: requests to an Axum router, with cookies.
//! - [`TokenDraft`] and [`signing`]: access, ID and logout tokens, right or
//!   with one thing wrong.
//!
//! Nothing here uses the code that `auth-core` verifies tokens with: signer and
//! verifier must not share a bug.
//!
//! Name this crate as a dev-dependency by its path alone, without a version, so
//! that packaging leaves it out.
//!
//! # A sign-in
//!
//! ```
//! use auth_testkit::{CookieJar, SUB, TestApp, TestProvider, steps};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let provider = TestProvider::start().await;
//! let app = TestApp::new(&provider);
//!
//! let mut browser = CookieJar::default();
//! let address = steps::begin(&app.auth, &mut browser, "/orders").await;
//! // The user signs in at the provider, which sends the browser back.
//! let query = provider.authorize(&address);
//! let completed = steps::complete(&app.auth, &mut browser, &query).await;
//!
//! assert_eq!(completed.unwrap().redirect_to.as_str(), "/orders");
//! let user = steps::user(&app.auth, &browser).await;
//! assert_eq!(user.as_deref(), Some(SUB));
//! # }
//! ```
//!
//! # A provider that answers wrongly
//!
//! ```
//! use auth_core::{AuthError, ErrorKind};
//! use auth_testkit::{CookieJar, TestApp, TestProvider, signing, steps};
//! use serde_json::json;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let provider = TestProvider::start().await;
//! let app = TestApp::new(&provider);
//! let sign_in = async || {
//!     let mut browser = CookieJar::default();
//!     let address = steps::begin(&app.auth, &mut browser, "/").await;
//!     steps::complete(&app.auth, &mut browser, &provider.authorize(&address)).await
//! };
//!
//! // An ID token for another application.
//! provider.tamper(signing::claim("aud", json!("another-client")));
//! let failure = sign_in().await.unwrap_err();
//! assert!(matches!(failure.error, AuthError::InvalidIdToken(_)));
//!
//! // A token endpoint that is down.
//! provider.fail("/oidc/token", 503, "");
//! let failure = sign_in().await.unwrap_err();
//! assert_eq!(failure.error.kind(), ErrorKind::ProviderUnavailable);
//! # }
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a library for tests: what cannot go on fails the test that called it"
)]

mod app;
mod browser;
#[doc(hidden)]
#[allow(missing_docs)]
pub mod conformance;
mod cookie_jar;
mod directory;
mod fixed_values;
mod json;
mod provider;
mod query;
pub mod signing;
pub mod steps;
mod storage_state;
mod test_clock;

pub use app::{TestApp, TestStore, auth, config, settings};
pub use browser::{Browser, TestResponse};
pub use conformance::StoreUnderTest;
pub use cookie_jar::CookieJar;
pub use directory::{TestOrganization, TestOrganizationRole, TestResource, TestRole, TestUser};
pub use fixed_values::{
    ACCESS_TOKEN, CLIENT_ID, CLIENT_SECRET, LOGOUT_EVENT, REFRESH_TOKEN, RESOURCE, SUB,
};
pub use json::object;
pub use provider::{
    AcceptedAuthentication, Fault, ProviderKey, ProviderState, PushedRequests, RefreshGrant,
    TestProvider, UserInfoEndpoint,
};
pub use query::param;
pub use signing::TokenDraft;
pub use storage_state::storage_state;
pub use test_clock::TestClock;
