//! Security headers.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, PoisonError, RwLock},
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
    /// Shared: the service is cloned for every request.
    config: Arc<Config>,
    strictness: Strictness,
}

#[derive(Clone, Debug)]
enum Strictness {
    /// Only headers that break no page, on responses that do not set them.
    Essential,
    /// All headers, with a `Content-Security-Policy` on responses that have none.
    Full(Arc<KeptPolicy>),
}

/// The last `Content-Security-Policy` that was built, and the origins that it
/// names.
#[derive(Debug, Default)]
struct KeptPolicy(RwLock<Option<(Arc<[String]>, HeaderValue)>>);

impl KeptPolicy {
    fn of(&self, config: &Config) -> Option<HeaderValue> {
        let origins = config.provider_origins();
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, policy)) = &*kept
            && Arc::ptr_eq(of, &origins)
        {
            return Some(policy.clone());
        }
        drop(kept);
        let policy = format!(
            "default-src 'none'; img-src 'self'; style-src 'self'; base-uri 'none'; \
             frame-ancestors 'none'; {}",
            form_action(&origins)
        );
        let policy = HeaderValue::try_from(policy).ok()?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some((origins, policy.clone()));
        Some(policy)
    }
}

fn form_action(origins: &[String]) -> String {
    format!("form-action 'self' {}", origins.join(" "))
}

impl SecurityHeaders {
    /// Creates the headers for the application's address and its provider.
    pub fn new(config: &Config) -> Self {
        Self {
            https: config.base_url().scheme() == "https",
            config: Arc::new(config.clone()),
            strictness: Strictness::Full(Arc::default()),
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
    /// policy that does not name the provider blocks sign-ins. The directive names the
    /// origins that the discovery document says
    /// ([`Config::provider_origins`](auth_core::Config::provider_origins)), so build
    /// the policy for each response, and call `Auth::warm_up` at start if they are
    /// not the issuer's.
    pub fn form_action(&self) -> String {
        form_action(&self.config.provider_origins())
    }

    pub(crate) fn set(&self, headers: &mut HeaderMap) {
        match &self.strictness {
            Strictness::Essential => {
                for (name, value) in self.essential_headers("SAMEORIGIN") {
                    headers.entry(name).or_insert(value);
                }
            }
            Strictness::Full(kept) => {
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
                if !headers.contains_key(CONTENT_SECURITY_POLICY)
                    && let Some(policy) = kept.of(&self.config)
                {
                    headers.insert(CONTENT_SECURITY_POLICY, policy);
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
