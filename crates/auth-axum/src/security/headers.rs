//! Security headers.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use auth_core::Config;
use axum::{
    http::{
        HeaderMap, HeaderName, HeaderValue,
        header::{
            CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
            X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
        },
    },
    response::Response,
};
use pin_project_lite::pin_project;
use tower::{Layer, Service};
use url::Url;

/// Layer that sets security headers on every response.
///
/// - `X-Content-Type-Options`, `X-Frame-Options`, `Referrer-Policy`,
///   `Cross-Origin-Opener-Policy`, `Cross-Origin-Resource-Policy`,
///   `Permissions-Policy`;
/// - `Strict-Transport-Security` if the application's address is `https`;
/// - `Content-Security-Policy` on responses that have none: a strict one that
///   forbids scripts. Pages with scripts set a policy of their own; `auth-leptos`
///   does it for Leptos pages.
///
/// ```
/// use auth_axum::SecurityHeaders;
/// use auth_core::Config;
/// use axum::{Router, routing::get};
///
/// fn router(config: &Config) -> Router {
///     Router::new()
///         .route("/", get(|| async { "Hello" }))
///         .layer(SecurityHeaders::new(config))
/// }
/// ```
#[derive(Clone, Debug)]
pub struct SecurityHeaders {
    https: bool,
    form_action: Arc<str>,
    strictness: Strictness,
}

#[derive(Clone, Debug)]
enum Strictness {
    /// Only headers that break no page, on responses that do not set them.
    Essential,
    /// All headers, with this `Content-Security-Policy` on responses that have
    /// none.
    Full(Option<HeaderValue>),
}

impl SecurityHeaders {
    /// Creates the headers for the application's address and its provider.
    pub fn new(config: &Config) -> Self {
        let issuer = Url::parse(config.issuer())
            .map(|issuer| issuer.origin().ascii_serialization())
            .unwrap_or_default();
        let form_action = format!("form-action 'self' {issuer}");
        let default_policy = format!(
            "default-src 'none'; img-src 'self'; style-src 'self'; base-uri 'none'; \
             frame-ancestors 'none'; {form_action}"
        );
        Self {
            https: config.base_url().scheme() == "https",
            form_action: form_action.into(),
            strictness: Strictness::Full(HeaderValue::try_from(default_policy).ok()),
        }
    }

    /// Creates only the headers that break no page: `X-Content-Type-Options`,
    /// `X-Frame-Options: SAMEORIGIN`, `Referrer-Policy: same-origin` and, if the
    /// application's address is `https`, `Strict-Transport-Security`. A response
    /// that sets one of them keeps its own.
    pub fn essential(config: &Config) -> Self {
        Self {
            strictness: Strictness::Essential,
            ..Self::new(config)
        }
    }

    /// Returns the directive `form-action` for a `Content-Security-Policy` of
    /// your own: forms may lead to the application and to the provider.
    ///
    /// Chromium applies `form-action` to the redirects that follow a form, so a
    /// policy that does not name the provider blocks sign-ins.
    pub fn form_action(&self) -> &str {
        &self.form_action
    }

    pub(crate) fn set(&self, headers: &mut HeaderMap) {
        match &self.strictness {
            Strictness::Essential => {
                for (name, value) in self.essential_headers("SAMEORIGIN") {
                    headers.entry(name).or_insert(value);
                }
            }
            Strictness::Full(default_policy) => {
                headers.extend(self.essential_headers("DENY"));
                for (name, value) in [
                    ("cross-origin-opener-policy", "same-origin"),
                    ("cross-origin-resource-policy", "same-origin"),
                    (
                        "permissions-policy",
                        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
                    ),
                ] {
                    let name = HeaderName::from_static(name);
                    headers.insert(name, HeaderValue::from_static(value));
                }
                if let Some(policy) = default_policy {
                    headers
                        .entry(CONTENT_SECURITY_POLICY)
                        .or_insert_with(|| policy.clone());
                }
            }
        }
    }

    fn essential_headers(
        &self,
        frame_options: &'static str,
    ) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
        let transport = (STRICT_TRANSPORT_SECURITY, "max-age=63072000");
        [
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (X_FRAME_OPTIONS, frame_options),
            // Not `no-referrer`: a sign-in returns to the page in `Referer`.
            (REFERRER_POLICY, "same-origin"),
        ]
        .into_iter()
        .chain(self.https.then_some(transport))
        .map(|(name, value)| (name, HeaderValue::from_static(value)))
    }
}

impl<S> Layer<S> for SecurityHeaders {
    type Service = SecurityHeadersService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        SecurityHeadersService {
            headers: self.clone(),
            inner,
        }
    }
}

/// The service of [`SecurityHeaders`].
#[derive(Clone, Debug)]
pub struct SecurityHeadersService<S> {
    headers: SecurityHeaders,
    inner: S,
}

impl<S, Request, Body> Service<Request> for SecurityHeadersService<S>
where
    S: Service<Request, Response = Response<Body>>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        ResponseFuture {
            future: self.inner.call(request),
            headers: self.headers.clone(),
        }
    }
}

pin_project! {
    /// The response of [`SecurityHeadersService`], to be awaited.
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        future: F,
        headers: SecurityHeaders,
    }
}

impl<F, Body, Error> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<Body>, Error>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut result = ready!(this.future.poll(context));
        if let Ok(response) = &mut result {
            this.headers.set(response.headers_mut());
        }
        Poll::Ready(result)
    }
}
