//! Whether another site made the browser send a request.

use auth_core::{AuthError, BasePath, Config, RequestCookies, SessionCookie, routes};
use axum::{
    body::Body,
    http::{
        Extensions, HeaderMap, HeaderValue, Method, Request, StatusCode, Uri,
        header::{COOKIE, HOST, ORIGIN, SEC_WEBSOCKET_KEY, UPGRADE},
    },
    response::{IntoResponse as _, Response},
};
use tower::Layer;

use crate::{
    gate::{Gate, GateService},
    response::no_store,
};

const SEC_FETCH_SITE: &str = "sec-fetch-site";

/// Layer that answers 403 to requests that another site makes the browser of a
/// signed-in user send.
///
/// It refuses a request if all of this is true:
///
/// - the method is not `GET`, `HEAD` or `OPTIONS`, or the request opens a
///   WebSocket: it has `Upgrade: websocket` or `Sec-WebSocket-Key`. A page of
///   another site can read a WebSocket, because CORS does not apply to it;
/// - the session cookie of this application came along;
/// - `Sec-Fetch-Site` or, in older browsers and for a WebSocket, `Origin` says
///   that a page of another site sent it. The rules are those of
///   [`tower_http::csrf`], and the origin of `AUTH_URL` is trusted.
///
/// So an API that is called from other origins with access tokens is not
/// affected, and neither are webhooks: they come without the cookie. Back-channel
/// logouts are sent by the provider and pass too.
///
/// It lets every other `GET` pass, because links of other sites and the
/// provider's redirects have to reach the pages. A handler or a server function
/// that changes something must not accept `GET` (in Leptos, `input = GetUrl`).
/// Only [`RequestSession::sign_out`](crate::RequestSession::sign_out) and the
/// operations that end sessions refuse a `GET` of another site as well, with and
/// without a cookie.
///
/// [`auth_routes`](crate::auth_routes) refuses cross-site sign-ins and sign-outs
/// itself, with and without a cookie. The provider's page posts a callback with
/// the response mode `form_post`, so callbacks pass: `state` protects them.
///
/// [`with_auth`](crate::WithAuth::with_auth) contains this layer.
/// [`of_all_requests`](Self::of_all_requests) also refuses requests without the
/// session cookie.
///
/// A proxy in front of the application must not change `Origin`.
///
/// ```
/// use auth_axum::CrossSiteCheck;
/// use auth_core::Auth;
/// use axum::{Router, routing::post};
///
/// fn router(auth: &Auth) -> Router {
///     Router::new()
///         .route("/orders", post(|| async { "ordered" }))
///         .layer(CrossSiteCheck::new(auth.config()))
/// }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct CrossSiteCheck {
    trusted: TrustedOrigin,
    base_path: BasePath,
    session_cookie: SessionCookie,
    checked: Checked,
}

/// Which requests are refused if another site makes a browser send them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Checked {
    WithSessionCookie,
    All,
}

/// An extension of requests that turns every cross-site check off: that of
/// [`CrossSiteCheck`], of [`auth_routes`](crate::auth_routes), and of the
/// operations of [`RequestSession`](crate::RequestSession).
///
/// Any site can then act in the name of a signed-in user whose browser sends the
/// session cookie. Insert it only if another check replaces these, and outside of
/// [`SessionLayer`](crate::SessionLayer) and [`CrossSiteCheck`], which read it:
/// inserted inside of them it has no effect. With
/// [`with_auth`](crate::WithAuth::with_auth) call
/// [`AuthSetup::dangerously_allow_cross_site_requests`](crate::AuthSetup::dangerously_allow_cross_site_requests)
/// instead.
///
/// ```
/// use auth_axum::{DangerouslyAllowCrossSiteRequests, SessionLayer, auth_routes};
/// use auth_core::Auth;
/// use axum::{Extension, Router};
///
/// fn router(auth: Auth) -> Router {
///     auth_routes(auth.clone())
///         .layer(SessionLayer::new(auth))
///         // The last layer is the first to run.
///         .layer(Extension(DangerouslyAllowCrossSiteRequests))
/// }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DangerouslyAllowCrossSiteRequests;

/// The origin of `AUTH_URL`.
#[derive(Clone, Debug)]
pub(crate) struct TrustedOrigin(std::sync::Arc<str>);

impl TrustedOrigin {
    pub(crate) fn new(config: &Config) -> Self {
        Self(config.base_url().origin().ascii_serialization().into())
    }

    /// Returns the page of another site that sent a request. `None` if the
    /// request comes from the application itself or from a program, or is marked
    /// with [`DangerouslyAllowCrossSiteRequests`].
    pub(crate) fn foreign_sender(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        extensions: &Extensions,
    ) -> Option<ForeignSender> {
        let is_allowed = || {
            extensions
                .get::<DangerouslyAllowCrossSiteRequests>()
                .is_some()
        };
        if !self.is_other_site(uri, headers) || is_allowed() {
            return None;
        }
        let text = |name: &str| {
            let value = headers.get(name).map(HeaderValue::as_bytes);
            String::from_utf8_lossy(value.unwrap_or_default()).into_owned()
        };
        Some(ForeignSender {
            is_unsafe: is_unsafe(method, headers),
            path: uri.path().to_owned(),
            origin: text(ORIGIN.as_str()),
            sec_fetch_site: text(SEC_FETCH_SITE),
            trusted: self.0.to_string(),
        })
    }

    /// Returns whether a request is the application's own or a program's, whatever
    /// the trusted origin is: most requests, and the cheap answer for them.
    pub(crate) fn is_plainly_own(headers: &HeaderMap) -> bool {
        match headers.get(SEC_FETCH_SITE).map(HeaderValue::as_bytes) {
            Some(b"same-origin" | b"none") => true,
            None | Some(b"") => headers.get(ORIGIN).is_none_or(HeaderValue::is_empty),
            Some(_) => false,
        }
    }

    /// Returns whether the browser says that a page of the application sent the
    /// request. A request that says nothing may come from anywhere.
    pub(crate) fn is_from_own_page(&self, headers: &HeaderMap) -> bool {
        match headers.get(SEC_FETCH_SITE).map(HeaderValue::as_bytes) {
            Some(site) => site == b"same-origin",
            None => headers.get(ORIGIN).map(HeaderValue::as_bytes) == Some(self.0.as_bytes()),
        }
    }

    /// The rules of `tower_http::csrf`, which are those of Go's
    /// `CrossOriginProtection`. A test compares the two.
    fn is_other_site(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        if Self::is_plainly_own(headers) {
            return false;
        }
        let origin = headers.get(ORIGIN).map(HeaderValue::as_bytes);
        let is_trusted = origin == Some(self.0.as_bytes());
        let has_no_fetch_site = headers
            .get(SEC_FETCH_SITE)
            .is_none_or(HeaderValue::is_empty);
        let is_of_host = || origin.is_some_and(|origin| is_of_host(origin, uri, headers));
        !(is_trusted || has_no_fetch_site && is_of_host())
    }
}

/// Returns whether a request can change something: by its method, or because it
/// opens a WebSocket (RFC 6455 §4.1). Over HTTP/2 that is a `CONNECT` (RFC 8441
/// §4).
fn is_unsafe(method: &Method, headers: &HeaderMap) -> bool {
    let has_safe_method = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    let is_upgrade = || {
        headers.get_all(UPGRADE).iter().any(|value| {
            let mut protocols = value.as_bytes().split(|byte| *byte == b',');
            protocols.any(|protocol| protocol.trim_ascii().eq_ignore_ascii_case(b"websocket"))
        })
    };
    !has_safe_method || headers.contains_key(SEC_WEBSOCKET_KEY) || is_upgrade()
}

/// The page of another site that made a browser send a request.
#[derive(Clone, Debug)]
pub(crate) struct ForeignSender {
    is_unsafe: bool,
    path: String,
    origin: String,
    sec_fetch_site: String,
    trusted: String,
}

impl ForeignSender {
    /// Returns whether the request can change something.
    pub(crate) const fn is_unsafe(&self) -> bool {
        self.is_unsafe
    }

    /// Logs that the request is refused.
    pub(crate) fn refuse(&self) -> AuthError {
        tracing::warn!(
            path = self.path,
            origin = self.origin,
            sec_fetch_site = self.sec_fetch_site,
            auth_url = self.trusted,
            "a page of another site sent this request, so it is refused; if the page is the \
             application's own, set AUTH_URL to the address at which browsers reach it, and let \
             the proxy pass Host and Origin on unchanged"
        );
        AuthError::CrossSiteRequest
    }
}

/// Returns whether an origin is the host that the request was sent to.
fn is_of_host(origin: &[u8], uri: &Uri, headers: &HeaderMap) -> bool {
    let Some(authority) = Uri::try_from(origin)
        .ok()
        .filter(|origin| matches!(origin.scheme_str(), Some("http" | "https")))
        .and_then(|origin| origin.into_parts().authority)
    else {
        return false;
    };
    let host = match uri.authority() {
        Some(host) => Some(host.as_str().as_bytes()),
        None => headers.get(HOST).map(HeaderValue::as_bytes),
    };
    host == Some(authority.as_str().as_bytes())
}

/// Builds the response to a request that another site sent.
pub(crate) fn cross_site_refused() -> Response {
    no_store(
        (
            StatusCode::FORBIDDEN,
            "This request was sent by a page of another site. Open the page of this site and try \
             again.\n",
        )
            .into_response(),
    )
}

impl CrossSiteCheck {
    /// Creates a layer that trusts the origin of the application's address in
    /// `config`.
    pub fn new(config: &Config) -> Self {
        Self {
            trusted: TrustedOrigin::new(config),
            base_path: config.base_path().clone(),
            session_cookie: config.session_cookie(),
            checked: Checked::WithSessionCookie,
        }
    }

    /// Refuses requests without the session cookie too, for an application whose
    /// signed-out visitors can change something, such as a cart.
    ///
    /// Pages of other sites can then call no API of the application either, except
    /// with `GET`. Programs can: they send neither `Origin` nor `Sec-Fetch-Site`.
    pub fn of_all_requests(mut self) -> Self {
        self.checked = Checked::All;
        self
    }
}

impl<S> Layer<S> for CrossSiteCheck {
    type Service = GateService<Self, S>;

    fn layer(&self, inner: S) -> Self::Service {
        GateService::new(self.clone(), inner)
    }
}

impl Gate for CrossSiteCheck {
    type Passed = ();

    async fn pass(&self, request: Request<Body>) -> Result<(Request<Body>, ()), Response> {
        let is_of_provider = || {
            [routes::BACK_CHANNEL_LOGOUT, routes::CALLBACK]
                .into_iter()
                .any(|route| self.base_path.is_path_of(route, request.uri().path()))
        };
        let cookies = || {
            let headers = request.headers().get_all(COOKIE);
            RequestCookies::parse(headers.iter().map(HeaderValue::as_bytes))
        };
        let sender = self.trusted.foreign_sender(
            request.method(),
            request.uri(),
            request.headers(),
            request.extensions(),
        );
        if let Some(sender) = sender
            && sender.is_unsafe()
            && !is_of_provider()
            && (self.checked == Checked::All || self.session_cookie.is_in(&cookies()))
        {
            sender.refuse();
            return Err(cross_site_refused());
        }
        Ok((request, ()))
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use tower::{ServiceExt as _, service_fn};
    use tower_http::csrf::CsrfLayer;

    use super::*;

    /// Every combination of what a browser or an attacker can send: our answer
    /// is that of `tower_http::csrf`.
    #[tokio::test]
    async fn the_rules_are_those_of_tower_http() {
        let trusted = TrustedOrigin("https://app.test".into());
        let service = CsrfLayer::new()
            .add_trusted_origin("https://app.test")
            .unwrap()
            .layer(service_fn(async |_: Request<Body>| {
                Ok::<_, Infallible>(Response::new(Body::empty()))
            }));
        let mut refused = 0;
        for method in ["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "TRACE"] {
            for uri in ["/orders", "https://app.test/orders", "http://evil.test/"] {
                for host in [
                    None,
                    Some("app.test"),
                    Some("10.0.0.1:3000"),
                    Some("evil.test"),
                ] {
                    for origin in [
                        None,
                        Some(""),
                        Some("null"),
                        Some("https://app.test"),
                        Some("http://app.test"),
                        Some("https://app.test:8443"),
                        Some("https://evil.test"),
                        Some("http://10.0.0.1:3000"),
                        Some("app.test"),
                        Some("ftp://app.test"),
                        Some("https://app.test.evil.test"),
                    ] {
                        for site in [
                            None,
                            Some(""),
                            Some("none"),
                            Some("same-origin"),
                            Some("same-site"),
                            Some("cross-site"),
                            Some("Same-Origin"),
                        ] {
                            let mut request = Request::builder().method(method).uri(uri);
                            for (name, value) in
                                [("host", host), ("origin", origin), (SEC_FETCH_SITE, site)]
                            {
                                if let Some(value) = value {
                                    request = request.header(name, value);
                                }
                            }
                            let request = request.body(Body::empty()).unwrap();
                            let (method, headers) = (request.method(), request.headers());
                            let ours = is_unsafe(method, headers)
                                && trusted.is_other_site(request.uri(), headers);
                            let case = format!("{request:?}");
                            let theirs = service.clone().oneshot(request).await.unwrap();
                            assert_eq!(ours, theirs.status() == StatusCode::FORBIDDEN, "{case}");
                            refused += usize::from(ours);
                        }
                    }
                }
            }
        }
        assert!(refused > 100, "{refused}");
    }
}
