//! Adding to the shopping list: the way from a form to an API and back.

use auth_core::AuthError;
use axum::http::request::Parts;
use leptos::prelude::with_context;
use url::form_urlencoded;

use super::{
    api::{READ, WRITE},
    client::{ShoppingClient, ShoppingError},
};

/// The page to return to.
pub(crate) const PAGE: &str = "/resources";
const LACKS: &str = "lacks";
const INVALID: &str = "invalid";
const FULL: &str = "full";
const UNAVAILABLE: &str = "unavailable";

/// Reads what [`add`] wrote into the page's address. Anyone may write there: it
/// is shown in this page's own words.
pub(crate) fn problem(problem: Option<&str>, scope: Option<&str>) -> Option<ShoppingError> {
    match (problem?, scope) {
        (LACKS, Some(scope @ (READ | WRITE))) => Some(ShoppingError::Lacks(scope.into())),
        (INVALID, _) => Some(ShoppingError::InvalidItem),
        (FULL, _) => Some(ShoppingError::Full),
        (UNAVAILABLE, _) => Some(ShoppingError::Unavailable),
        _ => None,
    }
}

/// Adds an item; gives the page to go to.
///
/// # Errors
///
/// When there is no token for the API.
pub(crate) async fn add(name: &str) -> Result<String, AuthError> {
    let client =
        with_context::<Parts, _>(|parts| parts.extensions.get::<ShoppingClient>().cloned())
            .flatten();
    let Some(client) = client else {
        return Ok(page(UNAVAILABLE, None));
    };
    let token = auth_leptos::access_token(client.wanted()).await?;
    Ok(match client.add(&token, name).await {
        Ok(()) => PAGE.to_owned(),
        Err(ShoppingError::Lacks(scope)) => page(LACKS, Some(&scope)),
        Err(ShoppingError::InvalidItem) => page(INVALID, None),
        Err(ShoppingError::Full) => page(FULL, None),
        Err(ShoppingError::Unavailable) => page(UNAVAILABLE, None),
    })
}

fn page(problem: &str, scope: Option<&str>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("problem", problem);
    if let Some(scope) = scope {
        query.append_pair("scope", scope);
    }
    format!("{PAGE}?{}", query.finish())
}
