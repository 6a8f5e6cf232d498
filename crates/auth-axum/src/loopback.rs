//! Redirects between the names of the local machine.

use auth_core::{Config, is_loopback};
use axum::{
    body::Body,
    extract::Request,
    http::{Method, header::HOST},
    response::{IntoResponse as _, Redirect, Response},
};
use tower::Layer;
use url::{Host, Url};

use crate::{
    gate::{Gate, GateService},
    navigation::asks_for_html,
};

/// Layer that redirects a browser to the application's address if it came to
/// another name of the same machine, for development.
///
/// Browsers keep separate cookies for `127.0.0.1` and `localhost`. A sign-in
/// that starts under one name and returns to the other fails. cargo-leptos
/// prints `127.0.0.1`, while `localhost` is registered at Logto.
///
/// The layer does nothing if the application's address is not a loopback
/// address: a proxy may have changed `Host`. It redirects `GET` requests only.
///
/// ```
/// use auth_axum::{LoopbackRedirect, auth_routes};
/// use auth_core::Auth;
/// use axum::Router;
///
/// fn router(auth: Auth) -> Router {
///     let redirect = LoopbackRedirect::new(auth.config());
///     auth_routes(auth).route_layer(redirect)
/// }
/// ```
#[derive(Clone, Debug)]
pub struct LoopbackRedirect {
    /// Cloned for every request.
    base_url: Option<std::sync::Arc<Url>>,
    only_pages: bool,
}

impl LoopbackRedirect {
    /// Creates a layer that redirects to the application's address in `config`.
    pub fn new(config: &Config) -> Self {
        let base_url = config.base_url();
        Self {
            base_url: is_loopback(base_url).then(|| base_url.clone().into()),
            only_pages: false,
        }
    }

    /// Like [`new`](Self::new), but leaves alone what is not a page: health
    /// checks and APIs.
    pub(crate) fn of_pages(config: &Config) -> Self {
        Self {
            only_pages: true,
            ..Self::new(config)
        }
    }

    /// Returns the address to redirect a request to, if it came to another name.
    fn target(&self, request: &Request) -> Option<Url> {
        let base_url = self.base_url.as_ref()?;
        let host = request.headers().get(HOST)?.to_str().ok()?;
        // Most requests come to the app's own address; they need no parsing.
        if host == base_url.authority() {
            return None;
        }
        let requested = Url::parse(&format!("http://{host}/")).ok()?;
        let is_other_name = requested.host() != base_url.host()
            && requested.port() == base_url.port()
            && (is_loopback(&requested) || is_unspecified(&requested));
        let is_left_alone = self.only_pages && asks_for_html(request.headers()) != Some(true);
        if *request.method() != Method::GET || !is_other_name || is_left_alone {
            return None;
        }
        let mut url = Url::clone(base_url);
        url.set_path(request.uri().path());
        url.set_query(request.uri().query());
        Some(url)
    }
}

/// Whether a browser was given the address that a server listens on, `0.0.0.0` or
/// `[::]`: it reaches its own machine.
fn is_unspecified(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_unspecified(),
        Some(Host::Ipv6(address)) => address.is_unspecified(),
        _ => false,
    }
}

impl<S> Layer<S> for LoopbackRedirect {
    type Service = GateService<Self, S>;

    fn layer(&self, inner: S) -> Self::Service {
        GateService::new(self.clone(), inner)
    }
}

impl Gate for LoopbackRedirect {
    type Passed = ();

    async fn pass(&self, request: Request<Body>) -> Result<(Request<Body>, ()), Response> {
        match self.target(&request) {
            Some(url) => Err(Redirect::temporary(url.as_str()).into_response()),
            None => Ok((request, ())),
        }
    }
}
