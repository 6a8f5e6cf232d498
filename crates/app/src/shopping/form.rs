//! Adds an item from a form: calls the API, and reports an error in the page's
//! address.

use auth_leptos::PublicError;
use leptos::prelude::use_context;
use url::form_urlencoded;

use super::{
    api::{READ, WRITE},
    client::{ShoppingClient, ShoppingError},
};

/// The page to return to.
pub(crate) const PAGE: &str = "/resources";
const MISSING_PERMISSION: &str = "lacks";
const INVALID: &str = "invalid";
const FULL: &str = "full";
const UNAVAILABLE: &str = "unavailable";

/// Reads the error that [`add`] wrote into the page's address. Anyone can write
/// such an address, so only known values are accepted.
pub(crate) fn error_from_query(
    problem: Option<&str>,
    scope: Option<&str>,
) -> Option<ShoppingError> {
    match (problem?, scope) {
        (MISSING_PERMISSION, Some(scope @ (READ | WRITE))) => {
            Some(ShoppingError::MissingPermission(scope.to_owned()))
        }
        (INVALID, _) => Some(ShoppingError::InvalidItem),
        (FULL, _) => Some(ShoppingError::ListFull),
        (UNAVAILABLE, _) => Some(ShoppingError::Unavailable),
        _ => None,
    }
}

/// Adds an item. Returns the page to go to.
///
/// # Errors
///
/// Fails if there is no token for the API.
pub(crate) async fn add(name: &str) -> Result<String, PublicError> {
    let Some(client) = use_context::<ShoppingClient>() else {
        return Ok(page(UNAVAILABLE, None));
    };
    let token = auth_leptos::access_token(client.token_request()).await?;
    Ok(match client.add(&token, name).await {
        Ok(()) => PAGE.to_owned(),
        Err(ShoppingError::MissingPermission(scope)) => page(MISSING_PERMISSION, Some(&scope)),
        Err(ShoppingError::InvalidItem) => page(INVALID, None),
        Err(ShoppingError::ListFull) => page(FULL, None),
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
