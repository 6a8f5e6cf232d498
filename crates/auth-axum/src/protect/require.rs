//! Layers for routes that require a scope or a role.

use std::{fmt, sync::Arc};

use auth_core::{AccessTokenRequest, AuthError, Session, VerifiedAccessToken};
use axum::{
    body::Body,
    http::Request,
    response::{IntoResponse as _, Response},
};
use tower::Layer;

use super::{
    challenge::{MetadataUrl, Refusal},
    protected_api::MissingProtectedApi,
};

use crate::{
    RequestSession,
    gate::{Gate, GateService},
    navigation::page_address,
    response::{RedirectStyle, redirect, session_unavailable, sign_in_required},
};

/// Layer for routes that require a scope.
///
/// - In an API, under [`ProtectedApi`](crate::ProtectedApi), the caller's access
///   token must have the scope. Otherwise the request is answered with 403.
/// - On a page, under [`SessionLayer`](crate::SessionLayer), the user must have
///   the scope at the API named by [`for_resource`](Self::for_resource). A
///   signed-out user is redirected to sign in, a user without the scope to the
///   error page.
///
/// A route under neither layer is answered with 401.
///
/// ```
/// use auth_axum::{RequireScope, SessionLayer};
/// use auth_core::Auth;
/// use axum::{Router, routing::get};
///
/// fn pages(auth: Auth) -> Router {
///     let billing =
///         RequireScope::new("read:invoices").for_resource("https://billing.example.com/api");
///     Router::new()
///         .route("/invoices", get(|| async { "Invoices" }).route_layer(billing))
///         // The last layer is the first to run.
///         .route_layer(SessionLayer::new(auth))
/// }
/// ```
#[derive(Clone, Debug)]
pub struct RequireScope(Requirement);

/// Layer for routes that require a role, by the claim `roles`.
///
/// - In an API, under [`ProtectedApi`](crate::ProtectedApi), it reads the claim
///   of the access token. A caller without the role is answered with 403. Logto
///   puts the claim into access tokens only if a custom JWT script does.
/// - On a page, under [`SessionLayer`](crate::SessionLayer), it reads the claim
///   of the session. A signed-out user is redirected to sign in, a user without
///   the role to the error page.
///
/// A route under neither layer is answered with 401.
///
/// ```
/// use auth_axum::{RequireRole, SessionLayer};
/// use auth_core::Auth;
/// use axum::{Router, routing::get};
///
/// fn pages(auth: Auth) -> Router {
///     Router::new()
///         .route("/admin", get(|| async { "Users" }).route_layer(RequireRole::new("admin")))
///         .route_layer(SessionLayer::new(auth))
/// }
/// ```
#[derive(Clone, Debug)]
pub struct RequireRole(Requirement);

/// Layer for routes that require a role in an organization, by the claim
/// `organization_roles`. Otherwise like [`RequireRole`].
#[derive(Clone, Debug)]
pub struct RequireOrganizationRole(Requirement);

impl RequireScope {
    /// Requires the scope `scope`.
    pub fn new(scope: impl Into<String>) -> Self {
        Self(Requirement::Scope {
            scope: scope.into().into(),
            resource: None,
        })
    }

    /// Sets the API, or the organization, at which the user of a page must have
    /// the scope. The layer gets an access token for it with the session's
    /// refresh token.
    #[must_use]
    pub fn for_resource(self, wanted: impl Into<AccessTokenRequest>) -> Self {
        let resource = Some(wanted.into().into());
        Self(match self.0 {
            Requirement::Scope { scope, .. } => Requirement::Scope { scope, resource },
            other => other,
        })
    }
}

impl RequireRole {
    /// Requires the role with this name.
    pub fn new(role: impl Into<String>) -> Self {
        Self(Requirement::Role(role.into().into()))
    }
}

impl RequireOrganizationRole {
    /// Requires the role with this name in the organization with this id.
    pub fn new(organization: impl Into<String>, role: impl Into<String>) -> Self {
        Self(Requirement::OrganizationRole {
            organization: organization.into().into(),
            role: role.into().into(),
        })
    }
}

#[derive(Clone, Debug)]
enum Requirement {
    Scope {
        scope: Arc<str>,
        /// The API at which the user of a page must have it.
        resource: Option<Arc<AccessTokenRequest>>,
    },
    Role(Arc<str>),
    OrganizationRole {
        organization: Arc<str>,
        role: Arc<str>,
    },
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scope { scope, .. } => write!(f, "the scope {scope}"),
            Self::Role(role) => write!(f, "the role {role}"),
            Self::OrganizationRole { organization, role } => {
                write!(f, "the role {role} in the organization {organization}")
            }
        }
    }
}

impl Requirement {
    fn is_met_by_token(&self, token: &VerifiedAccessToken) -> bool {
        match self {
            Self::Scope { scope, .. } => token.has_scope(scope),
            Self::Role(role) => token.has_role(role),
            Self::OrganizationRole { organization, role } => {
                token.has_organization_role(organization, role)
            }
        }
    }

    async fn is_met_by_session(
        &self,
        request: &RequestSession,
        session: &Session,
    ) -> Result<bool, AuthError> {
        Ok(match self {
            Self::Scope { resource: None, .. } => false,
            Self::Scope {
                scope,
                resource: Some(wanted),
            } => {
                let token = request.access_token(wanted).await?;
                token.scope().iter().any(|granted| **granted == **scope)
            }
            Self::Role(role) => session.has_role(role),
            Self::OrganizationRole { organization, role } => {
                session.has_organization_role(organization, role)
            }
        })
    }

    /// Returns whether a session can meet the requirement.
    fn is_for_pages(&self) -> bool {
        !matches!(self, Self::Scope { resource: None, .. })
    }

    fn scope(&self) -> Option<&str> {
        match self {
            Self::Scope { scope, .. } => Some(scope),
            Self::Role(_) | Self::OrganizationRole { .. } => None,
        }
    }

    /// Fails with the response to a request that does not meet the requirement.
    async fn check(&self, credentials: Credentials) -> Result<(), Response> {
        match credentials {
            Credentials::Token(token, _) if self.is_met_by_token(&token) => Ok(()),
            Credentials::Token(_, metadata) => Err(Refusal::InsufficientScope {
                description: &format!("{self} is required"),
                scope: self.scope(),
            }
            .response(&metadata)),
            Credentials::Session(session, page) if self.is_for_pages() => {
                self.check_session(&session, page.as_deref()).await
            }
            // Without its layer a route serves nobody.
            Credentials::Session(..) => {
                tracing::error!(required = %self, "{MissingProtectedApi}");
                Err(MissingProtectedApi.into_response())
            }
            Credentials::None => {
                tracing::error!(
                    required = %self,
                    "a guarded route is under no layer that says who calls, so nobody gets in: \
                     call `.with_auth(&auth)` on the router, after all routes and the fallback; \
                     in an API, add ProtectedApi"
                );
                Err(MissingProtectedApi.into_response())
            }
        }
    }

    async fn check_session(
        &self,
        request: &RequestSession,
        page: Option<&str>,
    ) -> Result<(), Response> {
        let auth = request.auth();
        let redirect_to = |location: &str| {
            let base_url = auth.config().base_url().as_str();
            redirect(location, base_url, RedirectStyle::SeeOther, Vec::new())
        };
        let signed_out = || sign_in_required(page, auth.config());
        let session = match request.get().await {
            Ok(Some(session)) => session,
            Ok(None) => return Err(signed_out()),
            Err(error) => return Err(session_unavailable(&error)),
        };
        let error = match self.is_met_by_session(request, &session).await {
            Ok(true) => return Ok(()),
            Ok(false) => AuthError::Forbidden {
                what: self.to_string(),
            },
            Err(error @ AuthError::Store(_)) => return Err(session_unavailable(&error)),
            Err(AuthError::NotSignedIn | AuthError::SessionEnded) => return Err(signed_out()),
            Err(error) => error,
        };
        let page = auth.redirect_target(page);
        Err(redirect_to(&auth.report(&error, Some(&page))))
    }
}

/// How a request is authenticated.
enum Credentials {
    /// By an access token, under `ProtectedApi`.
    Token(VerifiedAccessToken, MetadataUrl),
    /// By a session, under `SessionLayer`. With the address of the page if a
    /// browser can return to it.
    Session(RequestSession, Option<String>),
    /// Not at all: the route is under neither layer.
    None,
}

impl Credentials {
    fn of(request: &Request<Body>) -> Self {
        let extensions = request.extensions();
        if let Some(token) = extensions.get::<VerifiedAccessToken>() {
            let metadata = extensions.get().cloned().unwrap_or_default();
            return Self::Token(token.clone(), metadata);
        }
        match extensions.get::<RequestSession>() {
            Some(session) => {
                let page = page_address(
                    request.method(),
                    request.uri(),
                    request.headers(),
                    extensions,
                );
                Self::Session(session.clone(), page)
            }
            None => Self::None,
        }
    }
}

macro_rules! layer {
    ($($layer:ident)*) => {
        $(impl<S> Layer<S> for $layer {
            type Service = GateService<Self, S>;

            fn layer(&self, inner: S) -> Self::Service {
                GateService::new(self.clone(), inner)
            }
        }

        impl Gate for $layer {
            type Passed = ();

            async fn pass(&self, request: Request<Body>) -> Result<(Request<Body>, ()), Response> {
                let credentials = Credentials::of(&request);
                self.0.check(credentials).await.map(|()| (request, ()))
            }
        })*
    };
}

layer! { RequireScope RequireRole RequireOrganizationRole }
