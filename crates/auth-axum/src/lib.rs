//! Sign-in with [Logto](https://logto.io) for [Axum](https://docs.rs/axum).
//!
//! The crate binds [`auth_core`] to Axum. It has no user interface and does not
//! depend on Leptos; `auth-leptos` builds on it.
//!
//! | You want | Use |
//! |---|---|
//! | sign-in in a router, safe by default | [`with_auth`](WithAuth::with_auth), and [`serve`] |
//! | the session in a handler | [`CurrentSession`] as an extractor; [`RequestSession`] to sign out and more |
//! | routes and pages for signed-in users, or for users with a role or scope | [`RequireSession`], [`RequireRole`], [`RequireOrganizationRole`], [`RequireScope`] |
//! | routes that a suspended user must not reach | [`RequireFresh`]; the layers for roles and scopes |
//! | an API that is called with access tokens | [`ProtectedApi`], and [`Caller`] as an extractor |
//! | limits on the body and the time of a request | [`RequestLimits`] |
//! | limits on what fails, for each address | [`AddressLimits`], which `with_auth` has |
//! | the client's address behind a proxy | [`TrustedProxies`], [`RemoteIp`] |
//!
//! The parts of `with_auth`, to use one by one:
//!
//! | You want | Use |
//! |---|---|
//! | the routes of sign-in and sign-out | [`auth_routes`] |
//! | the session of each request | [`SessionLayer`] |
//! | protection from cross-site requests | [`CrossSiteCheck`] |
//! | security headers | [`SecurityHeaders`] |
//! | sign-ins that work at `127.0.0.1` and `localhost` alike | [`LoopbackRedirect`] |
//!
//! # An application
//!
//! ```no_run
//! use auth_axum::{CurrentSession, RequireRole, WithAuth, serve};
//! use auth_core::{Auth, Config, MemoryStore};
//! use axum::{Router, routing::get};
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     // AUTH_LOGTO_ISSUER, AUTH_LOGTO_ID, AUTH_LOGTO_SECRET, AUTH_SECRET, AUTH_URL
//!     let auth = Auth::new(Config::from_env()?, MemoryStore::new())?;
//!     let users = get(|| async { "all users" }).route_layer(RequireRole::new("admin"));
//!     let app = Router::new()
//!         .route("/", get(home))
//!         .route("/account", get(account))
//!         .route("/users", users)
//!         // After all routes and the fallback.
//!         .with_auth(&auth);
//!     let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
//!     Ok(serve(listener, app, &auth).await?)
//! }
//!
//! async fn home(session: Option<CurrentSession>) -> String {
//!     match session {
//!         Some(session) => format!("Hello, {}", session.sub()),
//!         None => "Sign in at /api/auth/signin".to_owned(),
//!     }
//! }
//!
//! /// A signed-out user is sent to sign in, and returns here afterwards.
//! async fn account(session: CurrentSession) -> String {
//!     format!("your account is {}", session.sub())
//! }
//! ```
//!
//! # An API
//!
//! An API that only verifies access tokens needs no session, no store and no
//! client secret: see [`ProtectedApi`].

mod address_limits;
mod gate;
mod html_page;
mod loopback;
mod navigation;
mod protect;
mod refusal;
mod remote_ip;
mod response;
mod routes;
mod security;
mod serve;
mod session;
mod unavailable;
mod with_auth;

pub use auth_core;

pub use self::{
    address_limits::AddressLimits,
    loopback::LoopbackRedirect,
    navigation::referrer,
    protect::{
        Caller, MissingProtectedApi, ProtectedApi, RequireFresh, RequireOrganizationRole,
        RequireRole, RequireScope, RequireSession,
    },
    refusal::{RequestSource, status_of},
    remote_ip::RemoteIp,
    response::{RETRY_AFTER_SECONDS, append_cookies, retry_after},
    routes::{auth_routes, logout_errors_as_400},
    security::{
        CrossSiteCheck, DangerouslyAllowCrossSiteRequests, InvalidTrustedProxies, RequestLimits,
        SecurityHeaders, SecurityHeadersService, TrustedProxies, TrustedProxiesService,
    },
    serve::{ServeFuture, serve},
    session::{CurrentSession, MissingSessionLayer, RequestSession, SessionLayer},
    unavailable::session_unavailable,
    with_auth::{AuthSetup, WithAuth},
};
