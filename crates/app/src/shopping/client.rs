//! A client of the shopping API: shows how an application calls an API with its
//! user's token.

use std::time::Duration;

use auth_core::{AccessToken, AccessTokenRequest, ResourceIndicator};
use reqwest::{Response, StatusCode};
use serde::{Deserialize, Serialize};
use url::Url;

/// How long to wait for the API.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Calls the shopping API. Pages find it in their context.
#[derive(Clone, Debug)]
pub struct ShoppingClient {
    http: reqwest::Client,
    items: Url,
    resource: ResourceIndicator,
}

/// An item on the shopping list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ListedItem {
    pub(crate) name: String,
}

#[derive(Deserialize)]
struct List {
    items: Vec<ListedItem>,
}

#[derive(Serialize)]
struct NewItem<'a> {
    name: &'a str,
}

/// Why a call of the API failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ShoppingError {
    /// The user does not have this permission.
    MissingPermission(String),
    /// The item's name is empty or too long.
    InvalidItem,
    /// The list holds as many items as it can.
    ListFull,
    /// The API does not answer, or answers with an unexpected error.
    Unavailable,
}

/// The body of an `insufficient_scope` error (RFC 6750 §3.1).
#[derive(Deserialize)]
struct Refusal {
    scope: Option<String>,
}

impl ShoppingClient {
    /// Builds a client of the API at the address `api`, which accepts tokens
    /// for `resource`.
    ///
    /// # Errors
    ///
    /// Fails if the TLS back end cannot be set up, or `api` cannot have a path.
    pub fn new(
        api: &Url,
        resource: ResourceIndicator,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self {
            http: reqwest::Client::builder()
                .timeout(TIMEOUT)
                // A redirect could send the user's token to another server.
                .redirect(reqwest::redirect::Policy::none())
                .build()?,
            items: api.join("/api/shopping/items")?,
            resource,
        })
    }

    /// Returns the request for a token that the API accepts.
    pub(crate) fn token_request(&self) -> AccessTokenRequest {
        AccessTokenRequest::from(&self.resource)
    }

    /// Returns the user's items.
    pub(crate) async fn items(
        &self,
        token: &AccessToken,
    ) -> Result<Vec<ListedItem>, ShoppingError> {
        let request = self.http.get(self.items.clone());
        let response = send(request, token).await?;
        let list: List = response.json().await.map_err(unavailable)?;
        Ok(list.items)
    }

    /// Adds an item.
    pub(crate) async fn add(&self, token: &AccessToken, name: &str) -> Result<(), ShoppingError> {
        let request = self.http.post(self.items.clone()).json(&NewItem { name });
        send(request, token).await.map(drop)
    }
}

async fn send(
    request: reqwest::RequestBuilder,
    token: &AccessToken,
) -> Result<Response, ShoppingError> {
    let response = request
        .bearer_auth(token.expose())
        .send()
        .await
        .map_err(unavailable)?;
    match response.status() {
        status if status.is_success() => Ok(response),
        StatusCode::FORBIDDEN => {
            let refusal: Refusal = response.json().await.map_err(unavailable)?;
            Err(ShoppingError::MissingPermission(
                refusal.scope.unwrap_or_default(),
            ))
        }
        StatusCode::UNPROCESSABLE_ENTITY => Err(ShoppingError::InvalidItem),
        StatusCode::CONFLICT => Err(ShoppingError::ListFull),
        status => {
            tracing::warn!(%status, "the shopping API refused a request");
            Err(ShoppingError::Unavailable)
        }
    }
}

fn unavailable(error: reqwest::Error) -> ShoppingError {
    let error = error.without_url();
    tracing::warn!(
        error = &error as &dyn std::error::Error,
        "the shopping API does not answer"
    );
    ShoppingError::Unavailable
}
