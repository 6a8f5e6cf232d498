//! An API's description of itself, by which a client learns which
//! authorization server to ask for a token: RFC 9728.

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
/// It changes with a release of the application.
const AN_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// RFC 9728 §2.
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

/// RFC 9728 §3.1: the well-known path goes between host and path of the
/// resource; `None` for a resource that is no address, and for one that Axum
/// has no route for: a segment that begins with `:` or `*` looks like the
/// syntax of a former version.
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
    /// The route of the API's metadata (RFC 9728 §3), outside the layer:
    /// `/.well-known/oauth-protected-resource` and the path of the API's
    /// resource indicator. None where that is no `http` address, or the
    /// tokens are an organization's.
    ///
    /// Clients take the metadata only where the resource indicator is the
    /// API's address (§3.3).
    pub fn metadata_routes<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let Some(url) = &self.metadata.url else {
            return Router::new();
        };
        let metadata = self.metadata.clone();
        let serve = move || async move { ([(CACHE_CONTROL, AN_HOUR)], Json((*metadata).clone())) };
        Router::new().route(url.path(), get(serve))
    }
}
