//! The bodies of requests and responses, while they are sent.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, HttpBody},
    http::{HeaderValue, Response, StatusCode, header::CONNECTION},
};
use hyper::body::{Frame, Incoming, SizeHint};
use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep, sleep_until};

use super::progress::InUse;

/// How long the server waits for a body in all, and how many bytes of it are worth
/// a further second. Apache's defaults (`mod_reqtimeout`).
const PATIENCE: Duration = Duration::from_secs(20);
const BYTES_PER_SECOND: u64 = 500;

/// The client was too slow with the body of its request.
#[derive(Debug, thiserror::Error)]
#[error("the body of the request did not arrive in time")]
struct TooSlow;

/// Whether a request's body did not arrive in time.
#[derive(Clone, Debug, Default)]
pub(super) struct BodyTimeout(Arc<AtomicBool>);

impl BodyTimeout {
    /// Answers 408 if a handler could not read the body because it did not arrive
    /// in time (RFC 9110 §15.5.9).
    pub(super) fn set_status<B>(&self, response: &mut Response<B>) {
        if self.0.load(Ordering::Acquire) && response.status().is_client_error() {
            *response.status_mut() = StatusCode::REQUEST_TIMEOUT;
            let headers = response.headers_mut();
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
    }
}

/// The body of a request, for which the server waits a limited time. The time in
/// which the handler does not ask for it does not count.
pub(super) struct ArrivingBody {
    body: Incoming,
    timeout: BodyTimeout,
    received: u64,
    waited: Duration,
    waiting: Option<Waiting>,
    _in_use: InUse,
}

/// The handler waits for the next part.
struct Waiting {
    since: Instant,
    limit: Pin<Box<Sleep>>,
}

impl ArrivingBody {
    pub(super) fn new(body: Incoming, timeout: BodyTimeout, in_use: InUse) -> Self {
        Self {
            body,
            timeout,
            received: 0,
            waited: Duration::ZERO,
            waiting: None,
            _in_use: in_use,
        }
    }

    /// Returns how long the server still waits.
    fn patience(&self) -> Duration {
        let earned = Duration::from_secs(self.received / BYTES_PER_SECOND);
        (PATIENCE + earned).saturating_sub(self.waited)
    }
}

impl HttpBody for ArrivingBody {
    type Data = <Incoming as HttpBody>::Data;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            if let Some(waiting) = self.waiting.take() {
                self.waited += waiting.since.elapsed();
            }
            let data = frame.as_ref().and_then(|frame| frame.as_ref().ok());
            let length = data.and_then(Frame::data_ref).map_or(0, Bytes::len);
            self.received = self.received.saturating_add(length as u64);
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let patience = self.patience();
        let waiting = self.waiting.get_or_insert_with(|| {
            let since = Instant::now();
            Waiting {
                since,
                limit: Box::pin(sleep_until(since + patience)),
            }
        });
        ready!(waiting.limit.as_mut().poll(context));
        self.timeout.0.store(true, Ordering::Release);
        Poll::Ready(Some(Err(TooSlow.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

pin_project! {
    /// The body of a response. The request is in progress until it has been sent.
    pub(super) struct DepartingBody {
        #[pin]
        body: Body,
        in_use: InUse,
    }
}

impl DepartingBody {
    pub(super) fn new(body: Body, in_use: InUse) -> Self {
        Self { body, in_use }
    }
}

impl HttpBody for DepartingBody {
    type Data = <Body as HttpBody>::Data;
    type Error = <Body as HttpBody>::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        self.project().body.poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
