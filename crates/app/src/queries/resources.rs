use auth_core::AccessTokenRequest;
use auth_leptos::PublicError;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    TokenResult,
    signed_in::{for_signed_in, split_store_error},
    token_info,
};
use crate::shopping::{ListedItem, ShoppingClient, ShoppingError};

/// An API resource and the user's token for it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ApiResource {
    pub(crate) indicator: String,
    pub(crate) token: TokenResult,
}

/// Returns the API resources, with the user's permissions at each.
#[server(endpoint = "api_resources")]
pub(crate) async fn api_resources() -> Result<Vec<ApiResource>, PublicError> {
    for_signed_in(async |session, _| {
        let mut resources = Vec::new();
        for resource in session.config().api_resources() {
            resources.push(ApiResource {
                indicator: resource.as_str().to_owned(),
                token: token_info::load(session, &AccessTokenRequest::from(resource)).await?,
            });
        }
        Ok(resources)
    })
    .await
}

/// Returns the user's shopping list: the shopping API's answer. `None` if the API is
/// not set up or there is no token for it.
#[server(endpoint = "shopping_list")]
pub(crate) async fn shopping_list()
-> Result<Option<Result<Vec<ListedItem>, ShoppingError>>, PublicError> {
    let client = use_context::<ShoppingClient>();
    for_signed_in(async |session, _| {
        let Some(client) = client else {
            return Ok(None);
        };
        let token = session.access_token(&client.token_request()).await;
        match split_store_error(token)? {
            Ok(token) => Ok(Some(client.items(&token).await)),
            Err(_) => Ok(None),
        }
    })
    .await
}
