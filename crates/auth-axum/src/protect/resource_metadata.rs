//! The metadata of an API (RFC 9728): it tells clients which authorization
//! server issues tokens for the API.

use auth_core::AccessTokenVerifier;
use axum::{
    Json, Router,
    http::{HeaderValue, header::CACHE_CONTROL},
    routing::get,
};
use serde::Serialize;
use url::Url;

use super::ProtectedApi;

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";
/// The metadata changes only with a release of the application.
const AN_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// The document of RFC 9728 §2.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ResourceMetadata {
    #[serde(skip)]
    url: Option<Url>,
    resource: String,
    authorization_servers: [String; 1],
    scopes_supported: Vec<String>,
    bearer_methods_supported: [&'static str; 1],
}

impl ResourceMetadata {
    pub(super) fn new(verifier: &AccessTokenVerifier, scopes: Vec<String>) -> Self {
        let resource = verifier.audience().unwrap_or_default();
        Self {
            url: url_of(resource),
            resource: resource.to_owned(),
            authorization_servers: [verifier.issuer().to_owned()],
            scopes_supported: scopes,
            bearer_methods_supported: ["header"],
        }
    }

    pub(super) fn url(&self) -> Option<&str> {
        self.url.as_ref().map(Url::as_str)
    }
}

/// Returns the address of a resource's metadata: the well-known path is
/// inserted between the host and the path of the resource (RFC 9728 §3.1).
///
/// Returns `None` for a resource that is not an `http` or `https` address, and
/// for one that Axum cannot route: it rejects segments that begin with `:` or
/// `*`, the syntax of its former versions.
fn url_of(resource: &str) -> Option<Url> {
    let mut url = Url::parse(resource).ok()?;
    let is_routable = url
        .path()
        .split('/')
        .all(|segment| !segment.starts_with([':', '*']));
    if !matches!(url.scheme(), "https" | "http") || !is_routable {
        return None;
    }
    let path = match url.path() {
        "/" => WELL_KNOWN.to_owned(),
        path => format!("{WELL_KNOWN}{path}"),
    };
    url.set_path(&path);
    Some(url)
}

impl ProtectedApi {
    /// Builds the route of the API's metadata (RFC 9728 §3):
    /// `/.well-known/oauth-protected-resource`, followed by the path of the
    /// API's resource indicator. Merge it outside of the layer.
    ///
    /// There is no route if the resource indicator is not an `http` or `https`
    /// address, or if the API accepts organization tokens only. Clients use the
    /// metadata only if the resource indicator is the API's address (§3.3).
    pub fn metadata_routes<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let Some(url) = &self.metadata.url else {
            return Router::new();
        };
        let metadata = self.metadata.clone();
        let serve = move || async move { ([(CACHE_CONTROL, AN_HOUR)], Json((*metadata).clone())) };
        Router::new().route(url.path(), get(serve))
    }
}
