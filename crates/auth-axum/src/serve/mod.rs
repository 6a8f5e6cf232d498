//! Serves an application, and stops it without losing requests or tokens.

mod bodies;
mod connections;
mod progress;
mod stop_signal;

use std::{
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use auth_core::Auth;
use axum::Router;
use tokio::{
    net::TcpListener,
    time::{sleep, timeout},
};

use self::{connections::Connections, stop_signal::StopSignal};

/// How long requests may take after the signal to stop.
const GRACE: Duration = Duration::from_secs(10);
/// How long tokens may take that are being refreshed or revoked: longer than one
/// call of the provider and the attempts to store its answer.
const TOKEN_GRACE: Duration = Duration::from_secs(20);

/// Serves `app` over HTTP/1.1 until the process is told to stop, by SIGTERM or
/// SIGINT (Ctrl-C).
///
/// - Connections have `TCP_NODELAY`. Without it each response that is streamed
///   in chunks waits about 40 ms for the client's delayed acknowledgement.
/// - Handlers and layers can learn the peer's address
///   ([`axum::extract::ConnectInfo`]): the list of sessions shows it.
/// - Slow clients lose their connection: if the headers of a request are not
///   complete 20 seconds after their first byte, and if nothing of a response is read
///   for 60 seconds. For the body of a request the server waits 20 seconds, and one
///   second more for each 500 bytes; then the handler gets an error, and what it
///   makes of it is answered with 408. An idle connection is closed after 75 seconds.
/// - Request line and headers may have 32 KiB; more is answered with 431.
/// - The number of connections is not limited: that is the task of a proxy in front.
/// - At the end, it accepts no more connections, closes the idle ones and, a second
///   later, those whose headers are not complete, waits ten
///   seconds at most for the requests in progress, and twenty seconds at most for
///   tokens that are being refreshed or revoked ([`Auth::finish`]). Close the
///   session store after that.
/// - A request that takes longer than these ten seconds is cut off: its connection
///   is closed and its handler is dropped, so it starts no refresh whose tokens
///   would be lost. Tasks that a handler has spawned continue.
/// - A second signal, half a second or more after the first, ends the waiting:
///   tokens that are being refreshed may be lost.
///
/// [`RequestLimits`](crate::RequestLimits) limit the body and the time of a request
/// after its headers have arrived.
///
/// The signals are caught from the moment of the call, not only when the result
/// is first polled. Dropping the future closes all connections. Call it in a Tokio
/// runtime.
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
        let mut signal = signal?;
        let connections = Connections::new(app);
        connections.accept_until(listener, signal.first()).await;
        tracing::info!("stopping; a second signal stops at once");
        tokio::select! {
            () = finish(connections, &auth) => {}
            () = signal.second() => {
                tracing::warn!(
                    "stopped by a second signal, without waiting for requests and tokens"
                );
            }
        }
        Ok(())
    }))
}

/// Waits for the requests in progress, and then for tokens: a refresh token whose
/// answer is not stored would be lost, and one that is not revoked would stay
/// valid.
async fn finish(connections: Connections, auth: &Auth) {
    if !connections.close(sleep(GRACE)).await {
        tracing::warn!(
            seconds = GRACE.as_secs(),
            "some requests did not end in time and were cut off"
        );
    }
    if timeout(TOKEN_GRACE, auth.finish()).await.is_err() {
        tracing::warn!(
            seconds = TOKEN_GRACE.as_secs(),
            "the provider or the session store did not answer in time; some tokens may not have been refreshed or \
             revoked"
        );
    }
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
