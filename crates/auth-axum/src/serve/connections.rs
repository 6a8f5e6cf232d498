//! Accepts connections and answers the requests on them.

use std::{
    convert::Infallible,
    future::{Future, poll_fn},
    net::SocketAddr,
    pin::pin,
    task::Poll,
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    response::Response,
    serve::{Listener, ListenerExt as _},
};
use hyper::{
    body::{Body as _, Incoming},
    server::conn::http1,
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    time::{Instant, sleep_until, timeout},
};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};
use tower::{ServiceExt as _, service_fn};

use super::{
    bodies::{ArrivingBody, BodyTimeout, DepartingBody},
    progress::{Progress, Watched},
};

/// How long a connection may be idle. Longer than the 60 seconds for which nginx
/// and the load balancers of AWS keep idle connections: if the server closed them
/// first, it would miss a request that is being sent.
const IDLE_TIMEOUT: Duration = Duration::from_secs(75);

/// The longest request line and headers, in bytes; more is answered with 431. As
/// much as nginx allows by default, and twice what Node does.
const MAX_HEADERS: usize = 32 * 1024;

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
            .header_read_timeout(IDLE_TIMEOUT)
            .max_header_size(MAX_HEADERS);
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
        let progress = Progress::default();
        let stream = Watched::new(stream, progress.clone());
        let requests = service_fn({
            let (app, progress) = (self.app.clone(), progress.clone());
            move |request| answer(app.clone(), peer, &progress, request)
        });
        let connection = self
            .http
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(requests))
            .with_upgrades();
        let stopping = self.stopping.clone();
        let connection = async move {
            let mut connection = pin!(connection);
            let mut stop = pin!(stopping.cancelled());
            let mut stopped_at = None;
            let mut limit = pin!(sleep_until(Instant::now()));
            poll_fn(|context| {
                if stopped_at.is_none() && stop.as_mut().poll(context).is_ready() {
                    stopped_at = Some(Instant::now());
                    connection.as_mut().graceful_shutdown();
                }
                if let Poll::Ready(ended) = connection.as_mut().poll(context) {
                    return Poll::Ready(ended.map_err(Closed::Failed));
                }
                let Some(deadline) = progress.deadline(stopped_at) else {
                    return Poll::Pending;
                };
                if limit.deadline() != deadline {
                    limit.as_mut().reset(deadline);
                }
                limit
                    .as_mut()
                    .poll(context)
                    .map(|()| Err(Closed::ClientTooSlow))
            })
            .await
        };
        let closing = self.closing.clone();
        self.tasks.spawn(async move {
            if let Some(Err(error)) = closing.run_until_cancelled_owned(connection).await {
                tracing::debug!(%peer, %error, "a connection was closed");
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

/// Why a connection was closed.
#[derive(Debug, thiserror::Error)]
enum Closed {
    #[error(transparent)]
    Failed(hyper::Error),
    #[error("the client did not send its headers, or did not read its response, in time")]
    ClientTooSlow,
}

/// Answers one request.
fn answer(
    app: Router,
    peer: SocketAddr,
    progress: &Progress,
    request: Request<Incoming>,
) -> impl Future<Output = Result<Response<DepartingBody>, Infallible>> + Send + use<> {
    let in_use = progress.begin();
    let timeout = BodyTimeout::default();
    let mut request = request.map(|body| {
        if body.is_end_stream() {
            return Body::new(body);
        }
        Body::new(ArrivingBody::new(body, timeout.clone(), progress.begin()))
    });
    request.extensions_mut().insert(ConnectInfo(peer));
    async move {
        let mut response = app.oneshot(request).await?;
        timeout.set_status(&mut response);
        Ok(response.map(|body| DepartingBody::new(body, in_use)))
    }
}
