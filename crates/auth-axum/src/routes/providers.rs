//! Lists the providers that users can sign in with.

use auth_core::{Auth, routes};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};

use crate::response::no_store;

/// Answers with the one provider, in the form of Auth.js.
pub(super) async fn providers(State(auth): State<Auth>) -> Response {
    let config = auth.config();
    let providers = serde_json::json!({
        "logto": {
            "id": "logto",
            "name": "Logto",
            "type": "oidc",
            "signinUrl": config.url_of(routes::SIGN_IN_LOGTO),
            "callbackUrl": config.redirect_uri(),
        }
    });
    no_store(Json(providers).into_response())
}
