//! What a guard requires, and the responses to requests that do not meet it.

use std::{fmt, sync::Arc, time::Duration};

use auth_core::{AccessTokenRequest, AuthError, VerifiedAccessToken};
use axum::{
    body::Body,
    http::Request,
    response::{IntoResponse as _, Response},
};

use super::guarded_path::GuardedPath;
use super::{
    challenge::{MetadataUrl, Refusal},
    protected_api::MissingProtectedApi,
};
use crate::{
    RequestSession,
    refusal::{RequestSource, refused},
};

/// A requirement, and how old the claims may be that it is decided by.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    pub(super) requirement: Requirement,
    pub(super) max_age: Duration,
    /// The part of the application to protect; all of it if there is none.
    pub(super) path: Option<GuardedPath>,
}

#[derive(Clone, Debug)]
pub(super) enum Requirement {
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
    /// Nothing but fresh claims.
    FreshClaims,
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scope { scope, .. } => write!(f, "the scope {scope}"),
            Self::Role(role) => write!(f, "the role {role}"),
            Self::OrganizationRole { organization, role } => {
                write!(f, "the role {role} in the organization {organization}")
            }
            Self::FreshClaims => f.write_str("a session with fresh claims"),
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
            Self::FreshClaims => false,
        }
    }

    async fn is_met_by_session(
        &self,
        request: &RequestSession,
        max_age: Duration,
    ) -> Result<bool, AuthError> {
        Ok(match self {
            Self::Scope { resource: None, .. } => false,
            Self::Scope {
                scope,
                resource: Some(wanted),
            } => {
                let token = request.fresh_access_token(wanted, max_age).await?;
                token.scope().iter().any(|granted| **granted == **scope)
            }
            Self::Role(role) => request.fresh_claims(max_age).await?.has_role(role),
            Self::OrganizationRole { organization, role } => {
                let session = request.fresh_claims(max_age).await?;
                session.has_organization_role(organization, role)
            }
            Self::FreshClaims => request.fresh_claims(max_age).await.map(|_| true)?,
        })
    }

    /// Returns whether a session can meet the requirement.
    fn is_for_pages(&self) -> bool {
        !matches!(self, Self::Scope { resource: None, .. })
    }

    fn scope(&self) -> Option<&str> {
        match self {
            Self::Scope { scope, .. } => Some(scope),
            Self::Role(_) | Self::OrganizationRole { .. } | Self::FreshClaims => None,
        }
    }
}

impl Guard {
    /// Returns whether the guard decides about a request.
    pub(super) fn covers(&self, request: &Request<Body>) -> bool {
        let path = self.path.as_ref();
        path.is_none_or(|path| path.covers(request.uri(), request.extensions()))
    }

    /// Fails with the response to a request that does not meet the requirement.
    pub(super) async fn check(&self, credentials: Credentials) -> Result<(), Response> {
        let requirement = &self.requirement;
        match credentials {
            Credentials::Token(token, _) if requirement.is_met_by_token(&token) => Ok(()),
            Credentials::Token(_, metadata) => Err(Refusal::InsufficientScope {
                description: &format!("{requirement} is required"),
                scope: requirement.scope(),
            }
            .response(&metadata)),
            Credentials::Session(session, source) if requirement.is_for_pages() => {
                self.check_session(&session, &source).await
            }
            // Without its layer a route serves nobody.
            Credentials::Session(..) => {
                tracing::error!(required = %requirement, "{MissingProtectedApi}");
                Err(MissingProtectedApi.into_response())
            }
            Credentials::None => {
                tracing::error!(
                    required = %requirement,
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
        session: &RequestSession,
        source: &RequestSource,
    ) -> Result<(), Response> {
        let is_met = self.requirement.is_met_by_session(session, self.max_age);
        let error = match is_met.await {
            Ok(true) => return Ok(()),
            Ok(false) => AuthError::Forbidden {
                what: self.requirement.to_string(),
            },
            Err(error) => error,
        };
        Err(refused(source, session.auth(), &session.language(), &error))
    }
}

/// How a request is authenticated.
pub(super) enum Credentials {
    /// By an access token, under `ProtectedApi`.
    Token(VerifiedAccessToken, MetadataUrl),
    /// By a session, under `SessionLayer`.
    Session(RequestSession, RequestSource),
    /// Not at all: the route is under neither layer.
    None,
}

impl Credentials {
    pub(super) fn of(request: &Request<Body>) -> Self {
        let extensions = request.extensions();
        if let Some(token) = extensions.get::<VerifiedAccessToken>() {
            let metadata = extensions.get().cloned().unwrap_or_default();
            return Self::Token(token.clone(), metadata);
        }
        match extensions.get::<RequestSession>() {
            Some(session) => {
                let source = RequestSource::from_request(
                    request.method(),
                    request.uri(),
                    request.headers(),
                    extensions,
                );
                Self::Session(session.clone(), source)
            }
            None => Self::None,
        }
    }
}
