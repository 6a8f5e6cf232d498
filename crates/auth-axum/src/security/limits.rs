//! Limits on the body and the time of a request.

use std::time::Duration;

use axum::http::StatusCode;
use tower::Layer;
use tower_http::{
    limit::{RequestBodyLimit, RequestBodyLimitLayer},
    timeout::{Timeout, TimeoutLayer},
};

/// Layer that limits the body of every request, and the time until the response
/// begins.
///
/// The defaults are 64 KiB and 30 seconds. A longer body is answered with 413,
/// or ends with an error while it is read if the request names no length. A
/// request that takes longer is answered with 503.
///
/// # Inside of `with_auth`
///
/// Add it before [`with_auth`](crate::WithAuth::with_auth). Then it limits the
/// routes that were added before, and its responses have the security headers. The
/// sign-in routes have the default limits anyway.
///
/// ```
/// use std::time::Duration;
///
/// use auth_axum::{RequestLimits, WithAuth};
/// use auth_core::Auth;
/// use axum::{Router, routing::get};
///
/// fn router(auth: &Auth) -> Router {
///     let limits = RequestLimits::new()
///         .max_body(1024 * 1024)
///         .timeout(Duration::from_secs(60));
///     Router::new()
///         .route("/", get(|| async { "Hello" }))
///         .layer(limits)
///         .with_auth(auth)
/// }
/// ```
///
/// # Outside of `with_auth`
///
/// Added after `with_auth`, it limits all routes, including those that are added
/// after `with_auth` and the sign-in routes. Two things are then missing, which
/// `with_auth` does for layers inside of it: its responses have no security headers,
/// and a logout of the provider may be answered 413 or 503, where OpenID Connect
/// Back-Channel Logout 1.0 §2.8 has only 400. Add both layers around it:
///
/// ```
/// use auth_axum::{AuthSetup, RequestLimits, SecurityHeaders, WithAuth, logout_errors_as_400};
/// use auth_core::Auth;
/// use axum::{Router, middleware::from_fn_with_state, routing::get};
///
/// fn router(auth: &Auth) -> Router {
///     Router::new()
///         .route("/", get(|| async { "Hello" }))
///         .with_auth(AuthSetup::new(auth).without_security_headers())
///         // Has no session.
///         .route("/healthz", get(|| async { "ok" }))
///         // The last layer is the first to run.
///         .layer(RequestLimits::new())
///         .layer(SecurityHeaders::new(auth.config()))
///         .layer(from_fn_with_state(auth.clone(), logout_errors_as_400))
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct RequestLimits {
    max_body: usize,
    timeout: Duration,
}

impl RequestLimits {
    /// Creates limits of 64 KiB and 30 seconds.
    pub const fn new() -> Self {
        Self {
            // Enough for forms with an address.
            max_body: 64 * 1024,
            // Longer than requests to the provider may take.
            timeout: Duration::from_secs(30),
        }
    }

    /// Sets the longest body, in bytes.
    pub const fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Sets the time until the response has to begin.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

impl Default for RequestLimits {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for RequestLimits {
    type Service = Timeout<RequestBodyLimit<S>>;

    fn layer(&self, inner: S) -> Self::Service {
        let limited = RequestBodyLimitLayer::new(self.max_body).layer(inner);
        TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, self.timeout).layer(limited)
    }
}
