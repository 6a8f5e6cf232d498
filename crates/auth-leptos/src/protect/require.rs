//! What a route takes beyond being signed in: a scope or a role.

use std::{fmt, sync::Arc};

use auth_core::{AccessTokenRequest, AuthError, Config, Session, VerifiedAccessToken};
use axum::{
    body::Body,
    extract::OriginalUri,
    http::{HeaderValue, Method, Request, StatusCode},
    response::{IntoResponse as _, Response},
};
use tower::Layer;

use super::{
    bearer::MissingProtectedApi,
    challenge::{MetadataUrl, Refusal},
};
use crate::{
    RequestSession,
    gate::{Gate, GateService},
    response::{RedirectStyle, no_store, redirect, session_unavailable},
};

/// Layer for routes that take a scope.
///
/// Under a [`ProtectedApi`](crate::ProtectedApi) the caller's access token must
/// allow it; others are answered with 403. On pages, under
/// [`SessionLayer`](crate::SessionLayer), it is what the user may do at an API
/// ([`for_resource`](Self::for_resource)): who is signed out is sent to sign in, who may not to the
/// error page.
///
/// Without either nobody is let in.
#[derive(Clone, Debug)]
pub struct RequireScope(Requirement);

/// Layer for routes that take a role, by the claim `roles`.
///
/// Under a [`ProtectedApi`](crate::ProtectedApi) it is the access token's
/// claim, and who has not got the role is answered with 403; Logto puts it there
/// only where a custom JWT script does. On pages, under
/// [`SessionLayer`](crate::SessionLayer), it is the session's: who is signed
/// out is sent to sign in, who has not got the role to the error page.
#[derive(Clone, Debug)]
pub struct RequireRole(Requirement);

/// Layer for routes that take a role in an organization, by the claim
/// `organization_roles`; otherwise as [`RequireRole`].
#[derive(Clone, Debug)]
pub struct RequireOrganizationRole(Requirement);

impl RequireScope {
    /// Takes `scope`.
    pub fn new(scope: impl Into<String>) -> Self {
        Self(Requirement::Scope {
            scope: scope.into().into(),
            at: None,
        })
    }

    /// For pages: of an access token for this API, or this organization, that
    /// is asked for with the session's refresh token.
    #[must_use]
    pub fn for_resource(self, wanted: impl Into<AccessTokenRequest>) -> Self {
        let at = Some(wanted.into().into());
        Self(match self.0 {
            Requirement::Scope { scope, .. } => Requirement::Scope { scope, at },
            other => other,
        })
    }
}

impl RequireRole {
    /// Takes the role of this name.
    pub fn new(role: impl Into<String>) -> Self {
        Self(Requirement::Role(role.into().into()))
    }
}

impl RequireOrganizationRole {
    /// Takes the role of this name in the organization of this id.
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
        /// Where a page's user has to have it.
        at: Option<Arc<AccessTokenRequest>>,
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
            Self::Scope { at: None, .. } => false,
            Self::Scope {
                scope,
                at: Some(wanted),
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

    /// Whether a session can meet it.
    fn is_for_pages(&self) -> bool {
        !matches!(self, Self::Scope { at: None, .. })
    }

    fn scope(&self) -> Option<&str> {
        match self {
            Self::Scope { scope, .. } => Some(scope),
            Self::Role(_) | Self::OrganizationRole { .. } => None,
        }
    }

    /// Whether the request may pass; the answer if not.
    async fn check(&self, asked: Asked) -> Result<(), Response> {
        match asked {
            Asked::WithToken(token, _) if self.is_met_by_token(&token) => Ok(()),
            Asked::WithToken(_, metadata) => Err(Refusal::InsufficientScope {
                description: &format!("it takes {self}"),
                scope: self.scope(),
            }
            .answer(&metadata)),
            Asked::WithSession(session, page) if self.is_for_pages() => {
                self.check_session(&session, page.as_deref()).await
            }
            // A layer is missing: nobody is let in.
            Asked::WithSession(..) | Asked::Bare => {
                tracing::error!(requirement = %self, "{MissingProtectedApi}");
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
        let send_to = |location: &str| {
            let base_url = auth.config().base_url().as_str();
            redirect(location, base_url, RedirectStyle::SeeOther, Vec::new())
        };
        let signed_out = || match page {
            Some(page) => send_to(&sign_in_page(page)),
            None => no_store(StatusCode::UNAUTHORIZED.into_response()),
        };
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
        Err(send_to(&auth.report(&error, Some(&page))))
    }
}

/// The page that asks for a sign-in, to return to `page` afterwards.
fn sign_in_page(page: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("callbackUrl", page)
        .finish();
    format!("{}/signin?{query}", Config::BASE_PATH)
}

/// How a request came.
enum Asked {
    /// Through a `ProtectedApi`.
    WithToken(VerifiedAccessToken, MetadataUrl),
    /// Through a `SessionLayer`; the address of the page, where a browser can
    /// come back to it.
    WithSession(RequestSession, Option<String>),
    /// Through neither.
    Bare,
}

impl Asked {
    fn of(request: &Request<Body>) -> Self {
        let extensions = request.extensions();
        if let Some(token) = extensions.get::<VerifiedAccessToken>() {
            let metadata = extensions.get().cloned().unwrap_or_default();
            return Self::WithToken(token.clone(), metadata);
        }
        match extensions.get::<RequestSession>() {
            Some(session) => Self::WithSession(session.clone(), page_of(request)),
            None => Self::Bare,
        }
    }
}

fn page_of(request: &Request<Body>) -> Option<String> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return None;
    }
    // In a nested router the address lacks its beginning.
    let uri = match request.extensions().get::<OriginalUri>() {
        Some(OriginalUri(uri)) => uri,
        None => request.uri(),
    };
    uri.path_and_query().map(ToString::to_string)
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
            async fn pass(&self, request: Request<Body>) -> Result<Request<Body>, Response> {
                let asked = Asked::of(&request);
                self.0.check(asked).await.map(|()| request)
            }

            fn cache_control(&self) -> Option<HeaderValue> {
                // It is the outer layer's, which knows who asks.
                None
            }
        })*
    };
}

layer! { RequireScope RequireRole RequireOrganizationRole }
