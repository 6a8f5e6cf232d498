//! A client of the shopping API: what an application does that calls an API
//! with its user's token.

use std::{sync::Arc, time::Duration};

use auth_core::{AccessToken, AccessTokenRequest, ResourceIndicator};
use reqwest::{Response, StatusCode};
use serde::{Deserialize, Serialize};
use url::Url;

/// How long the API is waited for.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Calls the shopping API. Put it into the extensions of pages' requests
/// (`axum::Extension`).
#[derive(Clone, Debug)]
pub struct ShoppingClient {
    http: reqwest::Client,
    items: Url,
    resource: ResourceIndicator,
}

/// Something to buy.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
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

/// The API did not do what it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ShoppingError {
    /// The user does not have this permission.
    Lacks(Arc<str>),
    /// It is no item: without a name, say.
    InvalidItem,
    /// There is no more room on the list.
    Full,
    /// It does not answer, or not as it should.
    Unavailable,
}

/// RFC 6750 §3.1, in the body.
#[derive(Deserialize)]
struct Refusal {
    scope: Option<String>,
}

impl ShoppingClient {
    /// A client of the API that stands at `api`, and that tokens for `resource`
    /// are for.
    ///
    /// # Errors
    ///
    /// When the TLS back end cannot be set up, or `api` can have no path.
    pub fn new(
        api: &Url,
        resource: ResourceIndicator,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self {
            http: reqwest::Client::builder()
                .timeout(TIMEOUT)
                // It would carry the user's token elsewhere.
                .redirect(reqwest::redirect::Policy::none())
                .build()?,
            items: api.join("/api/shopping/items")?,
            resource,
        })
    }

    /// Which token it takes.
    pub(crate) fn wanted(&self) -> AccessTokenRequest {
        AccessTokenRequest::from(&self.resource)
    }

    /// The user's items.
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
            Err(ShoppingError::Lacks(
                refusal.scope.unwrap_or_default().into(),
            ))
        }
        StatusCode::UNPROCESSABLE_ENTITY => Err(ShoppingError::InvalidItem),
        StatusCode::CONFLICT => Err(ShoppingError::Full),
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
