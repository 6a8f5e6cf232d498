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
/// Add it before [`with_auth`](crate::WithAuth::with_auth), so that its responses
/// have the security headers. Added later, it also limits `/api/auth`, where
/// `with_auth` has limits already; then wrap it in
/// [`SecurityHeaders`](crate::SecurityHeaders) and
/// [`logout_errors_as_400`](crate::logout_errors_as_400).
///
/// ```
/// use std::time::Duration;
///
/// use auth_axum::RequestLimits;
/// use axum::Router;
///
/// let limits = RequestLimits::new()
///     .max_body(1024 * 1024)
///     .timeout(Duration::from_secs(60));
/// let app: Router = Router::new().layer(limits);
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
