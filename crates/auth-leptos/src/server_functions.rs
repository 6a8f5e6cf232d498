//! Statuses of server functions that fail.

use axum::{
    body::{Body, to_bytes},
    http::StatusCode,
    response::Response,
};

/// The header by which `server_fn` marks an error.
const ERROR: &str = "serverfnerror";
/// The longest error, in bytes. An error may repeat a name from the request's
/// body, which the server limits to less.
const MAX_ERROR: usize = 512 * 1024;
/// The prefixes of errors in the arguments that the client sent.
const OF_THE_CLIENT: [&str; 3] = ["Args|", "MissingArg|", "Deserialization|"];

/// Middleware that answers 400 if the arguments of a server function cannot be
/// read. Leptos answers 500, although the client made the mistake.
///
/// ```
/// use auth_leptos::client_errors_as_400;
/// use axum::{Router, middleware::map_response, routing::post};
/// use leptos_axum::handle_server_fns;
///
/// let app: Router = Router::new()
///     .route("/api/{*server_function}", post(handle_server_fns))
///     .route_layer(map_response(client_errors_as_400));
/// ```
pub async fn client_errors_as_400(response: Response) -> Response {
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR
        || !response.headers().contains_key(ERROR)
    {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let error = to_bytes(body, MAX_ERROR).await.unwrap_or_default();
    if OF_THE_CLIENT
        .iter()
        .any(|kind| error.starts_with(kind.as_bytes()))
    {
        parts.status = StatusCode::BAD_REQUEST;
    }
    Response::from_parts(parts, Body::from(error))
}
