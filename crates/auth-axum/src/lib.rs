//! Sign-in with [Logto](https://logto.io) for [Axum](https://docs.rs/axum).
//!
//! The crate binds [`auth_core`] to Axum. It has no user interface and does not
//! depend on Leptos; `auth-leptos` builds on it.
//!
//! | You want | Use |
//! |---|---|
//! | the routes of sign-in and sign-out | [`auth_routes`] |
//! | the session in a handler | [`SessionLayer`], and [`RequestSession`] as an extractor |
//! | routes for users with a role or scope | [`RequireRole`], [`RequireOrganizationRole`], [`RequireScope`] |
//! | an API that is called with access tokens | [`ProtectedApi`], and [`Caller`] as an extractor |
//! | protection from cross-site requests | [`cross_site_check`] |
//! | security headers | [`SecurityHeaders`] |
//! | limits on the body and the time of a request | [`RequestLimits`] |
//! | the client's address behind a proxy | [`TrustedProxies`], [`RemoteIp`] |
//!
//! # An application
//!
//! ```no_run
//! use auth_axum::{
//!     RequestLimits, RequestSession, SecurityHeaders, SessionLayer, auth_routes,
//!     cross_site_check, logout_errors_as_400, session_unavailable,
//! };
//! use auth_core::{Auth, Config, MemoryStore};
//! use axum::{
//!     Router,
//!     middleware::from_fn,
//!     response::{IntoResponse, Response},
//!     routing::get,
//! };
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     // AUTH_LOGTO_ISSUER, AUTH_LOGTO_ID, AUTH_LOGTO_SECRET, AUTH_SECRET, AUTH_URL
//!     let auth = Auth::new(Config::from_env()?, MemoryStore::new())?;
//!     let check = cross_site_check(auth.config());
//!     let headers = SecurityHeaders::new(auth.config());
//!     let app = Router::new()
//!         .route("/", get(greet))
//!         .merge(auth_routes(auth.clone()))
//!         .route_layer(SessionLayer::new(auth))
//!         // The last layer is the first to run.
//!         .layer(check)
//!         .layer(RequestLimits::new())
//!         .layer(headers)
//!         .layer(from_fn(logout_errors_as_400));
//!     let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
//!     Ok(axum::serve(listener, app).await?)
//! }
//!
//! async fn greet(session: RequestSession) -> Response {
//!     match session.get().await {
//!         Ok(Some(session)) => format!("Hello, {}", session.sub()).into_response(),
//!         Ok(None) => "Sign in at /api/auth/signin".into_response(),
//!         Err(error) => session_unavailable(&error),
//!     }
//! }
//! ```
//!
//! # An API
//!
//! An API that only verifies access tokens needs no session, no store and no
//! client secret: see [`ProtectedApi`].

mod gate;
mod protect;
mod remote_ip;
mod response;
mod routes;
mod security;
mod session;

pub use auth_core;

pub use self::{
    protect::{
        Caller, MissingProtectedApi, ProtectedApi, RequireOrganizationRole, RequireRole,
        RequireScope,
    },
    remote_ip::RemoteIp,
    response::{RETRY_AFTER_SECONDS, append_cookies, session_unavailable},
    routes::{auth_routes, logout_errors_as_400, referrer},
    security::{
        InvalidTrustedProxies, RequestLimits, SecurityHeaders, SecurityHeadersService,
        TrustedProxies, cross_site_check,
    },
    session::{MissingSessionLayer, RequestSession, SessionLayer},
};
