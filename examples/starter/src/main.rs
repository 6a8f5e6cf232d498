// Pages are rendered with many small allocations, for which the system's allocator takes
// a third of the time.
#[cfg(feature = "ssr")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[cfg(feature = "ssr")]
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    use auth_leptos::{Auth, Config, serve};
    use auth_sqlx::SqlStore;
    use leptos::prelude::*;

    use starter::router::router;

    let options = get_configuration(None)?.leptos_options;
    let address = options.site_addr;
    let config = Config::from_env()?;
    let store = SqlStore::from_env().await?;
    let auth = Auth::new(config, store.clone())?;
    let app = router(options, &auth);

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
