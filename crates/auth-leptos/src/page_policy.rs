//! The Content Security Policy of rendered pages.

use std::sync::Arc;

use auth_axum::SecurityHeaders;
use auth_core::Config;
use axum::http::{HeaderValue, header::CONTENT_SECURITY_POLICY};
use leptos::{nonce::use_nonce, prelude::use_context};
use leptos_axum::ResponseOptions;

/// Sets the `Content-Security-Policy` of rendered pages: only scripts that carry
/// the nonce of the page run.
///
/// It is not a layer: Leptos makes the nonce while it renders the page. Call
/// [`set`](Self::set) in the context of Leptos's routes, and add
/// [`SecurityHeaders`] as a layer, which sets the other headers and the policy
/// of all other responses.
///
/// ```
/// use auth_leptos::{Auth, PagePolicy, SecurityHeaders};
/// use axum::Router;
/// use leptos::{config::LeptosOptions, prelude::*};
/// use leptos_axum::{LeptosRoutes, generate_route_list};
/// # #[component] fn App() -> impl IntoView {}
/// # fn shell(_: LeptosOptions) -> impl IntoView { App() }
///
/// fn pages(auth: &Auth, options: LeptosOptions) -> Router<LeptosOptions> {
///     let policy = PagePolicy::new(auth.config());
///     let document = {
///         let options = options.clone();
///         move || shell(options.clone())
///     };
///     Router::new()
///         .leptos_routes_with_context(
///             &options,
///             generate_route_list(App),
///             move || policy.set(),
///             document,
///         )
///         .layer(SecurityHeaders::new(auth.config()))
/// }
/// ```
#[derive(Clone, Debug)]
pub struct PagePolicy {
    /// Leptos clones the policy several times for every request.
    headers: Arc<SecurityHeaders>,
}

impl PagePolicy {
    /// Creates the policy. Forms may lead to the application and to the provider
    /// in `config`.
    pub fn new(config: &Config) -> Self {
        Self {
            headers: Arc::new(SecurityHeaders::new(config)),
        }
    }

    /// Sets the header of the page that is being rendered. Does nothing outside
    /// of rendering.
    pub fn set(&self) {
        let (Some(response), Some(nonce)) = (use_context::<ResponseOptions>(), use_nonce()) else {
            return;
        };
        // cargo-leptos reloads a page over a WebSocket on a port of its own.
        let reload = if cfg!(debug_assertions) { " ws:" } else { "" };
        let policy = format!(
            "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; \
             style-src 'self'; img-src 'self' https:; connect-src 'self'{reload}; \
             object-src 'none'; base-uri 'none'; frame-ancestors 'none'; {}",
            self.headers.form_action()
        );
        if let Ok(policy) = HeaderValue::try_from(policy) {
            response.insert_header(CONTENT_SECURITY_POLICY, policy);
        }
    }
}
