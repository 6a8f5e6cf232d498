//! A verified access token, as an API sees it; and why one is not accepted.

use std::{fmt, sync::Arc};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::{jws::JwsError, table::Rejection};
use crate::{claims::roles, error::AuthError};

/// The claims of an access token that passed every check: which user, which
/// application, which permissions. Does not contain the token. Cheap to clone.
#[derive(Clone)]
pub struct VerifiedAccessToken(Arc<Content>);

pub(crate) struct Content {
    pub(crate) sub: String,
    pub(crate) client_id: Option<String>,
    pub(crate) scope: Vec<String>,
    pub(crate) organization_id: Option<String>,
    pub(crate) expires_at: OffsetDateTime,
    pub(crate) issued_at: OffsetDateTime,
    pub(crate) jti: Option<String>,
    pub(crate) claims: Map<String, Value>,
}

impl VerifiedAccessToken {
    pub(crate) fn new(content: Content) -> Self {
        Self(Arc::new(content))
    }

    /// Returns the user (`sub`). For a token that an application requested for
    /// itself: the application.
    pub fn sub(&self) -> &str {
        &self.0.sub
    }

    /// Returns the application to which the token was issued (`client_id`).
    pub fn client_id(&self) -> Option<&str> {
        self.0.client_id.as_deref()
    }

    /// Returns the granted scopes; empty for a user without permissions.
    pub fn scope(&self) -> &[String] {
        &self.0.scope
    }

    /// Returns whether `scope` was granted.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.0.scope.iter().any(|granted| granted == scope)
    }

    /// Returns the organization in which the token is valid, if any: the claim
    /// `organization_id`, or the organization in the audience.
    pub fn organization_id(&self) -> Option<&str> {
        self.0.organization_id.as_deref()
    }

    /// Returns when the token expires.
    pub fn expires_at(&self) -> OffsetDateTime {
        self.0.expires_at
    }

    /// Returns when the token was issued.
    pub fn issued_at(&self) -> OffsetDateTime {
        self.0.issued_at
    }

    /// Returns the token's id (`jti`), if it has one.
    pub fn jti(&self) -> Option<&str> {
        self.0.jti.as_deref()
    }

    /// Returns whether the claim `roles` contains this role. Logto adds the
    /// claim to access tokens only through a custom JWT.
    pub fn has_role(&self, role: &str) -> bool {
        roles::has_role(self.claims(), role)
    }

    /// Returns whether the claim `organization_roles` contains this role in the
    /// organization of this id. Logto adds the claim to access tokens only
    /// through a custom JWT.
    pub fn has_organization_role(&self, organization: &str, role: &str) -> bool {
        roles::has_organization_role(self.claims(), organization, role)
    }

    /// Returns all claims as received, including custom claims.
    pub fn claims(&self) -> &Map<String, Value> {
        &self.0.claims
    }

    /// Deserializes the claims into your own type.
    ///
    /// # Errors
    ///
    /// Fails if the claims do not fit the type.
    pub fn custom<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        T::deserialize(self.claims())
    }
}

/// Prints nothing personal.
impl fmt::Debug for VerifiedAccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedAccessToken")
            .field("scope", &self.0.scope)
            .field("expires_at", &self.0.expires_at)
            .finish_non_exhaustive()
    }
}

/// Why an access token is not accepted.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccessTokenRejected {
    /// It is not a signed JWT: perhaps an opaque token, which Logto issues if the
    /// request names no resource. The caller has to request a token for this API.
    #[error("it is not a JWT access token")]
    Malformed,
    /// It failed a check; the text says which. The caller needs another token.
    #[error("{0}")]
    Invalid(String),
    /// It has expired. The caller needs a new token.
    #[error("it has expired")]
    Expired,
    /// It is a token for the API *within an organization*, and the verifier
    /// accepts none: see [`AccessTokenVerifier::within_organizations`](crate::AccessTokenVerifier::within_organizations).
    #[error("it is within an organization, and this API accepts no such tokens")]
    WithinOrganization,
    /// The provider's keys cannot be fetched, so the token cannot be verified.
    /// Check the provider and the network.
    #[error("the provider's keys cannot be fetched")]
    Unavailable(#[source] AuthError),
}

impl From<JwsError> for AccessTokenRejected {
    fn from(error: JwsError) -> Self {
        match error {
            JwsError::Malformed(_) => Self::Malformed,
            JwsError::Unavailable(error) => Self::Unavailable(error),
            error => Self::Invalid(error.reason().to_owned()),
        }
    }
}

impl From<Rejection> for AccessTokenRejected {
    fn from(rejection: Rejection) -> Self {
        if let Rejection::OutOfTime(reason) = &rejection {
            // Clocks and settings of this server are not for callers.
            tracing::debug!("an access token is not valid: {reason}");
        }
        Self::Invalid(rejection.into_short_reason())
    }
}
