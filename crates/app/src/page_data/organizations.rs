use std::sync::Arc;

use auth_core::{AccessTokenRequest, AuthError, ErrorKind, Organization, OrganizationId};
use auth_leptos::RequestSession;
use axum::extract::Query;
use serde::Deserialize;

use super::{Access, access, told};

/// For `/organizations`: of which the user is a member, and what that allows.
#[derive(Clone, Debug)]
pub(crate) struct Organizations {
    pub(crate) all: Result<Arc<[OrganizationAccess]>, ErrorKind>,
    /// The one that the address asks about.
    pub(crate) asked: Option<AskedOrganization>,
}

/// What the user may do in an organization.
#[derive(Clone, Debug)]
pub(crate) struct OrganizationAccess {
    pub(crate) organization: Organization,
    /// `None` where it was not asked for: each takes two tokens, and a session
    /// keeps some dozen.
    pub(crate) permissions: Option<Permissions>,
}

/// What a member may do.
#[derive(Clone, Debug)]
pub(crate) struct Permissions {
    /// In the organization itself.
    pub(crate) inside: Access,
    /// At the first API, as a member of it; its indicator stands beside.
    pub(crate) at_api: Option<(Arc<str>, Access)>,
}

/// Of how many organizations the permissions are shown without being asked for.
const MOST_SHOWN: usize = 6;

/// The answer for an organization of the visitor's choice.
#[derive(Clone, Debug)]
pub(crate) struct AskedOrganization {
    pub(crate) id: OrganizationId,
    pub(crate) access: Access,
}

#[derive(Deserialize)]
struct Asked {
    organization: Option<String>,
}

/// The longest id asked about; Logto's have 12 characters.
const MAX_ID: usize = 64;

pub(super) async fn load(
    session: &RequestSession,
    query: &str,
) -> Result<Organizations, AuthError> {
    let all = match told(session.organizations().await)? {
        Ok(all) => {
            let mut accesses = Vec::with_capacity(all.len());
            for (place, organization) in all.into_iter().enumerate() {
                let permissions = match place < MOST_SHOWN {
                    true => Some(permissions_in(session, &organization.id).await?),
                    false => None,
                };
                accesses.push(OrganizationAccess {
                    organization,
                    permissions,
                });
            }
            Ok(accesses.into())
        }
        Err(kind) => Err(kind),
    };
    let asked = match asked(query) {
        Some(id) => {
            let wanted = AccessTokenRequest::organization(id.clone());
            let access = access::of(session, &wanted).await?;
            Some(AskedOrganization { id, access })
        }
        None => None,
    };
    Ok(Organizations { all, asked })
}

fn asked(query: &str) -> Option<OrganizationId> {
    let uri = format!("/?{query}").parse().ok()?;
    let Query(Asked { organization }) = Query::try_from_uri(&uri).ok()?;
    organization
        .map(|id| id.trim().to_owned())
        .filter(|id| (1..=MAX_ID).contains(&id.len()))
        .map(OrganizationId::new)
}

async fn permissions_in(
    session: &RequestSession,
    id: &OrganizationId,
) -> Result<Permissions, AuthError> {
    let inside = access::of(session, &AccessTokenRequest::organization(id.clone())).await?;
    let at_api = match session.config().api_resources().next() {
        Some(api) => {
            let wanted = AccessTokenRequest::from(api).in_organization(id.clone());
            let access = access::of(session, &wanted).await?;
            Some((api.as_str().into(), access))
        }
        None => None,
    };
    Ok(Permissions { inside, at_api })
}
