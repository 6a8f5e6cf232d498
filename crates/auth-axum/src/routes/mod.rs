//! The routes under the base path. Their names are those of Auth.js.

mod callback;
mod csrf;
mod form;
mod logout;
mod pages;
mod providers;
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
/// | `GET`, `POST /api/auth/callback/logto` | completes a sign-in; register this address at Logto |
/// | `POST /api/auth/signout` | signs out |
/// | `POST /api/auth/backchannel-logout/logto` | ends the sessions that the provider ended; register this address at Logto |
/// | `POST /api/auth/webhooks/logto` | carries out Logto's webhooks; register this address at Logto |
/// | `GET /api/auth/session` | returns the session as JSON, or `null` |
/// | `POST /api/auth/session` | fetches the user's claims again and returns the session |
/// | `GET /api/auth/signin`, `GET /api/auth/signout` | shows a page with a button that signs in or out, or redirects to the application's own page |
/// | `GET /api/auth/error` | shows why a sign-in failed or a page was refused, or redirects to the application's own page |
/// | `GET /api/auth/csrf`, `GET /api/auth/providers` | answer Auth.js's client |
///
/// The table has the default base path; a
/// [`base_path`](auth_core::ConfigBuilder::base_path) of the application takes its
/// place. Everything else under it is answered with 400. Methods, bodies and
/// redirects are those of Auth.js; its client `next-auth/react` works unchanged.
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
        .route(
            &auth.config().base_path().path_of(routes::WEBHOOK),
            post(webhook::webhook),
        )
        .method_not_allowed_fallback(async || bad_request())
        .with_state(auth)
}

/// Builds all other routes. As in Auth.js, those of users may end with a slash.
pub(crate) fn user_routes<S: Clone + Send + Sync + 'static>(auth: Auth) -> Router<S> {
    let base_path = auth.config().base_path();
    let sign_in = get(pages::sign_in).post(sign_in::sign_in);
    let mut router = Router::new()
        .route(
            &base_path.path_of(routes::CALLBACK),
            get(callback::callback).post(callback::form_post),
        )
        .route(
            &base_path.path_of(routes::BACK_CHANNEL_LOGOUT),
            post(logout::back_channel),
        );
    for (route, methods) in [
        (
            routes::SIGN_IN,
            get(pages::sign_in).post(sign_in::choose_provider),
        ),
        (routes::SIGN_IN_LOGTO, sign_in),
        (
            routes::SIGN_OUT,
            get(pages::sign_out).post(sign_out::sign_out),
        ),
        (routes::SESSION, get(session::session).post(session::update)),
        (routes::CSRF, get(csrf::csrf)),
        (routes::PROVIDERS, get(providers::providers)),
        (routes::ERROR, get(pages::error)),
    ] {
        let path = base_path.path_of(route);
        router = router
            .route(&path, methods.clone())
            .route(&format!("{path}/"), methods);
    }
    for path in ["", "/", "/{*other}"] {
        let path = format!("{base_path}{path}");
        router = router.route(&path, any(async || bad_request()));
    }
    router
        .method_not_allowed_fallback(async || bad_request())
        .with_state(auth)
}
