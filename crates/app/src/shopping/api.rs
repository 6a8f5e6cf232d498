//! The API's routes.

use auth_core::AccessTokenVerifier;
use auth_leptos::{Caller, ProtectedApi, RequireScope};
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State, rejection::JsonRejection},
    http::StatusCode,
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::json;

use super::items::{ItemName, Items, ListFull, MAX_ITEMS, MAX_NAME};

pub(super) const READ: &str = "read";
pub(super) const WRITE: &str = "write";
/// In bytes. An item's name takes a few hundred.
const MAX_BODY: usize = 4 * 1024;

/// Returns the routes of the shopping list API. They accept the access tokens
/// that `verifier` accepts, and each caller has a list of their own:
///
/// | route | scope | what it does |
/// |---|---|---|
/// | `GET /api/shopping/items` | `read` | the user's items |
/// | `POST /api/shopping/items` | `write` | adds an item, `{"name": "…"}` |
///
/// The API's metadata (RFC 9728) is under `/.well-known`. The lists are kept in
/// memory until the router is dropped.
pub fn shopping_api<S: Clone + Send + Sync + 'static>(verifier: AccessTokenVerifier) -> Router<S> {
    let api = ProtectedApi::new(verifier, [READ, WRITE]);
    let items = get(list)
        .route_layer(RequireScope::new(READ))
        .merge(post(add).route_layer(RequireScope::new(WRITE)));
    Router::new()
        .route("/api/shopping/items", items)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .route_layer(api.clone())
        .with_state(Items::default())
        .merge(api.metadata_routes())
}

async fn list(State(items): State<Items>, Caller(caller): Caller) -> Response {
    Json(json!({ "items": items.of(caller.sub()) })).into_response()
}

#[derive(Debug, Deserialize)]
struct NewItem {
    name: String,
}

async fn add(
    State(items): State<Items>,
    Caller(caller): Caller,
    item: Result<Json<NewItem>, JsonRejection>,
) -> Response {
    let item = match item {
        Ok(Json(item)) => item,
        Err(rejection) => {
            return error_response(rejection.status(), "invalid_item", &rejection.body_text());
        }
    };
    let Some(name) = ItemName::parse(&item.name) else {
        let why = format!("an item's name must have 1 to {MAX_NAME} characters");
        return error_response(StatusCode::UNPROCESSABLE_ENTITY, "invalid_item", &why);
    };
    match items.add(caller.sub(), name) {
        Ok(item) => (StatusCode::CREATED, Json(item)).into_response(),
        Err(ListFull) => {
            let why = format!("a list can hold at most {MAX_ITEMS} items");
            error_response(StatusCode::CONFLICT, "list_full", &why)
        }
    }
}

/// Builds an error response in the same format as [`ProtectedApi`]'s.
fn error_response(status: StatusCode, error: &str, description: &str) -> Response {
    let body = json!({ "error": error, "error_description": description });
    (status, Json(body)).into_response()
}
