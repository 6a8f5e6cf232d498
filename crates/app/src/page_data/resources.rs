use std::sync::Arc;

use auth_core::{AccessTokenRequest, AuthError};
use auth_leptos::RequestSession;

use super::{TokenResult, failure::split_store_error, token_info};
use crate::shopping::{ListedItem, ShoppingClient, ShoppingError};

/// The data of the page `/resources`.
#[derive(Clone, Debug)]
pub(crate) struct ResourcesData {
    pub(crate) resources: Arc<[ApiResource]>,
    /// The shopping API's answer; `None` if the API is not set up or there is
    /// no token for it.
    pub(crate) items: Option<Result<Arc<[ListedItem]>, ShoppingError>>,
}

/// An API resource and the user's token for it.
#[derive(Clone, Debug)]
pub(crate) struct ApiResource {
    pub(crate) indicator: Arc<str>,
    pub(crate) token: TokenResult,
}

pub(super) async fn load(
    session: &RequestSession,
    shopping: Option<ShoppingClient>,
) -> Result<ResourcesData, AuthError> {
    let mut resources = Vec::new();
    for resource in session.config().api_resources() {
        resources.push(ApiResource {
            indicator: resource.as_str().into(),
            token: token_info::load(session, &AccessTokenRequest::from(resource)).await?,
        });
    }
    let items = match shopping {
        Some(client) => {
            let token = session.access_token(&client.token_request()).await;
            match split_store_error(token)? {
                Ok(token) => Some(client.items(&token).await.map(Into::into)),
                Err(_) => None,
            }
        }
        None => None,
    };
    Ok(ResourcesData {
        resources: resources.into(),
        items,
    })
}
