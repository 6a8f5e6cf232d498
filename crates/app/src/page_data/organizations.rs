use std::sync::Arc;

use auth_core::{AccessTokenRequest, AuthError, ErrorKind, Organization, OrganizationId};
use auth_leptos::RequestSession;
use axum::extract::Query;
use serde::Deserialize;

use super::{TokenResult, failure::split_store_error, token_info};

/// The data of the page `/organizations`.
#[derive(Clone, Debug)]
pub(crate) struct OrganizationsData {
    pub(crate) memberships: Result<Arc<[Membership]>, ErrorKind>,
    /// The organization named in the address's query.
    pub(crate) asked: Option<AskedOrganization>,
}

/// An organization that the user is a member of.
#[derive(Clone, Debug)]
pub(crate) struct Membership {
    pub(crate) organization: Organization,
    /// `None` beyond the first [`MAX_WITH_PERMISSIONS`] organizations.
    pub(crate) permissions: Option<Permissions>,
}

/// A member's permissions.
#[derive(Clone, Debug)]
pub(crate) struct Permissions {
    /// In the organization itself.
    pub(crate) in_organization: TokenResult,
    /// At the first API resource as a member of the organization, with the
    /// resource's indicator.
    pub(crate) at_api: Option<(Arc<str>, TokenResult)>,
}

/// The number of organizations whose permissions are loaded with the list: each
/// needs two tokens, and a session keeps a limited number of tokens.
const MAX_WITH_PERMISSIONS: usize = 6;

/// The user's token for the organization named in the address's query.
#[derive(Clone, Debug)]
pub(crate) struct AskedOrganization {
    pub(crate) id: OrganizationId,
    pub(crate) token: TokenResult,
}

#[derive(Deserialize)]
struct PageQuery {
    organization: Option<String>,
}

/// The longest organization id accepted, in bytes. Logto's ids have 12.
const MAX_ID: usize = 64;

pub(super) async fn load(
    session: &RequestSession,
    query: &str,
) -> Result<OrganizationsData, AuthError> {
    let memberships = match split_store_error(session.organizations().await)? {
        Ok(organizations) => {
            let mut memberships = Vec::with_capacity(organizations.len());
            for (index, organization) in organizations.into_iter().enumerate() {
                let permissions = match index < MAX_WITH_PERMISSIONS {
                    true => Some(permissions_in(session, &organization.id).await?),
                    false => None,
                };
                memberships.push(Membership {
                    organization,
                    permissions,
                });
            }
            Ok(memberships.into())
        }
        Err(kind) => Err(kind),
    };
    let asked = match asked_organization(query) {
        Some(id) => {
            let request = AccessTokenRequest::organization(id.clone());
            let token = token_info::load(session, &request).await?;
            Some(AskedOrganization { id, token })
        }
        None => None,
    };
    Ok(OrganizationsData { memberships, asked })
}

fn asked_organization(query: &str) -> Option<OrganizationId> {
    let uri = format!("/?{query}").parse().ok()?;
    let Query(PageQuery { organization }) = Query::try_from_uri(&uri).ok()?;
    organization
        .map(|id| id.trim().to_owned())
        .filter(|id| (1..=MAX_ID).contains(&id.len()))
        .map(OrganizationId::new)
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
            Some((api.as_str().into(), token))
        }
        None => None,
    };
    Ok(Permissions {
        in_organization,
        at_api,
    })
}
