//! Redirects between the loopback names of this machine. Browsers keep separate
//! cookies for `127.0.0.1` and `localhost`, so a sign-in that starts on one
//! cannot end on the other. cargo-leptos prints `127.0.0.1`, but `localhost` is
//! the name registered at Logto.

use auth_core::is_loopback;
use axum::{
    extract::Request,
    http::{Method, header::HOST},
};
use url::Url;

/// Redirects a request for another loopback name to the one in `base_url`. Does
/// nothing if `base_url` is a public address: a proxy may have changed `Host`.
#[derive(Clone, Debug)]
pub(crate) struct LoopbackName {
    base_url: Option<Url>,
}

impl LoopbackName {
    pub(crate) fn new(base_url: &Url) -> Self {
        Self {
            base_url: is_loopback(base_url).then(|| base_url.clone()),
        }
    }

    /// Returns the address to redirect to, if the request used another name.
    pub(crate) fn elsewhere(&self, request: &Request) -> Option<Url> {
        let base_url = self.base_url.as_ref()?;
        let host = request.headers().get(HOST)?.to_str().ok()?;
        let requested = Url::parse(&format!("http://{host}/")).ok()?;
        let is_other_name = requested.host() != base_url.host()
            && requested.port() == base_url.port()
            && is_loopback(&requested);
        if *request.method() != Method::GET || !is_other_name {
            return None;
        }
        let mut url = base_url.clone();
        url.set_path(request.uri().path());
        url.set_query(request.uri().query());
        Some(url)
    }
}
