//! The one service behind the layers of this crate: it passes a request on to
//! the routes, or answers it before it reaches them.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use axum::{body::Body, http::Request, response::Response};
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

    /// Changes the response to a request that was passed on.
    fn finish(&self, _: &Self::Passed, _: &mut Response) {}
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
            gate.finish(&passed, &mut response);
            Ok(response)
        })
    }
}
