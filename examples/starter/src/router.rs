use auth_leptos::{Auth, RequireSession, WithAuth};
use axum::Router;
use leptos::prelude::*;
use leptos_axum::{LeptosRoutes, file_and_error_handler, generate_route_list};

use crate::{app::App, shell::shell};

/// All that the server answers. `main` calls it with the real settings, a test with
/// those of the test provider.
pub fn router(options: LeptosOptions, auth: &Auth) -> Router {
    let document = {
        let options = options.clone();
        move || shell(options.clone())
    };
    Router::new()
        .leptos_routes(&options, generate_route_list(App), document)
        .fallback(file_and_error_handler(shell))
        // Decides by fresh claims, before anything is rendered.
        .layer(RequireSession::new().under("/protected"))
        // After all routes and the fallback.
        .with_auth(auth)
        .with_state(options)
}
