//! The layer that gives every request its session.

use auth_core::Auth;
use axum::{
    body::Body,
    http::{HeaderValue, Method, Request},
    response::Response,
};
use tower::Layer;

use super::RequestSession;
use crate::{
    gate::{Gate, GateService},
    response::{RedirectStyle, redirect, session_unavailable},
};

/// Layer that inserts a [`RequestSession`] into the extensions of every
/// request.
///
/// Add it with [`axum::Router::route_layer`], so that requests for static files
/// do not read the session store.
///
/// Before a `GET`, the layer reads the session: a page may be rendered, and its
/// components cannot wait. For other methods the session is read when it is
/// first asked for. If the store cannot be reached, a `GET` is answered with
/// 503.
///
/// A browser that returns from the provider's end-session page is redirected to
/// the page that the sign-out named.
///
/// Responses that set no `Cache-Control` get `private, no-store`.
#[derive(Clone, Debug)]
pub struct SessionLayer {
    auth: Auth,
}

impl SessionLayer {
    /// Creates a layer that reads the sessions of `auth`.
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

/// Redirects a browser that returns from the provider's end-session page. It
/// returns to `/`, the only address that is registered at the provider, and
/// goes on from there to the page that the sign-out named.
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
