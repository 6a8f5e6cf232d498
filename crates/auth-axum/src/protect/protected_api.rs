//! Verifies the access token of a request to an API (RFC 6750).

use std::sync::Arc;

use auth_core::{AccessTokenRejected, AccessTokenVerifier, AuthError, VerifiedAccessToken};
use axum::{
    Router,
    body::Body,
    extract::FromRequestParts,
    http::{
        Extensions, HeaderMap, HeaderValue, Request,
        header::{AUTHORIZATION, CACHE_CONTROL},
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use tower::Layer;

use super::{
    challenge::{MetadataUrl, Refusal, too_many, unavailable},
    resource_metadata::ResourceMetadata,
};
use crate::{
    AddressLimits, RequestSession,
    address_limits::{ClientLimits, Limited},
    gate::{Gate, GateService},
};

/// Layer that serves only requests with a valid access token.
///
/// The token is read from the header `Authorization` only: in an address it
/// would end up in logs (RFC 6750 §5.3). Handlers take the
/// [`VerifiedAccessToken`] with the extractor [`Caller`]; layers find it in the
/// request's extensions. A request without a valid token is answered with 401,
/// a malformed header with 400. If the provider's keys cannot be fetched, the
/// answer is 503. An address that sends many tokens that are not valid gets 429
/// ([`AddressLimits`]).
///
/// Add it with [`axum::Router::route_layer`], after
/// [`RequireScope`](crate::RequireScope) and the like: the last layer is the
/// first to run.
///
/// An API in a process of its own needs no sign-in, no store and no secret:
///
/// ```
/// use auth_axum::{Caller, ProtectedApi, RequireScope};
/// use auth_core::{AccessTokenVerifier, AuthError};
/// use axum::{Router, routing::get};
///
/// fn api() -> Result<Router, AuthError> {
///     let verifier = AccessTokenVerifier::new(
///         "https://tenant.logto.app/oidc",
///         "https://shopping.example.com/api",
///     )?;
///     let api = ProtectedApi::new(verifier, ["read", "write"]);
///     Ok(Router::new()
///         .route("/api/items", get(list).route_layer(RequireScope::new("read")))
///         .route_layer(api.clone())
///         .merge(api.metadata_routes()))
/// }
///
/// async fn list(Caller(caller): Caller) -> String {
///     format!("the items of {}", caller.sub())
/// }
/// ```
#[derive(Clone, Debug)]
pub struct ProtectedApi {
    verifier: AccessTokenVerifier,
    metadata: Arc<ResourceMetadata>,
    metadata_url: MetadataUrl,
    address_limits: Limits,
}

/// Which limits for each address hold.
#[derive(Clone, Debug)]
enum Limits {
    /// These.
    Own(AddressLimits),
    /// Those of `with_auth`; without it, these.
    OfRouter(AddressLimits),
}

impl ProtectedApi {
    /// Creates a layer that accepts the tokens that `verifier` accepts.
    /// [`metadata_routes`](Self::metadata_routes) publishes `scopes` as the
    /// scopes that callers can ask for.
    ///
    /// A token within an organization is answered with 403: its scopes do not
    /// hold for the user's own data. See
    /// [`within_organizations`](Self::within_organizations).
    pub fn new(
        verifier: AccessTokenVerifier,
        scopes: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let scopes = scopes.into_iter().map(Into::into).collect();
        let metadata = ResourceMetadata::new(&verifier, scopes);
        Self {
            verifier,
            metadata_url: MetadataUrl(metadata.url().map(Into::into)),
            metadata: Arc::new(metadata),
            address_limits: Limits::OfRouter(AddressLimits::default()),
        }
    }

    /// Sets the limits for each address on tokens that are not valid. By default they
    /// are those of [`with_auth`](crate::WithAuth::with_auth) around it, or, without it,
    /// the default ones.
    #[must_use]
    pub fn with_address_limits(mut self, limits: AddressLimits) -> Self {
        self.address_limits = Limits::Own(limits);
        self
    }

    /// Accepts tokens within an organization as well. Their scopes hold in that
    /// organization only: handlers must serve only the data of
    /// [`VerifiedAccessToken::organization_id`].
    #[must_use]
    pub fn within_organizations(mut self) -> Self {
        self.verifier = self.verifier.within_organizations();
        self
    }

    /// Builds the route of the API's metadata (RFC 9728 §3):
    /// `/.well-known/oauth-protected-resource`, followed by the path of the
    /// API's resource indicator. Merge it outside of the layer.
    ///
    /// There is no route if the resource indicator is not an `http` or `https`
    /// address, or if the API accepts organization tokens only. Clients use the
    /// metadata only if the resource indicator is the API's address (§3.3).
    pub fn metadata_routes<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        self.metadata.routes()
    }

    fn client_limits(&self, headers: &HeaderMap, extensions: &Extensions) -> ClientLimits {
        match (&self.address_limits, extensions.get::<RequestSession>()) {
            (Limits::OfRouter(_), Some(session)) => session.limits().clone(),
            (Limits::Own(limits) | Limits::OfRouter(limits), _) => {
                limits.of_client(headers, extensions)
            }
        }
    }

    /// Verifies the access token in the headers of a request. Fails with the response
    /// to a request without a valid one.
    async fn admit(
        &self,
        headers: &HeaderMap,
        extensions: &Extensions,
    ) -> Result<VerifiedAccessToken, Response> {
        let refused = |refusal: Refusal<'_>| refusal.response(&self.metadata_url);
        let token = match credentials(headers) {
            Credentials::Token(token) => token,
            Credentials::None => return Err(refused(Refusal::NoToken)),
            Credentials::Malformed(why) => return Err(refused(Refusal::InvalidRequest(why))),
        };
        match self.verifier.verify(token).await {
            Ok(token) => Ok(token),
            Err(AccessTokenRejected::WithinOrganization) => {
                Err(refused(Refusal::InsufficientScope {
                    description: "a token that is not within an organization is required",
                    scope: None,
                }))
            }
            // A flood causes as many of these: not one line each.
            Err(AccessTokenRejected::Unavailable(AuthError::VerificationBusy)) => {
                tracing::debug!("a request was answered 503: too many tokens wait to be verified");
                Err(unavailable())
            }
            Err(AccessTokenRejected::Unavailable(error)) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a request was answered 503, its access token could not be verified: {error}"
                );
                Err(unavailable())
            }
            // Clients of one address have many tokens that expire, and renew them at 401.
            Err(AccessTokenRejected::Expired) => {
                let why = format!(
                    "the access token is not valid: {}",
                    AccessTokenRejected::Expired
                );
                Err(refused(Refusal::InvalidToken(&why)))
            }
            Err(rejected) => {
                tracing::debug!(%rejected, "an access token was rejected");
                let limits = self.client_limits(headers, extensions);
                if let Err(exceeded) = limits.take(Limited::AccessTokens) {
                    let mut response = too_many();
                    exceeded.set(&mut response);
                    return Err(response);
                }
                let why = format!("the access token is not valid: {rejected}");
                Err(refused(Refusal::InvalidToken(&why)))
            }
        }
    }
}

/// The credentials in the header `Authorization`.
enum Credentials<'a> {
    /// None of the scheme `Bearer`.
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
        return Credentials::Malformed("there is more than one Authorization header");
    }
    let Ok(value) = value.to_str() else {
        return Credentials::Malformed("the Authorization header is not ASCII");
    };
    // RFC 9110 §11.1: the scheme is case-insensitive.
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Credentials::None;
    }
    let token = token.trim_start_matches(' ');
    if is_b64token(token) {
        Credentials::Token(token)
    } else {
        Credentials::Malformed("the Authorization header has no Bearer token")
    }
}

/// Returns whether a token has the syntax of RFC 6750 §2.1.
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
    type Passed = ();

    async fn pass(&self, mut request: Request<Body>) -> Result<(Request<Body>, ()), Response> {
        let token = self.admit(request.headers(), request.extensions()).await?;
        request.extensions_mut().insert(token);
        request.extensions_mut().insert(self.metadata_url.clone());
        Ok((request, ()))
    }

    fn finish(&self, (): &(), response: &mut Response) {
        let no_store = HeaderValue::from_static("no-store");
        response
            .headers_mut()
            .entry(CACHE_CONTROL)
            .or_insert(no_store);
    }
}

/// Extractor of the verified access token of a request to a [`ProtectedApi`]:
/// it identifies the caller and says what the caller is allowed to do.
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

/// The route is not under [`ProtectedApi`].
///
/// Add the layer to the route. Until then, requests are answered with 401.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("this route is not under ProtectedApi: add the layer to it with Router::route_layer")]
#[non_exhaustive]
pub struct MissingProtectedApi;

impl IntoResponse for MissingProtectedApi {
    fn into_response(self) -> Response {
        Refusal::NoToken.response(&MetadataUrl::default())
    }
}
