//! Sign-in with [Logto](https://logto.io) for Rust web applications: the
//! relying party's side of OpenID Connect, without a web framework and without
//! a database.
//!
//! The whole product is on one page: [`Auth`] names every action. It takes
//! plain values (a query string, the request's cookies) and answers with plain
//! values (where to go, which cookies to set); the binding for Leptos and Axum
//! is the crate `auth-leptos`.
//!
//! | step | builds the request | validates the answer |
//! |---|---|---|
//! | sign-in | [`Auth::begin_sign_in`] | [`Auth::complete_sign_in`] |
//! | session | | [`Auth::session`] |
//! | tokens | | [`Auth::access_token`] |
//! | devices | | [`Auth::devices`], [`Auth::sign_out_of`] |
//! | sign-out | [`Auth::sign_out`] | |
//!
//! Without the feature `oidc` only [`PublicSession`], [`User`] and
//! [`ErrorKind`] are built: what a browser may see.

#[cfg(feature = "oidc")]
mod auth;
#[cfg(feature = "oidc")]
mod callback;
#[cfg(feature = "oidc")]
mod claims;
#[cfg(feature = "oidc")]
mod clock;
#[cfg(feature = "oidc")]
mod config;
#[cfg(feature = "oidc")]
mod config_builder;
#[cfg(feature = "oidc")]
mod config_problem;
#[cfg(feature = "oidc")]
mod cookies;
#[cfg(feature = "oidc")]
mod device;
#[cfg(feature = "oidc")]
mod devices;
#[cfg(feature = "oidc")]
mod error;
mod error_kind;
#[cfg(feature = "oidc")]
mod id_token;
#[cfg(feature = "oidc")]
mod memory_store;
#[cfg(feature = "oidc")]
mod operator;
#[cfg(feature = "oidc")]
mod pending;
#[cfg(feature = "oidc")]
mod provider;
#[cfg(feature = "oidc")]
mod provider_http;
#[cfg(feature = "oidc")]
mod provider_logout;
mod public_session;
#[cfg(feature = "oidc")]
mod redirect;
#[cfg(feature = "oidc")]
mod refresh;
#[cfg(feature = "oidc")]
mod row_keys;
#[cfg(feature = "oidc")]
mod seal;
#[cfg(feature = "oidc")]
mod secret;
#[cfg(feature = "oidc")]
mod session;
#[cfg(feature = "oidc")]
mod sign_in;
#[cfg(feature = "oidc")]
mod sign_out;
#[cfg(feature = "oidc")]
mod single_flight;
#[cfg(feature = "oidc")]
mod store;
#[cfg(feature = "oidc")]
mod token_endpoint;
#[cfg(feature = "oidc")]
mod tokens;

pub use error_kind::ErrorKind;
pub use public_session::{PublicSession, User};

#[cfg(feature = "oidc")]
pub use self::{
    auth::Auth,
    claims::Claims,
    clock::{Clock, SystemClock},
    config::{Config, is_loopback},
    config_builder::ConfigBuilder,
    config_problem::{ConfigErrors, ConfigProblem},
    cookies::{RequestCookies, SetCookie},
    device::Visitor,
    devices::{DeviceId, InvalidDeviceId, SignOutOf, SignedInDevice, SignedOutDevices},
    error::{AuthError, SignInFailure},
    memory_store::MemoryStore,
    operator::{EndSessions, ListedSession, Resealed},
    provider_logout::{LogoutOf, ProviderLogout, ProviderLogoutDone},
    redirect::RedirectTo,
    row_keys::{LogoutTokenKey, ProviderSessionKey, SessionKey, UserKey},
    seal::SealingKeyId,
    secret::AuthSecret,
    session::Session,
    sign_in::{SignInCompleted, SignInOptions, SignInStarted},
    sign_out::{SignOutDestination, SignOutOptions, SignedOut},
    store::{
        EndedSession, LeaseHolder, Leased, NewSession, SessionRow, SessionStore, StoreError,
        StoredSession, StoredTokens, TokensVersion, Which, Written,
    },
    tokens::AccessToken,
};
