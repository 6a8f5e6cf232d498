//! Serves an application, and stops it without losing requests or tokens.

use std::{
    future::Future,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use auth_core::Auth;
use axum::{Router, serve::ListenerExt as _};
use tokio::{net::TcpListener, signal, sync::Notify, time::timeout};

/// How long requests may take after the signal to stop.
const GRACE: Duration = Duration::from_secs(10);
/// How long tokens may take that are being refreshed or revoked: longer than one
/// call of the provider and the attempts to store its answer.
const TOKEN_GRACE: Duration = Duration::from_secs(20);

/// Serves `app` until the process is told to stop, by SIGTERM or SIGINT
/// (Ctrl-C).
///
/// - Connections have `TCP_NODELAY`. Without it each response that is streamed
///   in chunks waits about 40 ms for the client's delayed acknowledgement.
/// - Handlers and layers can learn the peer's address
///   ([`axum::extract::ConnectInfo`]): the list of sessions shows it.
/// - At the end, it accepts no more connections, waits ten seconds at most for
///   the requests in progress, and twenty seconds at most for tokens that are
///   being refreshed or revoked ([`Auth::finish`]). Close the session store after
///   that. A request that takes longer is cut off; if it starts a refresh after
///   that, the new token is lost.
///
/// It sets no time limits for slow clients: [`axum::serve()`] waits for the headers
/// of a request as long as the connection is open. Set these limits at the proxy.
/// [`RequestLimits`](crate::RequestLimits) begin when the headers have arrived.
///
/// The signals are caught from the moment of the call, not only when the result
/// is first polled. Call it in a Tokio runtime.
///
/// ```no_run
/// use auth_axum::{WithAuth, serve};
/// use auth_core::Auth;
/// use axum::{Router, routing::get};
///
/// async fn run(auth: &Auth) -> std::io::Result<()> {
///     let app = Router::new()
///         .route("/", get(|| async { "Hello" }))
///         .with_auth(auth);
///     let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
///     serve(listener, app, auth).await
/// }
/// ```
///
/// # Errors
///
/// The future fails if the signals cannot be caught.
pub fn serve(listener: TcpListener, app: Router, auth: &Auth) -> ServeFuture {
    let signal = StopSignal::listen();
    let auth = auth.clone();
    ServeFuture(Box::pin(async move {
        serve_until(listener, app, signal?).await?;
        // A refresh token whose answer is not stored would be lost, and one that
        // is not revoked would stay valid.
        if timeout(TOKEN_GRACE, auth.finish()).await.is_err() {
            tracing::warn!(
                seconds = TOKEN_GRACE.as_secs(),
                "the provider did not answer in time; some tokens may not have been refreshed or \
                 revoked"
            );
        }
        Ok(())
    }))
}

/// The future of [`serve`].
#[must_use = "nothing is served until it is awaited"]
pub struct ServeFuture(Pin<Box<dyn Future<Output = io::Result<()>> + Send>>);

impl std::fmt::Debug for ServeFuture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServeFuture").finish_non_exhaustive()
    }
}

impl Future for ServeFuture {
    type Output = io::Result<()>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.as_mut().poll(context)
    }
}

async fn serve_until(listener: TcpListener, app: Router, signal: StopSignal) -> io::Result<()> {
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY could not be set");
        }
    });
    let stopping = Arc::new(Notify::new());
    let stop = {
        let stopping = Arc::clone(&stopping);
        async move {
            signal.received().await;
            tracing::info!("stopping");
            stopping.notify_one();
        }
    };
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, app)
        .with_graceful_shutdown(stop)
        .into_future();
    let too_late = async {
        stopping.notified().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = serving => served?,
        () = too_late => {
            tracing::warn!(seconds = GRACE.as_secs(), "some requests did not end in time");
        }
    }
    Ok(())
}

/// SIGINT and SIGTERM. They are caught from the moment the value is created.
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

/// Ctrl-C.
#[cfg(not(unix))]
struct StopSignal;

#[cfg(not(unix))]
impl StopSignal {
    fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    async fn received(self) {
        if let Err(error) = signal::ctrl_c().await {
            tracing::error!(%error, "cannot listen for Ctrl-C; end the process to stop the server");
            std::future::pending::<()>().await;
        }
    }
}
