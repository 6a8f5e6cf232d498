#[cfg(feature = "ssr")]
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    use auth_leptos::{Auth, Config, RequireSession, WithAuth, serve};
    use auth_sqlx::SqlStore;
    use axum::Router;
    use leptos::prelude::*;
    use leptos_axum::{LeptosRoutes, file_and_error_handler, generate_route_list};
    use starter::app::{App, shell};

    let options = get_configuration(None)?.leptos_options;
    let address = options.site_addr;
    let config = Config::from_env()?;
    let store = SqlStore::from_env().await?;
    let auth = Auth::new(config, store.clone())?;
    let document = {
        let options = options.clone();
        move || shell(options.clone())
    };
    let app = Router::new()
        .leptos_routes(&options, generate_route_list(App), document)
        .fallback(file_and_error_handler(shell))
        // Decides by fresh claims, before anything is rendered.
        .layer(RequireSession::new().under("/protected"))
        .with_auth(&auth)
        .with_state(options);

    let listener = tokio::net::TcpListener::bind(address).await?;
    leptos::logging::log!("listening on http://{address}");
    serve(listener, app, &auth).await?;
    store.close().await;
    Ok(())
}

#[cfg(not(feature = "ssr"))]
fn main() {
    // The browser starts at `hydrate` in lib.rs.
}
