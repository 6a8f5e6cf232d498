//! The binary: reads the settings, opens the database, serves, and finishes
//! open requests before it stops. Or it runs an operator's command.

use std::{
    error::Error,
    io::{self, Write as _},
    net::SocketAddr,
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use auth_core::Auth;
use auth_leptos::TrustedProxies;
use auth_sqlx::{SqlStore, sweep_expired};
use axum::serve::ListenerExt as _;
use clap::Parser as _;
use server::{
    AppState, Command, CommandLine, SecretsCommand, Settings, Site, log_to_standard_error,
    print_new_secret, rotate_secrets, router, start_logging,
};
use tokio::{net::TcpListener, signal, sync::Notify, time::timeout};

/// Rendering allocates many small values. The system's allocator would take a
/// fifth of the time of a page.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How long open requests may take after the signal to stop.
const GRACE: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> ExitCode {
    let (done, failure) = match CommandLine::parse().command {
        None => (serve().await, "The server cannot run.\n"),
        Some(command) => (operate(command).await, ""),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // For a person at a terminal, who may see no log.
            drop(writeln!(io::stderr(), "{failure}{error}"));
            let mut cause = error.source();
            while let Some(error) = cause {
                drop(writeln!(io::stderr(), "  because: {error}"));
                cause = error.source();
            }
            ExitCode::FAILURE
        }
    }
}

/// Opens what the server and the operator's commands need.
async fn open() -> Result<(Auth, SqlStore, SocketAddr, TrustedProxies), Box<dyn Error>> {
    let settings = Settings::read()?;
    let sessions = SqlStore::open(&settings.database).await?;
    let auth = Auth::new(settings.auth, sessions.clone())?;
    Ok((auth, sessions, settings.addr, settings.proxies))
}

async fn operate(command: Command) -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout();
    if let Command::Secrets(SecretsCommand::New) = command {
        return Ok(print_new_secret(&mut out)?);
    }
    log_to_standard_error();
    let (auth, sessions, ..) = open().await?;
    let done = match command {
        Command::Sessions(command) => command.run(&auth, &mut out).await,
        Command::Secrets(_) => rotate_secrets(&auth, &mut out).await,
    };
    auth.finish().await;
    sessions.close().await;
    Ok(done?)
}

async fn serve() -> Result<(), Box<dyn Error>> {
    start_logging();
    let (auth, sessions, addr, proxies) = open().await?;
    let site = Site::find(addr);
    if !site.pkg().is_dir() {
        tracing::warn!(
            folder = %site.pkg().display(),
            "the site's files are missing, so pages have no style; run `make build`"
        );
    }
    let listener = TcpListener::bind(addr)
        .await
        .map_err(|error| format!("cannot listen on {addr}: {error}"))?;
    let stop_signal = StopSignal::listen()?;
    announce(&auth, &listener)?;
    tokio::spawn(warm_up(auth.clone()));
    let sweep = tokio::spawn(sweep_expired(sessions.clone()));

    let mut state = AppState::new(auth.clone(), sessions.clone(), site).behind(proxies);
    if let Some(resource) = auth.config().api_resources().next() {
        state = state
            .with_shopping_api(resource)
            .map_err(|error| -> Box<dyn Error> { error })?;
    }
    let app = router(state).into_make_service_with_connect_info::<SocketAddr>();
    let stopping = Arc::new(Notify::new());
    let stop = {
        let stopping = Arc::clone(&stopping);
        async move {
            stop_signal.received().await;
            tracing::info!("stopping");
            stopping.notify_one();
        }
    };
    // Without TCP_NODELAY each response waits about 40 ms for the client's
    // delayed acknowledgement, because it is streamed in chunks.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY could not be set, responses may be slow");
        }
    });
    let serve = axum::serve(listener, app)
        .with_graceful_shutdown(stop)
        .into_future();
    tokio::select! {
        served = serve => served?,
        () = async {
            stopping.notified().await;
            tokio::time::sleep(GRACE).await;
        } => tracing::warn!("stopped before all requests were finished"),
    }
    sweep.abort();
    // An aborted task holds the writer's connection until it has ended.
    drop(sweep.await);
    // A refresh in progress would lose its new token, and a token that is to be
    // revoked would stay valid.
    if timeout(GRACE, auth.finish()).await.is_err() {
        tracing::warn!("stopped before the provider answered; some tokens may not be revoked");
    }
    if timeout(GRACE, sessions.close()).await.is_err() {
        tracing::warn!("stopped before the database was closed");
    }
    Ok(())
}

/// Logs the application's address, and the addresses to register at Logto.
fn announce(auth: &Auth, listener: &TcpListener) -> io::Result<()> {
    let config = auth.config();
    tracing::info!(
        listening = %listener.local_addr()?,
        address = %config.base_url(),
        issuer = config.issuer(),
        redirect_uri = config.redirect_uri(),
        post_sign_out_redirect_uri = config.post_logout_redirect_uri(),
        backchannel_logout_uri = config.back_channel_logout_uri(),
        "ready; register the three URIs at Logto"
    );
    Ok(())
}

/// Fetches the discovery document, so that the first sign-in does not wait for
/// it, and a wrong issuer is logged at start.
async fn warm_up(auth: Auth) {
    if let Err(error) = auth.warm_up().await {
        tracing::warn!(
            issuer = auth.config().issuer(),
            "{error}; the next sign-in tries again"
        );
    }
}

/// The signal to stop, `SIGINT` or `SIGTERM`. Signals are caught from its
/// creation on.
#[cfg(unix)]
struct StopSignal {
    interrupt: signal::unix::Signal,
    terminate: signal::unix::Signal,
}

#[cfg(unix)]
impl StopSignal {
    fn listen() -> io::Result<Self> {
        use signal::unix::{SignalKind, signal};

        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn received(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct StopSignal;

#[cfg(not(unix))]
impl StopSignal {
    fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    async fn received(self) {
        if let Err(error) = signal::ctrl_c().await {
            tracing::error!(%error, "Ctrl-C cannot be received; end the process to stop it");
            std::future::pending::<()>().await;
        }
    }
}
