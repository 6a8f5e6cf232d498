//! The session layer: gives every request its session.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use auth_core::Auth;
use axum::{
    body::Body,
    http::{HeaderValue, Method, Request, header::CACHE_CONTROL},
    response::Response,
};
use tower::{Layer, Service};

use crate::{
    RequestSession,
    response::{RedirectStyle, redirect, session_unavailable},
};

/// Puts a [`RequestSession`] into every request's extensions, from where
/// rendering and server functions take it.
///
/// Put it on the routes with [`axum::Router::route_layer`], so that static
/// files cost no read.
///
/// The session is read when somebody asks; before a `GET`, ahead: it renders a
/// page, whose components cannot wait. When the store is down such a request
/// is answered with 503.
///
/// A browser that comes back from the provider's end-session page is sent on
/// to the page that [`crate::sign_out`] was given.
#[derive(Clone, Debug)]
pub struct SessionLayer {
    auth: Auth,
}

impl SessionLayer {
    /// Sessions of `auth`.
    pub fn new(auth: Auth) -> Self {
        Self { auth }
    }
}

impl<S> Layer<S> for SessionLayer {
    type Service = SessionService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        SessionService {
            auth: self.auth.clone(),
            inner,
        }
    }
}

/// The service of [`SessionLayer`].
#[derive(Clone, Debug)]
pub struct SessionService<S> {
    auth: Auth,
    inner: S,
}

impl<S> Service<Request<Body>> for SessionService<S>
where
    S: Service<Request<Body>, Response = Response> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let session = RequestSession::new(self.auth.clone(), request.headers());
        // The service that was polled ready is the one to call:
        // https://docs.rs/tower/latest/tower/trait.Service.html#be-careful-when-cloning-inner-services
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        Box::pin(async move {
            if let Some(response) = back_from_sign_out(&session, &request) {
                return Ok(response);
            }
            if *request.method() == Method::GET
                && let Err(error) = session.get().await
            {
                return Ok(session_unavailable(&error));
            }
            request.extensions_mut().insert(session);
            let mut response = inner.call(request).await?;
            // What a page shows depends on who asks.
            response
                .headers_mut()
                .entry(CACHE_CONTROL)
                .or_insert(HeaderValue::from_static("private, no-store"));
            Ok(response)
        })
    }
}

/// The way back from the provider's end-session page goes to the front page,
/// which is what is registered there, and from here to where the sign-out was
/// to lead.
fn back_from_sign_out(session: &RequestSession, request: &Request<Body>) -> Option<Response> {
    if *request.method() != Method::GET || request.uri().path() != "/" {
        return None;
    }
    let auth = session.auth();
    let completed = auth.complete_sign_out(request.uri().query()?, session.cookies())?;
    Some(redirect(
        completed.redirect_to.as_str(),
        auth.config().base_url().as_str(),
        RedirectStyle::SeeOther,
        completed.cookies,
    ))
}
