//! `main.rs` and `router.rs` of `examples/starter` with a guard for one role, and with a hook.

#[cfg(feature = "ssr")]
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    use auth_leptos::{
        Auth, Config, Hooks, RequireRole, RequireSession, SignInDecision, WithAuth, serve,
    };
    use auth_sqlx::SqlStore;
    use axum::Router;
    use hydrated::{app::App, shell::shell};
    use leptos::prelude::*;
    use leptos_axum::{LeptosRoutes, file_and_error_handler, generate_route_list};

    let options = get_configuration(None)?.leptos_options;
    let address = options.site_addr;
    let config = Config::from_env()?;
    let store = SqlStore::from_env().await?;
    // Refuses users by their name at the provider. It is the reason that they read.
    let hooks = Hooks::new().on_sign_in(|sign_in| async move {
        Ok(match sign_in.user.name {
            Some(name) if name.starts_with("Refused:") => SignInDecision::refuse(name),
            _ => SignInDecision::allow(),
        })
    });
    let auth = Auth::builder(config, store.clone()).hooks(hooks).build()?;
    let document = {
        let options = options.clone();
        move || shell(options.clone())
    };
    let app = Router::new()
        .leptos_routes(&options, generate_route_list(App), document)
        .fallback(file_and_error_handler(shell))
        // Decide by fresh claims, before anything is rendered.
        .layer(RequireRole::new("shopper").under("/protected/shop"))
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
