//! Sign-in with [Logto](https://logto.io) for Rust web applications: the relying
//! party of OpenID Connect, without a web framework and without a database.
//!
//! [`Auth`] is the entry point; every operation is a method of it. The methods
//! take plain values (a query string, the request's cookies) and return plain
//! values (where to send the browser, which cookies to set). The crates
//! `auth-axum` and `auth-leptos` connect them to a web server.
//!
//! # Guide
//!
//! 1. Create a [`Config`], from the environment ([`Config::from_env`]) or with a
//!    [`ConfigBuilder`]. It reports all problems at once.
//! 2. Choose a [`SessionStore`]. [`MemoryStore`] is for tests and first
//!    experiments; the crate `auth-sqlx` has stores for SQLite and PostgreSQL.
//! 3. Create one [`Auth`] and clone it wherever it is needed.
//! 4. Call its methods in your routes:
//!
//! | step | request | answer |
//! |---|---|---|
//! | sign-in | [`Auth::begin_sign_in`] | [`Auth::complete_sign_in`] |
//! | session of a request | | [`Auth::session`] |
//! | access token for an API | | [`Auth::access_token`] |
//! | the user | | [`Auth::user_info`], [`Auth::organizations`], [`Auth::refresh_claims`], [`Auth::fresh_claims`] |
//! | the user's sessions | | [`Auth::sessions`], [`Auth::end_session`], [`Auth::end_other_sessions`], [`Auth::end_all_sessions`] |
//! | sign-out | [`Auth::sign_out`] | [`Auth::complete_sign_out`] |
//! | sign-out at the provider | | [`Auth::back_channel_logout`] |
//! | a webhook of Logto | | [`Webhooks::receive`] |
//! | your own code at sign-in, and events | | [`Hooks`] |
//! | the caller of an API | | [`AccessTokenVerifier::verify`] |
//!
//! ```no_run
//! use auth_core::{Auth, Config, MemoryStore, RequestCookies, SignInOptions};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let config = Config::builder()
//!     .issuer("https://my-tenant.logto.app/oidc")
//!     .client_id("app-id")
//!     .client_secret("app-secret")
//!     .secret("the output of: openssl rand -base64 33")
//!     .base_url("https://app.example.com")
//!     .build()?;
//! let auth = Auth::new(config, MemoryStore::new())?;
//!
//! let cookies = RequestCookies::parse([b"".as_slice()]);
//! match auth.session(&cookies).await? {
//!     Some(session) => println!("signed in: {:?}", session.user.name),
//!     None => {
//!         let options = SignInOptions::new().redirect_to("/account");
//!         let started = auth.begin_sign_in(&options, &cookies).await?;
//!         // Set `started.cookies` and redirect the browser.
//!         println!("sign in at {}", started.url);
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! - `aws-lc-rs`: AWS-LC verifies signatures of ES384, Logto's default, in a quarter of
//!   the time. It is written in C and assembly. Off by default.
//!
//! # Errors
//!
//! Every operation returns an [`AuthError`] with details for the log. A browser
//! may see only its [`AuthError::kind`]; [`Auth::report`] logs the error and
//! returns the address of the error page.
//!
//! # Browser types
//!
//! [`PublicSession`], [`User`] and [`ErrorKind`] are what a browser may see. They
//! are in the crate `auth-types`.

mod auth;
mod checkup;
mod claims;
mod clock;
mod config;
mod context;
mod cookies;
mod csrf_token;
mod device_info;
mod error;
mod error_page;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod hooks;
mod jwt;
mod languages;
mod oauth;
mod outside;
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
mod webhooks;

pub use auth_types::{
    BasePath, ErrorKind, InvalidBasePath, PublicData, PublicSession, UnknownErrorKind, User, routes,
};

pub use self::{
    auth::{Auth, builder::AuthBuilder, claims::GUARD_MAX_AGE},
    checkup::{Finding, Verdict, check_provider},
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
        client_address::ClientAddress,
        cookie_name::SessionCookie,
        env::{
            secret_setting::SecretSetting,
            unknown::{UnknownVariable, unknown_variables},
        },
        error::{ConfigErrors, ConfigProblem},
        response_mode::ResponseMode,
    },
    cookies::{RequestCookies, SetCookie},
    csrf_token::CsrfToken,
    device_info::DeviceInfo,
    error::AuthError,
    hooks::{
        Hooks,
        data::SessionData,
        event::{AuthEvent, SignedOutBy},
        refresh::{RefreshDecision, RefreshedSession, StoreData},
        run::HookError,
        sign_in::{AllowSignIn, SignInDecision, VerifiedSignIn},
        user_event::{UserEvent, UserEventKind},
    },
    jwt::{
        access_token::AccessTokenVerifier,
        logout_token::LogoutToken,
        verified_access_token::{AccessTokenRejected, VerifiedAccessToken},
    },
    languages::{Language, Message},
    oauth::{
        access_token::AccessToken,
        client_authentication::{
            ClientAuthentication, ClientKey, ClientKeyAlgorithm, InvalidClientKey,
        },
        organization_id::OrganizationId,
        prompt::Prompt,
        pushed_requests::PushedRequests,
        resource_indicator::ResourceIndicator,
        scope::Scope,
        secure_url::is_loopback,
    },
    redirect::RedirectTo,
    sealing::secret::AuthSecret,
    session::Session,
    sessions::{
        admin::{ListedSession, ResealReport, SessionFilter},
        end::SessionsEnded,
        list::SessionInfo,
    },
    sign_in::{
        begin::SignInStarted,
        callback::Delivery,
        complete::{SignInCompleted, SignInFailure},
        first_screen::{DirectSignIn, FirstScreen, Identifier},
        from_browser::{InvalidSignInParameter, ParameterUse},
        options::{OneTimeToken, SignInOptions},
    },
    sign_out::{
        options::SignOutOptions,
        pending::SignOutCompleted,
        start::{SignOutDestination, SignOutStarted},
    },
    store::{
        SessionAdmin, SessionStore,
        error::StoreError,
        expired::{ExpiredRevocation, RevokeExpired},
        handle::{InvalidSessionHandle, SessionHandle},
        ids::{LogoutTokenIdHash, ProviderSessionIdHash, SealingKeyId, SessionIdHash, UserIdHash},
        memory::MemoryStore,
        provider_logout::{
            LogoutTarget, ProviderLogout, ProviderLogoutOutcome, RememberedToken, UserChange,
            UserChangeKind, UserLogoutScope,
        },
        rows::{
            EndedSession, GrantUse, LeaseHolder, LeaseOutcome, NewSession, SessionRow,
            StoredSession, StoredTokens, TokensVersion, UserSessions, WriteOutcome,
        },
    },
    tokens::request::AccessTokenRequest,
    user::{organizations::Organization, user_info::UserInfo},
    webhooks::{WebhookOutcome, Webhooks},
};
