//! What a verified access token tells an API.

use std::{fmt, sync::Arc};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::claims::roles;

/// An access token that passed every check: who calls, for whom, and what they
/// may do. The token itself is not in it. Cheap to clone.
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

    /// The user it was granted by; for a token that an application got for
    /// itself, the application.
    pub fn sub(&self) -> &str {
        &self.0.sub
    }

    /// The application it was granted to.
    pub fn client_id(&self) -> Option<&str> {
        self.0.client_id.as_deref()
    }

    /// What it allows: empty for a user without permissions.
    pub fn scope(&self) -> &[String] {
        &self.0.scope
    }

    /// Whether it allows `scope`.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.0.scope.iter().any(|granted| granted == scope)
    }

    /// The organization it was granted within, if any: the claim
    /// `organization_id`, or the organization that is its audience.
    pub fn organization_id(&self) -> Option<&str> {
        self.0.organization_id.as_deref()
    }

    /// When it ends.
    pub fn expires_at(&self) -> OffsetDateTime {
        self.0.expires_at
    }

    /// When it was issued.
    pub fn issued_at(&self) -> OffsetDateTime {
        self.0.issued_at
    }

    /// Its own name, where the provider gave it one.
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

    /// Everything in it, as it came: custom claims too.
    pub fn claims(&self) -> &Map<String, Value> {
        &self.0.claims
    }

    /// Its claims as a type of the caller's.
    ///
    /// # Errors
    ///
    /// When the claims do not fit the type.
    pub fn custom<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        T::deserialize(self.claims())
    }
}

/// Without anything personal.
impl fmt::Debug for VerifiedAccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedAccessToken")
            .field("scope", &self.0.scope)
            .field("expires_at", &self.0.expires_at)
            .finish_non_exhaustive()
    }
}
