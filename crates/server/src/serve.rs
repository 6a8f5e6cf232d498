//! Starts the server, and stops it without dropping requests.

use std::{io, net::SocketAddr, time::Duration};

use app::Users;
use auth_core::{Auth, AuthError, ConfigErrors};
use auth_sqlx::{OpenError, SqlStore};
use tokio::{net::TcpListener, time::timeout};

use crate::{AppState, Settings, Site, logging::log_to_stdout, router};

/// How long the database may take to close.
const GRACE: Duration = Duration::from_secs(10);

/// Why the server could not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// Settings are missing or wrong.
    #[error(transparent)]
    Settings(#[from] ConfigErrors),
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The example's table of users cannot be created.
    #[error("cannot create the table users (DATABASE_URL)")]
    Users(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Sign-in cannot be set up.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// The address is in use or not one of this machine's.
    #[error("cannot listen on {addr} (LEPTOS_SITE_ADDR)")]
    Listen {
        /// The address.
        addr: SocketAddr,
        /// The operating system's error.
        source: io::Error,
    },
    /// The example's shopping API cannot be set up.
    #[error("cannot set up the shopping API")]
    ShoppingApi(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The operating system failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Runs the server until the process is told to stop.
///
/// # Errors
///
/// Fails if the settings are wrong, the database cannot be opened, or the
/// address cannot be listened on.
pub async fn serve() -> Result<(), ServeError> {
    log_to_stdout();
    let settings = Settings::read()?;
    let sessions = SqlStore::open(&settings.database).await?;
    let users = Users::open(&settings.database).await;
    let users = users.map_err(|error| ServeError::Users(error.into()))?;
    let auth = Auth::builder(settings.auth, sessions.clone())
        .hooks(users.hooks())
        .build()?;
    let addr = settings.addr;
    let site = Site::find(addr);
    if let Err(missing) = site.check() {
        tracing::warn!("pages have no style: {missing}");
    }
    let listener = TcpListener::bind(addr)
        .await
        .map_err(|source| ServeError::Listen { addr, source })?;
    let listening = listener.local_addr()?;
    tokio::spawn(warm_up(auth.clone()));

    let mut state = AppState::new(auth.clone(), sessions.clone(), site)
        .behind(settings.proxies)
        .with_address_limits(settings.address_limits)
        .with_users(users.clone());
    if let Some(resource) = auth.config().api_resources().next() {
        state = state
            .with_shopping_api(resource)
            .map_err(ServeError::ShoppingApi)?;
    }
    let serving = auth_leptos::serve(listener, router(state), &auth);
    log_addresses(&auth, listening);
    serving.await?;
    users.close().await;
    if timeout(GRACE, sessions.close()).await.is_err() {
        tracing::warn!(
            seconds = GRACE.as_secs(),
            "the database did not close in time"
        );
    }
    Ok(())
}

/// Logs the application's address, and the URIs to register at Logto.
fn log_addresses(auth: &Auth, listening: SocketAddr) {
    let config = auth.config();
    tracing::info!(
        %listening,
        address = %config.base_url(),
        issuer = config.issuer(),
        redirect_uri = config.redirect_uri(),
        post_sign_out_redirect_uri = config.post_logout_redirect_uri(),
        backchannel_logout_uri = config.back_channel_logout_uri(),
        "ready; register the three URIs at Logto"
    );
}

/// Loads the provider's metadata before the first sign-in needs it, so that a
/// wrong issuer shows in the log at start.
async fn warm_up(auth: Auth) {
    if let Err(error) = auth.warm_up().await {
        tracing::warn!(
            issuer = auth.config().issuer(),
            "{error}; the next sign-in tries again"
        );
    }
}
