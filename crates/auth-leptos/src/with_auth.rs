//! Everything that a Leptos application's router needs, with one call.

use auth_axum::AuthSetup;
use axum::{Router, middleware::map_response};

use crate::client_errors_as_400;

/// Adds sign-in to the router of a Leptos application.
pub trait WithAuth: Sized {
    /// Adds what [`auth_axum::WithAuth::with_auth`] adds: routes, session,
    /// cross-site check, security headers. In addition, server functions whose
    /// arguments cannot be read answer 400: see [`client_errors_as_400`].
    ///
    /// Call it once, on the outermost router, after all routes and the fallback.
    ///
    /// ```
    /// use auth_leptos::{Auth, WithAuth};
    /// use axum::Router;
    /// use leptos::{config::LeptosOptions, prelude::*};
    /// use leptos_axum::{LeptosRoutes, file_and_error_handler, generate_route_list};
    /// # #[component] fn App() -> impl IntoView {}
    /// # fn shell(_: LeptosOptions) -> impl IntoView { App() }
    ///
    /// fn router(auth: &Auth, options: LeptosOptions) -> Router {
    ///     let document = {
    ///         let options = options.clone();
    ///         move || shell(options.clone())
    ///     };
    ///     Router::new()
    ///         .leptos_routes(&options, generate_route_list(App), document)
    ///         .fallback(file_and_error_handler::<LeptosOptions, _>(shell))
    ///         .with_auth(auth)
    ///         .with_state(options)
    /// }
    /// ```
    ///
    /// # Panics
    ///
    /// As [`auth_axum::WithAuth::with_auth`].
    #[must_use]
    fn with_auth(self, setup: impl Into<AuthSetup>) -> Self;
}

impl<S: Clone + Send + Sync + 'static> WithAuth for Router<S> {
    fn with_auth(self, setup: impl Into<AuthSetup>) -> Self {
        let router = self.layer(map_response(client_errors_as_400));
        auth_axum::WithAuth::with_auth(router, setup)
    }
}
