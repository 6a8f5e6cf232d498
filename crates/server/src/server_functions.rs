//! Errors of server functions over HTTP.

use axum::{
    body::{Body, to_bytes},
    http::StatusCode,
    response::Response,
};

/// The header by which `server_fn` marks an error.
const ERROR: &str = "serverfnerror";
/// More than any error: one may repeat a name out of the request's body, which
/// is bounded.
const MAX_ERROR: usize = 512 * 1024;
/// How `server_fn` names errors that are the client's.
const OF_THE_CLIENT: [&str; 3] = ["Args|", "MissingArg|", "Deserialization|"];

/// Where a server function's arguments could not be read, the client is at
/// fault: 400 instead of `server_fn`'s 500.
pub(crate) async fn client_errors_as_400(response: Response) -> Response {
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
