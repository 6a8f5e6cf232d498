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
//! | sessions | | [`Auth::sessions`], [`Auth::end_session`], [`Auth::end_other_sessions`], [`Auth::end_all_sessions`] |
//! | sign-out | [`Auth::sign_out`] | [`Auth::complete_sign_out`] |
//! | the provider's sign-out | | [`Auth::back_channel_logout`], [`Auth::front_channel_logout`] |
//! | an API's caller | | [`AccessTokenVerifier::verify`] |
//!
//! What a browser may see ([`PublicSession`], [`User`], [`ErrorKind`]) stands in
//! the crate `auth-types`.

mod access_token;
mod access_token_for;
mod access_token_verifier;
mod auth;
mod callback;
mod claim;
mod claims;
mod client_authentication;
mod clock;
mod complete_sign_in;
mod config;
mod config_builder;
mod config_checks;
mod config_problem;
mod config_vars;
mod cookies;
mod device;
mod devices;
mod error;
mod first_screen;
mod fresh_claims;
mod id_hasher;
mod id_token;
mod jws;
mod jwt_claims;
mod known_claims;
mod logout_token;
mod memory_store;
mod operator;
mod organization;
mod pending;
mod pending_sign_out;
mod permissions;
mod prompt;
mod provider;
mod provider_http;
mod provider_logout;
mod provider_sign_out;
mod pushed_authorization;
mod redirect;
mod refresh;
mod resource_indicator;
mod scope;
mod seal;
mod secret;
mod session;
mod sign_in;
mod sign_in_options;
mod sign_out;
mod single_flight;
mod store;
mod token_endpoint;
mod tokens;
mod user_claims;
mod user_info;
mod verified_access_token;
mod verified_tokens;

pub use auth_types::{ErrorKind, PublicSession, UnknownErrorKind, User, routes};

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
    devices::{InvalidSessionHandle, SessionHandle, SessionInfo, SessionsEnded},
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
    sign_out::{SignOutDestination, SignOutOptions, SignOutStarted},
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
