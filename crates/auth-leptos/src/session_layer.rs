//! The session layer: gives every request its session.

use auth_core::Auth;
use axum::{
    body::Body,
    http::{HeaderValue, Method, Request},
    response::Response,
};
use tower::Layer;

use crate::{
    RequestSession,
    gate::{Gate, GateService},
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
    type Service = GateService<Self, S>;

    fn layer(&self, inner: S) -> Self::Service {
        GateService::new(self.clone(), inner)
    }
}

impl Gate for SessionLayer {
    async fn pass(&self, mut request: Request<Body>) -> Result<Request<Body>, Response> {
        let session = RequestSession::new(self.auth.clone(), request.headers());
        if let Some(response) = back_from_sign_out(&session, &request) {
            return Err(response);
        }
        if *request.method() == Method::GET
            && let Err(error) = session.get().await
        {
            return Err(session_unavailable(&error));
        }
        request.extensions_mut().insert(session);
        Ok(request)
    }

    fn cache_control(&self) -> Option<HeaderValue> {
        Some(HeaderValue::from_static("private, no-store"))
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
