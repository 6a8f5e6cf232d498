//! How far the client of one connection has got, and how long it may take.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Instant,
};

/// How long the headers of a request may take after their first byte. Apache's
/// default (`mod_reqtimeout`).
const HEADERS: Duration = Duration::from_secs(20);
/// The same when the server stops: the request has not begun yet.
const HEADERS_AT_STOP: Duration = Duration::from_secs(1);
/// How long a client may read nothing of a response. nginx's default
/// (`send_timeout`).
const UNREAD: Duration = Duration::from_secs(60);

/// What is known of a connection. Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// The requests and responses in progress.
    in_use: usize,
    /// When the first byte of headers arrived that are not complete.
    headers_since: Option<Instant>,
    /// Since when the client has read nothing of what is to be sent.
    unread_since: Option<Instant>,
}

impl Progress {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that the headers of a request have arrived. The request is in
    /// progress until the result is dropped.
    pub(super) fn begin(&self) -> InUse {
        let mut state = self.state();
        state.headers_since = None;
        state.in_use += 1;
        InUse(self.clone())
    }

    fn bytes_arrived(&self) {
        let mut state = self.state();
        if state.in_use == 0 && state.headers_since.is_none() {
            state.headers_since = Some(Instant::now());
        }
    }

    fn set_unread(&self, since: Option<Instant>) {
        self.state().unread_since = since;
    }

    /// Returns when to close the connection if nothing changes. `stopped_at` is when
    /// the server was told to stop.
    pub(super) fn deadline(&self, stopped_at: Option<Instant>) -> Option<Instant> {
        let state = self.state();
        let headers = state.headers_since.map(|since| {
            let at_stop = stopped_at.map(|stopped| stopped.max(since) + HEADERS_AT_STOP);
            at_stop.unwrap_or(since + HEADERS).min(since + HEADERS)
        });
        let unread = state.unread_since.map(|since| since + UNREAD);
        headers.into_iter().chain(unread).min()
    }
}

/// A request or a response in progress, until it is dropped.
#[derive(Debug)]
pub(super) struct InUse(Progress);

impl Drop for InUse {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.in_use = state.in_use.saturating_sub(1);
    }
}

/// A connection whose bytes are noted in a [`Progress`].
#[derive(Debug)]
pub(super) struct Watched<S> {
    stream: S,
    progress: Progress,
    is_unread: bool,
}

impl<S> Watched<S> {
    pub(super) const fn new(stream: S, progress: Progress) -> Self {
        Self {
            stream,
            progress,
            is_unread: false,
        }
    }

    fn note<T>(&mut self, written: Poll<T>) -> Poll<T> {
        if written.is_pending() != self.is_unread {
            self.is_unread = written.is_pending();
            let since = self.is_unread.then(Instant::now);
            self.progress.set_unread(since);
        }
        written
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.progress.bytes_arrived();
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.note(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.note(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
