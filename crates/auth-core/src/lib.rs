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
//! | the user | | [`Auth::user_info`], [`Auth::organizations`], [`Auth::refresh_claims`] |
//! | devices | | [`Auth::devices`], [`Auth::sign_out_of`] |
//! | sign-out | [`Auth::sign_out`] | [`Auth::complete_sign_out`] |
//! | the provider's sign-out | | [`Auth::back_channel_logout`], [`Auth::front_channel_logout`] |
//! | an API's caller | | [`AccessTokenVerifier::verify`] |
//!
//! Without the feature `oidc` only [`PublicSession`], [`User`] and
//! [`ErrorKind`] are built: what a browser may see.

#[cfg(feature = "oidc")]
mod access_token;
#[cfg(feature = "oidc")]
mod access_token_for;
#[cfg(feature = "oidc")]
mod access_token_verifier;
#[cfg(feature = "oidc")]
mod auth;
#[cfg(feature = "oidc")]
mod callback;
#[cfg(feature = "oidc")]
mod claim;
#[cfg(feature = "oidc")]
mod claims;
#[cfg(feature = "oidc")]
mod client_authentication;
#[cfg(feature = "oidc")]
mod clock;
#[cfg(feature = "oidc")]
mod complete_sign_in;
#[cfg(feature = "oidc")]
mod config;
#[cfg(feature = "oidc")]
mod config_builder;
#[cfg(feature = "oidc")]
mod config_checks;
#[cfg(feature = "oidc")]
mod config_problem;
#[cfg(feature = "oidc")]
mod config_vars;
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
mod first_screen;
#[cfg(feature = "oidc")]
mod fresh_claims;
#[cfg(feature = "oidc")]
mod id_hasher;
#[cfg(feature = "oidc")]
mod id_token;
#[cfg(feature = "oidc")]
mod jws;
#[cfg(feature = "oidc")]
mod jwt_claims;
#[cfg(feature = "oidc")]
mod known_claims;
#[cfg(feature = "oidc")]
mod logout_token;
#[cfg(feature = "oidc")]
mod memory_store;
#[cfg(feature = "oidc")]
mod operator;
#[cfg(feature = "oidc")]
mod organization;
#[cfg(feature = "oidc")]
mod pending;
#[cfg(feature = "oidc")]
mod pending_sign_out;
#[cfg(feature = "oidc")]
mod permissions;
#[cfg(feature = "oidc")]
mod prompt;
#[cfg(feature = "oidc")]
mod provider;
#[cfg(feature = "oidc")]
mod provider_http;
#[cfg(feature = "oidc")]
mod provider_logout;
#[cfg(feature = "oidc")]
mod provider_sign_out;
mod public_session;
#[cfg(feature = "oidc")]
mod pushed_authorization;
#[cfg(feature = "oidc")]
mod redirect;
#[cfg(feature = "oidc")]
mod refresh;
#[cfg(feature = "oidc")]
mod resource_indicator;
#[cfg(feature = "oidc")]
mod scope;
#[cfg(feature = "oidc")]
mod seal;
#[cfg(feature = "oidc")]
mod secret;
#[cfg(feature = "oidc")]
mod session;
#[cfg(feature = "oidc")]
mod sign_in;
#[cfg(feature = "oidc")]
mod sign_in_options;
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
#[cfg(feature = "oidc")]
mod user_claims;
#[cfg(feature = "oidc")]
mod user_info;
#[cfg(feature = "oidc")]
mod verified_access_token;
#[cfg(feature = "oidc")]
mod verified_tokens;

pub use error_kind::ErrorKind;
pub use public_session::{PublicSession, User};

#[cfg(feature = "oidc")]
pub use self::{
    access_token_for::AccessTokenRequest,
    access_token_verifier::{AccessTokenRejected, AccessTokenVerifier},
    auth::Auth,
    claim::Claim,
    claims::Claims,
    client_authentication::{
        ClientAuthentication, ClientKey, ClientKeyAlgorithm, InvalidClientKey,
    },
    clock::{Clock, SystemClock},
    config::{Config, IdTokenHint, is_loopback},
    config_builder::ConfigBuilder,
    config_problem::{ConfigErrors, ConfigProblem},
    cookies::{RequestCookies, SetCookie},
    device::DeviceInfo,
    devices::{InvalidSessionHandle, SessionHandle, SessionInfo, SessionsEnded, SignOutOf},
    error::{AuthError, SignInFailure},
    first_screen::{DirectSignIn, FirstScreen, Identifier},
    id_hasher::{LogoutTokenIdHash, ProviderSessionIdHash, SessionIdHash, UserIdHash},
    known_claims::{ClaimSource, KnownClaim},
    logout_token::LogoutToken,
    memory_store::MemoryStore,
    operator::{ListedSession, ResealReport, SessionFilter},
    organization::{Organization, OrganizationId, OrganizationRole},
    pending_sign_out::SignOutCompleted,
    prompt::Prompt,
    provider_logout::{LogoutTarget, ProviderLogout, ProviderLogoutOutcome, RememberedToken},
    redirect::RedirectTo,
    resource_indicator::ResourceIndicator,
    scope::Scope,
    seal::SealingKeyId,
    secret::AuthSecret,
    session::Session,
    sign_in::{SignInCompleted, SignInStarted},
    sign_in_options::{InvalidSignInParameter, OneTimeToken, SignInOptions},
    sign_out::{SignOutDestination, SignOutFrom, SignOutOptions, SignedOut},
    store::{
        EndedSession, LeaseHolder, LeaseOutcome, NewSession, SessionRow, SessionStore, StoreError,
        StoredSession, StoredTokens, TokensVersion, UserSessions, WriteOutcome,
    },
    tokens::AccessToken,
    user_claims::{
        Address, Identity, InvalidClaim, NoCustomClaims, OrganizationData, SsoIdentity, UserClaims,
    },
    user_info::UserInfo,
    verified_access_token::VerifiedAccessToken,
};
