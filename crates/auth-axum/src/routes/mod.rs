//! The routes under `/api/auth`. Their names are those of Auth.js.

mod callback;
mod form;
mod logout;
mod pages;
mod session;
mod sign_in;
mod sign_out;
mod webhook;

use auth_core::{Auth, routes};
use axum::{
    Router,
    routing::{any, get, post},
};

pub use self::logout::logout_errors_as_400;
pub(crate) use self::webhook::MAX_BODY as MAX_WEBHOOK;
use crate::response::bad_request;

/// Builds the routes of sign-in and sign-out, to merge into the application's
/// router:
///
/// | route | what it does |
/// |---|---|
/// | `POST /api/auth/signin/logto` | starts a sign-in; the query may hold the parameters of [`SignInOptions::set`] |
/// | `GET /api/auth/callback/logto` | completes a sign-in; register this address at Logto |
/// | `POST /api/auth/signout` | signs out |
/// | `POST /api/auth/backchannel-logout/logto` | ends the sessions that the provider ended; register this address at Logto |
/// | `POST /api/auth/webhooks/logto` | carries out Logto's webhooks; register this address at Logto |
/// | `GET /api/auth/session` | returns the session as JSON, or `null` |
/// | `GET /api/auth/signin`, `GET /api/auth/signout` | shows a page with a button that signs in or out |
///
/// Everything else under `/api/auth/` is answered with 400.
///
/// The callback is a `GET`: the response mode `form_post` is not supported yet.
///
/// A webhook may have 1 MiB. A [`RequestLimits`](crate::RequestLimits) of your own
/// around these routes has to allow as much.
///
/// Sign-in and sign-out answer 403 if a page of another site sent the request.
///
/// [`with_auth`](crate::WithAuth::with_auth) adds the routes together with the
/// layers that an application needs.
///
/// ```
/// use auth_axum::{SessionLayer, auth_routes};
/// use auth_core::Auth;
/// use axum::Router;
///
/// fn router(auth: Auth) -> Router {
///     auth_routes(auth.clone()).route_layer(SessionLayer::new(auth))
/// }
/// ```
///
/// [`SignInOptions::set`]: auth_core::SignInOptions::set
pub fn auth_routes<S: Clone + Send + Sync + 'static>(auth: Auth) -> Router<S> {
    webhook_routes(auth.clone()).merge(user_routes(auth))
}

/// Builds the route of webhooks, whose bodies are longer.
pub(crate) fn webhook_routes<S: Clone + Send + Sync + 'static>(auth: Auth) -> Router<S> {
    Router::new()
        .route(routes::WEBHOOK, post(webhook::webhook))
        .method_not_allowed_fallback(async || bad_request())
        .with_state(auth)
}

/// Builds all other routes.
pub(crate) fn user_routes<S: Clone + Send + Sync + 'static>(auth: Auth) -> Router<S> {
    Router::new()
        .route(routes::SIGN_IN, get(pages::confirm_sign_in))
        .route(
            routes::SIGN_IN_LOGTO,
            get(pages::confirm_sign_in).post(sign_in::sign_in),
        )
        .route(routes::CALLBACK, get(callback::callback))
        .route(
            routes::SIGN_OUT,
            get(pages::confirm_sign_out).post(sign_out::sign_out),
        )
        .route(routes::SESSION, get(session::session))
        .route(routes::BACK_CHANNEL_LOGOUT, post(logout::back_channel))
        .route(
            &format!("{}/{{*other}}", routes::BASE_PATH),
            any(async || bad_request()),
        )
        .method_not_allowed_fallback(async || bad_request())
        .with_state(auth)
}
