//! Accepts connections and answers the requests on them.

use std::{convert::Infallible, future::Future, net::SocketAddr, pin::pin, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    serve::{Listener, ListenerExt as _},
};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};
use tower::ServiceExt as _;

/// How long a connection may take until the headers of its next request have
/// arrived. Longer than the 60 seconds for which nginx and the load balancers of
/// AWS keep idle connections: if the server closed them first, it would miss a
/// request that is being sent.
const HEADERS_TIMEOUT: Duration = Duration::from_secs(75);

/// How long handlers may take to stop that are cut off. One that blocks its
/// thread never does.
const DROP_TIMEOUT: Duration = Duration::from_secs(1);

/// The open connections. Dropping the value closes them.
pub(super) struct Connections {
    app: Router,
    http: http1::Builder,
    tasks: TaskTracker,
    /// Cancelled when a connection must end after the request in progress.
    stopping: CancellationToken,
    /// Cancelled when a connection must end at once.
    closing: CancellationToken,
    _close_on_drop: DropGuard,
}

impl Connections {
    pub(super) fn new(app: Router) -> Self {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(HEADERS_TIMEOUT);
        let closing = CancellationToken::new();
        Self {
            // Builds the routes now, and not again for every request.
            app: app.with_state(()),
            http,
            tasks: TaskTracker::new(),
            stopping: CancellationToken::new(),
            closing: closing.clone(),
            _close_on_drop: closing.drop_guard(),
        }
    }

    /// Accepts connections until `stop` is ready. Then it closes the listener.
    pub(super) async fn accept_until(&self, listener: TcpListener, stop: impl Future<Output = ()>) {
        tokio::select! {
            () = stop => {}
            never = self.accept(listener) => match never {},
        }
    }

    async fn accept(&self, listener: TcpListener) -> Infallible {
        let mut listener = listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "TCP_NODELAY could not be set");
            }
        });
        loop {
            let (stream, peer) = listener.accept().await;
            self.serve(stream, peer);
        }
    }

    fn serve(&self, stream: TcpStream, peer: SocketAddr) {
        let app = self
            .app
            .clone()
            .map_request(move |request: Request<Incoming>| {
                let mut request = request.map(Body::new);
                request.extensions_mut().insert(ConnectInfo(peer));
                request
            });
        let connection = self
            .http
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(app))
            .with_upgrades();
        let stopping = self.stopping.clone();
        let connection = async move {
            let mut connection = pin!(connection);
            tokio::select! {
                ended = &mut connection => return ended,
                () = stopping.cancelled() => {}
            }
            connection.as_mut().graceful_shutdown();
            connection.await
        };
        let closing = self.closing.clone();
        self.tasks.spawn(async move {
            if let Some(Err(error)) = closing.run_until_cancelled_owned(connection).await {
                tracing::debug!(%peer, %error, "a connection failed");
            }
        });
    }

    /// Closes idle connections and waits for the requests in progress, until
    /// `limit` is ready. Then it closes their connections too, which drops their
    /// handlers. Returns whether all were answered.
    pub(super) async fn close(self, limit: impl Future<Output = ()>) -> bool {
        self.stopping.cancel();
        self.tasks.close();
        let are_answered = tokio::select! {
            () = self.tasks.wait() => true,
            () = limit => false,
        };
        self.closing.cancel();
        let dropped = timeout(DROP_TIMEOUT, self.tasks.wait()).await;
        are_answered && dropped.is_ok()
    }
}
