use std::sync::Arc;

use auth_core::{AccessTokenRequest, AuthError};
use auth_leptos::RequestSession;

use super::{Access, access, told};
use crate::shopping::{ListedItem, ShoppingClient, ShoppingError};

/// For `/resources`: what the user may do at each API.
#[derive(Clone, Debug)]
pub(crate) struct ApiResources {
    pub(crate) all: Arc<[ResourceAccess]>,
    /// What the shopping API answered; `None` where there is none, or no token
    /// to ask it with.
    pub(crate) items: Option<Result<Arc<[ListedItem]>, ShoppingError>>,
}

/// What the user may do at an API.
#[derive(Clone, Debug)]
pub(crate) struct ResourceAccess {
    pub(crate) indicator: Arc<str>,
    pub(crate) access: Access,
}

pub(super) async fn load(
    session: &RequestSession,
    shopping: Option<ShoppingClient>,
) -> Result<ApiResources, AuthError> {
    let mut all = Vec::new();
    for resource in session.config().api_resources() {
        all.push(ResourceAccess {
            indicator: resource.as_str().into(),
            access: access::of(session, &AccessTokenRequest::from(resource)).await?,
        });
    }
    let items = match shopping {
        Some(client) => {
            let token = session.access_token(&client.wanted()).await;
            match told(token)? {
                Ok(token) => Some(client.items(&token).await.map(Into::into)),
                Err(_) => None,
            }
        }
        None => None,
    };
    Ok(ApiResources {
        all: all.into(),
        items,
    })
}
