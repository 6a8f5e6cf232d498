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

mod auth;
mod claims;
mod clock;
mod config;
mod context;
mod cookies;
mod error;
mod error_page;
mod jwt;
mod oauth;
mod provider;
mod redirect;
mod sealing;
mod session;
mod sessions;
mod sign_in;
mod sign_out;
mod single_flight;
mod store;
mod tokens;
mod user;

pub use auth_types::{ErrorKind, PublicSession, UnknownErrorKind, User, routes};

pub use self::{
    auth::Auth,
    claims::{
        Claims,
        catalog::{ClaimSource, KnownClaim},
        claim::{Claim, InvalidClaim},
        roles::OrganizationRole,
        typed::{Address, Identity, NoCustomClaims, OrganizationData, SsoIdentity, UserClaims},
    },
    clock::{Clock, SystemClock},
    config::{
        Config, IdTokenHint,
        builder::ConfigBuilder,
        error::{ConfigErrors, ConfigProblem},
    },
    cookies::{RequestCookies, SetCookie},
    error::AuthError,
    jwt::{
        access_token::{AccessTokenRejected, AccessTokenVerifier},
        logout_token::LogoutToken,
        verified_access_token::VerifiedAccessToken,
    },
    oauth::{
        client_authentication::{
            ClientAuthentication, ClientKey, ClientKeyAlgorithm, InvalidClientKey,
        },
        organization_id::OrganizationId,
        prompt::Prompt,
        resource_indicator::ResourceIndicator,
        scope::Scope,
        secure_url::is_loopback,
    },
    redirect::RedirectTo,
    sealing::secret::AuthSecret,
    session::{Session, device_info::DeviceInfo},
    sessions::{
        admin::{ListedSession, ResealReport, SessionFilter},
        end::SessionsEnded,
        handle::{InvalidSessionHandle, SessionHandle},
        list::SessionInfo,
    },
    sign_in::{
        begin::SignInStarted,
        complete::{SignInCompleted, SignInFailure},
        first_screen::{DirectSignIn, FirstScreen, Identifier},
        options::{OneTimeToken, SignInOptions},
        parameters::InvalidSignInParameter,
    },
    sign_out::{
        options::SignOutOptions,
        pending::SignOutCompleted,
        start::{SignOutDestination, SignOutStarted},
    },
    store::{
        SessionStore,
        error::StoreError,
        ids::{LogoutTokenIdHash, ProviderSessionIdHash, SealingKeyId, SessionIdHash, UserIdHash},
        memory::MemoryStore,
        provider_logout::{LogoutTarget, ProviderLogout, ProviderLogoutOutcome, RememberedToken},
        rows::{
            EndedSession, LeaseHolder, LeaseOutcome, NewSession, SessionRow, StoredSession,
            StoredTokens, TokensVersion, UserSessions, WriteOutcome,
        },
    },
    tokens::{request::AccessTokenRequest, set::AccessToken},
    user::{organizations::Organization, user_info::UserInfo},
};
