//! The API over HTTP.

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

use super::items::{ItemName, Items, LONGEST_NAME, ListFull, MOST_ITEMS};

pub(super) const READ: &str = "read";
pub(super) const WRITE: &str = "write";
/// A name takes some hundred bytes.
const MAX_BODY: usize = 4 * 1024;

/// The shopping list of whoever calls, for access tokens that `verifier`
/// takes:
///
/// | route | scope | what it does |
/// |---|---|---|
/// | `GET /api/shopping/items` | `read` | the user's items |
/// | `POST /api/shopping/items` | `write` | adds one, `{"name": "…"}` |
///
/// And the API's metadata (RFC 9728), under `/.well-known`. The lists live as
/// long as the router.
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
            return refused(rejection.status(), "invalid_item", &rejection.body_text());
        }
    };
    let Some(name) = ItemName::parse(&item.name) else {
        let why = format!("a name has 1 to {LONGEST_NAME} characters");
        return refused(StatusCode::UNPROCESSABLE_ENTITY, "invalid_item", &why);
    };
    match items.add(caller.sub(), name) {
        Ok(item) => (StatusCode::CREATED, Json(item)).into_response(),
        Err(ListFull) => {
            let why = format!("a list holds {MOST_ITEMS} items at most");
            refused(StatusCode::CONFLICT, "list_full", &why)
        }
    }
}

/// In the form of the layer's refusals.
fn refused(status: StatusCode, error: &str, description: &str) -> Response {
    let body = json!({ "error": error, "error_description": description });
    (status, Json(body)).into_response()
}
