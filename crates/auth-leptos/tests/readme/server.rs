use auth_leptos::{Auth, Config, RequireRole, WithAuth, serve};
use auth_sqlx::SqlStore;
use axum::{Router, routing::get};
use leptos::prelude::*;
use leptos_axum::{LeptosRoutes, file_and_error_handler, generate_route_list};

use crate::pages::{App, routes, shell};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = get_configuration(None)?.leptos_options;
    let addr = options.site_addr;
    // DATABASE_URL, AUTH_LOGTO_ISSUER, AUTH_LOGTO_ID, AUTH_LOGTO_SECRET, AUTH_SECRET, AUTH_URL
    let config = Config::from_env()?;
    let store = SqlStore::from_env().await?;
    let auth = Auth::new(config, store.clone())?;
    let document = options.clone();
    let app = Router::new()
        .leptos_routes(&options, generate_route_list(App), move || shell(document.clone()))
        .merge(routes())
        .route("/users", get(async || "all users").route_layer(RequireRole::new("admin")))
        .fallback(file_and_error_handler(shell))
        // After all routes and the fallback.
        .with_auth(&auth)
        .with_state(options);
    let listener = tokio::net::TcpListener::bind(addr).await?;
    serve(listener, app, &auth).await?;
    store.close().await;
    Ok(())
}
