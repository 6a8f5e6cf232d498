//! Organizations: Logto's tenants within a tenant.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Auth, AuthError, Claim, Claims, Scope, Session, UserClaims};

/// An organization's id, as Logto's console shows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrganizationId(String);

impl OrganizationId {
    /// The id of an organization.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The id as it stands in requests.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OrganizationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for OrganizationId {
    fn from(id: &str) -> Self {
        Self::new(id)
    }
}

impl From<String> for OrganizationId {
    fn from(id: String) -> Self {
        Self(id)
    }
}

/// A role of the user's in an organization: Logto writes it
/// `<organization id>:<role>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct OrganizationRole {
    /// In which.
    pub organization: OrganizationId,
    /// The role's name.
    pub role: String,
}

impl OrganizationRole {
    /// Reads Logto's form. An id holds no colon; a role's name may.
    pub fn parse(text: &str) -> Option<Self> {
        let (organization, role) = text.split_once(':')?;
        Some(Self {
            organization: OrganizationId::new(organization),
            role: role.to_owned(),
        })
    }
}

/// An organization that the user is a member of.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// Its name; `None` where the provider did not tell.
    pub name: Option<String>,
    /// Its description, where it has one.
    pub description: Option<String>,
    /// The user's roles in it; empty as well without the scope
    /// `urn:logto:scope:organization_roles`.
    pub roles: Vec<String>,
}

impl Organization {
    /// What userinfo says of the user's organizations: all that are named in
    /// `organization_data`, `organizations` or `organization_roles`, in that
    /// order.
    pub(crate) fn all(user_info: &Claims) -> Result<Vec<Self>, AuthError> {
        let claims: UserClaims = user_info
            .deserialize()
            .map_err(|error| AuthError::InvalidAnswer(error.to_string()))?;
        if claims.organizations == Claim::Absent && claims.organization_data == Claim::Absent {
            return Err(AuthError::ScopeMissing {
                scope: Scope::Organizations.to_string(),
            });
        }
        let mut all: Vec<Self> = Vec::new();
        for data in claims.organization_data.given().into_iter().flatten() {
            all.push(Self {
                id: data.id.clone(),
                name: data.name.clone(),
                description: data.description.clone(),
                roles: Vec::new(),
            });
        }
        let roles = claims.organization_roles.given();
        let ids = claims.organizations.given().into_iter().flatten();
        let in_roles = roles.into_iter().flatten().map(|role| &role.organization);
        for id in ids.chain(in_roles) {
            if all.iter().all(|known| known.id != *id) {
                all.push(Self {
                    id: id.clone(),
                    name: None,
                    description: None,
                    roles: Vec::new(),
                });
            }
        }
        for role in roles.into_iter().flatten() {
            if let Some(known) = all.iter_mut().find(|known| known.id == role.organization) {
                known.roles.push(role.role.clone());
            }
        }
        Ok(all)
    }
}

impl Auth {
    /// The organizations of the session's user, with names and roles, as they
    /// are now: asked of the userinfo endpoint.
    ///
    /// # Errors
    ///
    /// [`AuthError::ScopeMissing`] when the sign-in did not ask for
    /// [`Scope::Organizations`]; else as [`user_info`](Self::user_info).
    pub async fn organizations(&self, session: &Session) -> Result<Vec<Organization>, AuthError> {
        Organization::all(&self.user_info(session).await?.claims)
    }
}
