//! For the tests of applications that sign their users in with Logto through
//! `auth-core`, `auth-axum` or `auth-leptos`.
//!
//! No network beyond the loopback interface, no Logto, no database:
//!
//! | You want | Use |
//! |---|---|
//! | an OpenID Connect provider in the test's process | [`TestProvider`] |
//! | users with roles, organizations and permissions | [`TestUser`], [`TestRole`], [`TestOrganization`], [`TestOrganizationRole`], [`TestResource`] |
//! | requests to your router as a signed-in user | [`Browser::signed_in`] |
//! | requests to your API with a user's access token | [`TestProvider::access_token`], [`TestProvider::organization_token`] |
//! | Playwright tests that begin signed in | [`storage_state`] |
//! | time that passes when you say so, a store that fails on demand | [`TestSite`], [`TestApp`], [`TestClock`], [`TestStore`] |
//! | a provider that answers wrongly, tokens with one thing wrong | [`TestProvider::tamper`], [`TestProvider::fail`], [`TokenDraft`], [`signing`] |
//! | the steps of a sign-in without a web server | [`steps`], [`CookieJar`] |
//! | tests of your own session store | [`store_conformance!`] |
//!
//! The provider signs with code of its own. It shares none with `auth-core`, which
//! verifies, so that one bug cannot hide in both.
//!
//! Name this crate under `[dev-dependencies]`. In a workspace, name it by its path
//! alone, without a version: packaging then leaves it out.
//!
//! # A test of your application
//!
//! Build the router in a function that takes [`Auth`](auth_core::Auth): `main`
//! calls it with the real settings, a test with those of the [`TestProvider`].
//!
//! ```
//! use auth_axum::{CurrentSession, RequireRole, WithAuth};
//! use auth_core::{Auth, MemoryStore};
//! use auth_testkit::{Browser, TestProvider, TestUser, settings};
//! use axum::{Router, routing::get};
//!
//! // Your application.
//! fn app(auth: &Auth) -> Router {
//!     let users = get(|| async { "all users" }).route_layer(RequireRole::new("admin"));
//!     Router::new()
//!         .route("/account", get(account))
//!         .route("/users", users)
//!         .with_auth(auth)
//! }
//!
//! async fn account(session: CurrentSession) -> String {
//!     format!("your account is {}", session.sub())
//! }
//!
//! // Its test, with #[tokio::test].
//! # #[tokio::main(flavor = "current_thread")]
//! async fn only_admins_see_all_users() {
//!     let provider = TestProvider::start().await;
//!     provider
//!         .add_user(TestUser::new("alice").role("admin"))
//!         .add_user(TestUser::new("bob").organization("acme", ["member"]));
//!     // The settings of your application, scopes included: a claim that the
//!     // scopes do not request is missing here as at Logto.
//!     let config = settings(&provider, "http://localhost:3000").scopes(["roles"]);
//!     let auth = Auth::new(config.build().unwrap(), MemoryStore::new()).unwrap();
//!     let app = app(&auth);
//!
//!     let mut alice = Browser::signed_in(&app, &provider, "alice").await;
//!     assert_eq!(alice.get("/account").await.body, "your account is alice");
//!     assert_eq!(alice.get("/users").await.body, "all users");
//!
//!     let mut bob = Browser::signed_in(&app, &provider, "bob").await;
//!     assert_eq!(bob.get("/users").await.status, 403);
//!
//!     let mut signed_out = Browser::new(&app);
//!     let answer = signed_out.get("/account").await;
//!     assert!(answer.location().starts_with("/api/auth/signin"));
//! }
//! # only_admins_see_all_users();
//! ```
//!
//! # A sign-in step by step
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
mod webhook;

pub use app::{TestApp, TestSite, TestStore, auth, config, settings};
pub use browser::{Browser, TestResponse};
pub use conformance::StoreUnderTest;
pub use cookie_jar::CookieJar;
pub use directory::{TestOrganization, TestOrganizationRole, TestResource, TestRole, TestUser};
pub use fixed_values::{
    ACCESS_TOKEN, CLIENT_ID, CLIENT_SECRET, LOGOUT_EVENT, REFRESH_TOKEN, RESOURCE, SUB,
};
pub use json::object;
pub use provider::{
    AcceptedAuthentication, Delivery, Fault, ProviderKey, ProviderState, PushedRequests,
    RefreshGrant, TestProvider, UserInfoEndpoint,
};
pub use query::param;
pub use signing::TokenDraft;
pub use storage_state::storage_state;
pub use test_clock::TestClock;
pub use webhook::webhook_signature;
