//! The layer that gives every request its session.

use std::sync::Once;

use auth_core::Auth;
use axum::{
    body::Body,
    extract::MatchedPath,
    http::{
        HeaderValue, Method, Request, Uri,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::Response,
};
use tower::Layer;

use super::RequestSession;
use crate::{
    AddressLimits,
    gate::{Gate, GateService},
    navigation::may_render_page,
    response::{RedirectStyle, redirect},
    unavailable::session_unavailable,
};

/// Layer that inserts a [`RequestSession`] into the extensions of every
/// request.
///
/// [`with_auth`](crate::WithAuth::with_auth) adds it together with the routes
/// and the other layers. On its own, add it with [`axum::Router::layer`] or
/// [`axum::Router::route_layer`].
///
/// The session is read when it is first asked for. Only before a `GET` that may
/// be answered with a page, the layer reads it ahead, because components cannot
/// wait: if the request asks for HTML, or if it has a route and does not say
/// what it asks for. Files that a page loads cost no read. If the store cannot
/// be reached, such a `GET` is answered with 503.
///
/// A browser that returns from the provider's end-session page is redirected to
/// the page that the sign-out named.
///
/// Responses that set no `Cache-Control` get `private, no-store`. Without a
/// route, which is how files are served, only HTML gets it, and answers for
/// which the session was asked for.
///
/// If somebody is signed in and the session was asked for, a `Cache-Control`
/// that has neither `private` nor `no-store` is replaced, which is logged once: a
/// shared cache would show the response to others. The layer cannot know what a
/// page asks for while it is streamed, so set no public value on such a page.
#[derive(Clone, Debug)]
pub struct SessionLayer {
    auth: Auth,
    address_limits: AddressLimits,
}

impl SessionLayer {
    /// Creates a layer that reads the sessions of `auth`.
    pub fn new(auth: Auth) -> Self {
        let address_limits = AddressLimits::default();
        Self {
            auth,
            address_limits,
        }
    }

    /// Sets the limits for each address on sign-ins and on calls of the provider.
    #[must_use]
    pub fn with_address_limits(mut self, limits: AddressLimits) -> Self {
        self.address_limits = limits;
        self
    }
}

impl<S> Layer<S> for SessionLayer {
    type Service = GateService<Self, S>;

    fn layer(&self, inner: S) -> Self::Service {
        GateService::new(self.clone(), inner)
    }
}

impl Gate for SessionLayer {
    type Passed = CachePolicy;

    async fn pass(
        &self,
        mut request: Request<Body>,
    ) -> Result<(Request<Body>, CachePolicy), Response> {
        let limits = self
            .address_limits
            .of_client(request.headers(), request.extensions());
        let session = RequestSession::new(self.auth.clone(), limits, &request);
        if let Some(response) = back_from_sign_out(&session, &request) {
            return Err(response);
        }
        let (headers, extensions) = (request.headers(), request.extensions());
        if may_render_page(request.method(), headers, extensions)
            && let Err(error) = session.read_ahead().await
        {
            return Err(session_unavailable(&error, &session.language()));
        }
        let cache_policy = CachePolicy {
            has_route: extensions.get::<MatchedPath>().is_some(),
            session: session.clone(),
            uri: request.uri().clone(),
        };
        request.extensions_mut().insert(session);
        Ok((request, cache_policy))
    }

    fn finish(&self, policy: &CachePolicy, response: &mut Response) {
        policy.session.replace_if_refused(response);
        let is_set = response.headers().contains_key(CACHE_CONTROL);
        let is_leak = || policy.session.may_show_user() && !is_private(response);
        let may_show_session =
            || policy.has_route || policy.session.was_asked_for() || is_html(response);
        if is_set {
            if !is_leak() {
                return;
            }
            log_leak_once(policy.uri.path(), response);
        } else if !may_show_session() {
            return;
        }
        let private = HeaderValue::from_static("private, no-store");
        response.headers_mut().insert(CACHE_CONTROL, private);
    }
}

/// What decides whether a cache may store a response.
#[derive(Debug)]
pub struct CachePolicy {
    /// Responses without a route are files, from a fallback or a nested service,
    /// unless they show the session.
    has_route: bool,
    session: RequestSession,
    uri: Uri,
}

/// Returns whether shared caches must not store a response (RFC 9111 §5.2.2.5,
/// §5.2.2.7). With a list of headers, `private` is about these headers only.
fn is_private(response: &Response) -> bool {
    let values = response.headers().get_all(CACHE_CONTROL);
    values.iter().any(|value| {
        let mut directives = value.as_bytes().split(|byte| *byte == b',');
        directives.any(|directive| {
            let directive = directive.trim_ascii();
            directive.eq_ignore_ascii_case(b"private")
                || directive.eq_ignore_ascii_case(b"no-store")
        })
    })
}

fn log_leak_once(path: &str, response: &Response) {
    static LOGGED: Once = Once::new();

    LOGGED.call_once(|| {
        tracing::warn!(
            path,
            cache_control = ?response.headers().get(CACHE_CONTROL),
            "the response depends on who is signed in, but its Cache-Control lets shared caches \
             store it; it was replaced by `private, no-store`. Do not set a public Cache-Control \
             where the session is read. Later cases are not logged"
        );
    });
}

/// Returns whether a response is a page. What a page streams may show the
/// session after its headers have been sent.
fn is_html(response: &Response) -> bool {
    response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"text/html"))
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
