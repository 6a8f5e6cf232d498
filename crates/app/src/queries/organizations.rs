use auth_core::{AccessTokenRequest, AuthError, Organization, OrganizationId};
use auth_leptos::{PublicError, RequestSession};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    TokenResult,
    signed_in::{for_signed_in, split_store_error},
    token_info,
};

/// The data of the page `/organizations`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OrganizationsData {
    pub(crate) memberships: Result<Vec<Membership>, PublicError>,
    /// The organization that the user asks for by its id.
    pub(crate) asked: Option<AskedOrganization>,
}

/// An organization that the user is a member of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Membership {
    pub(crate) id: OrganizationId,
    /// The name, if known.
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) roles: Vec<String>,
    /// `None` beyond the first [`MAX_WITH_PERMISSIONS`] organizations.
    pub(crate) permissions: Option<Permissions>,
}

/// A member's permissions.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Permissions {
    /// In the organization itself.
    pub(crate) in_organization: TokenResult,
    /// At the first API resource as a member of the organization, with the
    /// resource's indicator.
    pub(crate) at_api: Option<(String, TokenResult)>,
}

/// The number of organizations whose permissions are loaded with the list: each
/// needs two tokens, and a session keeps a limited number of tokens.
const MAX_WITH_PERMISSIONS: usize = 6;

/// The user's token for the organization that they ask for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AskedOrganization {
    pub(crate) id: OrganizationId,
    pub(crate) token: TokenResult,
}

/// The longest organization id accepted, in bytes. Logto's ids have 12.
const MAX_ID: usize = 64;

/// Returns the user's organizations and permissions in them, and the permissions in
/// the organization with the id `asked`.
#[server(endpoint = "organizations")]
pub(crate) async fn organizations(asked: Option<String>) -> Result<OrganizationsData, PublicError> {
    for_signed_in(async |session, _| {
        Ok(OrganizationsData {
            memberships: memberships(session).await?,
            asked: match asked.as_deref().and_then(valid_id) {
                Some(id) => {
                    let request = AccessTokenRequest::organization(id.clone());
                    let token = token_info::load(session, &request).await?;
                    Some(AskedOrganization { id, token })
                }
                None => None,
            },
        })
    })
    .await
}

async fn memberships(
    session: &RequestSession,
) -> Result<Result<Vec<Membership>, PublicError>, AuthError> {
    let organizations = match split_store_error(session.organizations().await)? {
        Ok(organizations) => organizations,
        Err(error) => return Ok(Err(error)),
    };
    let mut memberships = Vec::with_capacity(organizations.len());
    for (index, organization) in organizations.into_iter().enumerate() {
        let permissions = match index < MAX_WITH_PERMISSIONS {
            true => Some(permissions_in(session, &organization.id).await?),
            false => None,
        };
        let Organization {
            id,
            name,
            description,
            roles,
            ..
        } = organization;
        memberships.push(Membership {
            id,
            name,
            description,
            roles,
            permissions,
        });
    }
    Ok(Ok(memberships))
}

fn valid_id(id: &str) -> Option<OrganizationId> {
    let id = id.trim();
    (1..=MAX_ID)
        .contains(&id.len())
        .then(|| OrganizationId::new(id))
}

async fn permissions_in(
    session: &RequestSession,
    id: &OrganizationId,
) -> Result<Permissions, AuthError> {
    let request = AccessTokenRequest::organization(id.clone());
    let in_organization = token_info::load(session, &request).await?;
    let at_api = match session.config().api_resources().next() {
        Some(api) => {
            let request = AccessTokenRequest::from(api).in_organization(id.clone());
            let token = token_info::load(session, &request).await?;
            Some((api.as_str().to_owned(), token))
        }
        None => None,
    };
    Ok(Permissions {
        in_organization,
        at_api,
    })
}
