//! One name for this machine: `127.0.0.1` and `localhost` have cookies of
//! their own, so that a sign-in begun under one and completed under the other
//! would be unknown. cargo-leptos prints the one, Logto knows the other.

use auth_core::is_loopback;
use axum::{
    extract::Request,
    http::{Method, header::HOST},
};
use url::Url;

/// Sends a browser that came to this machine by another of its names to the
/// one in `base_url`. An application with a public address is left alone: a
/// proxy may have changed `Host`.
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

    /// Where a request should have come to, if not here.
    pub(crate) fn elsewhere(&self, request: &Request) -> Option<Url> {
        let base_url = self.base_url.as_ref()?;
        let host = request.headers().get(HOST)?.to_str().ok()?;
        let came_to = Url::parse(&format!("http://{host}/")).ok()?;
        let is_other_name = came_to.host() != base_url.host()
            && came_to.port() == base_url.port()
            && is_loopback(&came_to);
        if *request.method() != Method::GET || !is_other_name {
            return None;
        }
        let mut url = base_url.clone();
        url.set_path(request.uri().path());
        url.set_query(request.uri().query());
        Some(url)
    }
}
