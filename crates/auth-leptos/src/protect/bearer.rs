//! An API that is called with access tokens: RFC 6750, by its header alone.

use std::sync::Arc;

use auth_core::{AccessTokenRejected, AccessTokenVerifier, VerifiedAccessToken};
use axum::{
    body::Body,
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, Request, header::AUTHORIZATION, request::Parts},
    response::{IntoResponse, Response},
};
use tower::Layer;

use super::{
    challenge::{MetadataUrl, Refusal, unavailable},
    resource_metadata::ResourceMetadata,
};
use crate::gate::{Gate, GateService};

/// An API that access tokens protect: a layer for its routes.
///
/// Takes a token from the header `Authorization` only: in an address it would
/// end up in logs (RFC 6750 §5.3). A request with a right one finds its
/// [`VerifiedAccessToken`] in the extensions, or by the extractor [`Caller`];
/// any other is answered with 401, 400 or, while the provider's keys cannot be
/// had, 503.
///
/// Put it on the routes with [`axum::Router::route_layer`], after
/// [`RequireScope`](crate::RequireScope) and the like: the last layer is the
/// first to run.
#[derive(Clone, Debug)]
pub struct ProtectedApi {
    verifier: AccessTokenVerifier,
    organization_tokens: OrganizationTokens,
    pub(super) metadata: Arc<ResourceMetadata>,
    metadata_url: MetadataUrl,
}

/// Whether tokens within an organization are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OrganizationTokens {
    Taken,
    Refused,
}

impl ProtectedApi {
    /// The API whose tokens `verifier` takes. `scopes` are those that callers
    /// may ask for, for [`metadata_routes`](Self::metadata_routes).
    ///
    /// A token within an organization is answered with 403: what the user may
    /// do as a member of it says nothing of what is the user's own. See
    /// [`within_organizations`](Self::within_organizations).
    pub fn new(
        verifier: AccessTokenVerifier,
        scopes: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let scopes = scopes.into_iter().map(Into::into).collect();
        let metadata = ResourceMetadata::new(&verifier, scopes);
        let organization_tokens = match verifier.audience() {
            Some(_) => OrganizationTokens::Refused,
            // Its tokens are of no other kind.
            None => OrganizationTokens::Taken,
        };
        Self {
            verifier,
            organization_tokens,
            metadata_url: MetadataUrl(metadata.url().map(Into::into)),
            metadata: Arc::new(metadata),
        }
    }

    /// Takes tokens within an organization as well. Their scopes hold there
    /// only: what a request reaches has to follow
    /// [`VerifiedAccessToken::organization_id`].
    #[must_use]
    pub fn within_organizations(mut self) -> Self {
        self.organization_tokens = OrganizationTokens::Taken;
        self
    }

    async fn admit(&self, headers: &HeaderMap) -> Result<VerifiedAccessToken, Response> {
        let refused = |refusal: Refusal<'_>| refusal.answer(&self.metadata_url);
        let token = match credentials(headers) {
            Credentials::Token(token) => token,
            Credentials::None => return Err(refused(Refusal::NoToken)),
            Credentials::Malformed(why) => return Err(refused(Refusal::InvalidRequest(why))),
        };
        match self.verifier.verify(token).await {
            Ok(token)
                if token.organization_id().is_some()
                    && self.organization_tokens == OrganizationTokens::Refused =>
            {
                Err(refused(Refusal::InsufficientScope {
                    description: "it takes a token that is not within an organization",
                    scope: None,
                }))
            }
            Ok(token) => Ok(token),
            Err(AccessTokenRejected::Unavailable(error)) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "access tokens cannot be verified: {error}"
                );
                Err(unavailable())
            }
            Err(rejected) => {
                tracing::debug!(%rejected, "an access token is not taken");
                let why = format!("the access token is not valid: {rejected}");
                Err(refused(Refusal::InvalidToken(&why)))
            }
        }
    }
}

/// What `Authorization` holds.
enum Credentials<'a> {
    /// Nothing of the scheme `Bearer`.
    None,
    Token(&'a str),
    Malformed(&'static str),
}

fn credentials(headers: &HeaderMap) -> Credentials<'_> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Credentials::None;
    };
    if values.next().is_some() {
        return Credentials::Malformed("there are several headers Authorization");
    }
    let Ok(value) = value.to_str() else {
        return Credentials::Malformed("the header Authorization is not ASCII");
    };
    // RFC 9110 §11.1: the scheme's case does not matter.
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Credentials::None;
    }
    let token = token.trim_start_matches(' ');
    if is_b64token(token) {
        Credentials::Token(token)
    } else {
        Credentials::Malformed("the header Authorization holds no Bearer token")
    }
}

/// RFC 6750 §2.1.
fn is_b64token(token: &str) -> bool {
    let token = token.trim_end_matches('=');
    !token.is_empty()
        && token
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte))
}

impl<S> Layer<S> for ProtectedApi {
    type Service = GateService<Self, S>;

    fn layer(&self, inner: S) -> Self::Service {
        GateService::new(self.clone(), inner)
    }
}

impl Gate for ProtectedApi {
    async fn pass(&self, mut request: Request<Body>) -> Result<Request<Body>, Response> {
        let token = self.admit(request.headers()).await?;
        request.extensions_mut().insert(token);
        request.extensions_mut().insert(self.metadata_url.clone());
        Ok(request)
    }

    fn cache_control(&self) -> Option<HeaderValue> {
        Some(HeaderValue::from_static("no-store"))
    }
}

/// Extractor for handlers of a [`ProtectedApi`]: who calls, and what they may
/// do.
#[derive(Clone, Debug)]
pub struct Caller(pub VerifiedAccessToken);

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = MissingProtectedApi;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let token = parts.extensions.get::<VerifiedAccessToken>();
        token.cloned().map(Self).ok_or_else(|| {
            let error = MissingProtectedApi;
            tracing::error!(path = parts.uri.path(), "{error}");
            error
        })
    }
}

/// A handler asked for the caller on a route that no [`ProtectedApi`] is on:
/// put the layer there. The request is answered with 401.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("this route is not under auth_leptos::ProtectedApi")]
#[non_exhaustive]
pub struct MissingProtectedApi;

impl IntoResponse for MissingProtectedApi {
    fn into_response(self) -> Response {
        Refusal::NoToken.answer(&MetadataUrl::default())
    }
}
