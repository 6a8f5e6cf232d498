//! The one service behind the layers of this crate: it passes a request on to
//! the routes, or answers it before it reaches them.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    body::Body,
    http::{HeaderValue, Request, header::CACHE_CONTROL},
    response::Response,
};
use tower::Service;

/// Decides whether a request reaches the routes.
pub trait Gate: Clone + Send + Sync + 'static {
    /// What the gate remembers of a request until it is answered.
    type Passed: Send;

    /// Returns the request to pass on, or the response that refuses it.
    fn pass(
        &self,
        request: Request<Body>,
    ) -> impl Future<Output = Result<(Request<Body>, Self::Passed), Response>> + Send;

    /// Returns the `Cache-Control` of a response that does not set it itself. A
    /// gate whose routes answer differently for each caller sets one.
    fn cache_control(&self, _: &Self::Passed, _: &Response) -> Option<HeaderValue> {
        None
    }

    /// Returns whether [`cache_control`](Self::cache_control) replaces the value
    /// that a response sets itself.
    fn replaces_cache_control(&self, _: &Self::Passed, _: &Response) -> bool {
        false
    }
}

/// The service of a layer: a [`Gate`] before another service.
#[derive(Clone, Debug)]
pub struct GateService<G, S> {
    gate: G,
    inner: S,
}

impl<G, S> GateService<G, S> {
    pub(crate) const fn new(gate: G, inner: S) -> Self {
        Self { gate, inner }
    }
}

impl<G, S> Service<Request<Body>> for GateService<G, S>
where
    G: Gate,
    S: Service<Request<Body>, Response = Response> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let gate = self.gate.clone();
        // Call the service that was polled ready, and leave the clone behind:
        // https://docs.rs/tower/latest/tower/trait.Service.html#be-careful-when-cloning-inner-services
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        Box::pin(async move {
            let (request, passed) = match gate.pass(request).await {
                Ok(passed) => passed,
                Err(answer) => return Ok(answer),
            };
            let mut response = inner.call(request).await?;
            let is_set = response.headers().contains_key(CACHE_CONTROL);
            if (!is_set || gate.replaces_cache_control(&passed, &response))
                && let Some(policy) = gate.cache_control(&passed, &response)
            {
                response.headers_mut().insert(CACHE_CONTROL, policy);
            }
            Ok(response)
        })
    }
}
