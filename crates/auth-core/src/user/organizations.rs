//! The organizations of the user, from the userinfo endpoint.

use super::user_info::user_info;
use crate::{
    claims::{Claims, claim::Claim, typed::UserClaims},
    context::Context,
    error::AuthError,
    oauth::{organization_id::OrganizationId, scope::Scope},
    session::Session,
    tokens::refresh::Refreshes,
};

/// An organization of which the user is a member.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Organization {
    /// The id.
    pub id: OrganizationId,
    /// The name, if known.
    pub name: Option<String>,
    /// The description, if there is one.
    pub description: Option<String>,
    /// The user's roles in it. Always empty without the scope
    /// `urn:logto:scope:organization_roles`.
    pub roles: Vec<String>,
}

impl Organization {
    /// Reads the organizations from the claims `organization_data`,
    /// `organizations` and `organization_roles`, in this order.
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

/// Returns the current organizations of the session's user.
pub(crate) async fn organizations(
    context: &Context,
    refreshes: &Refreshes,
    session: &Session,
) -> Result<Vec<Organization>, AuthError> {
    Organization::all(&user_info(context, refreshes, session).await?.claims)
}
