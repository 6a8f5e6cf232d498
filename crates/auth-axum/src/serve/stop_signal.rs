//! The signals that stop the process.

use std::{convert::Infallible, io, time::Duration};

use tokio::{signal, time::timeout};

/// Two signals within this time count as one. A terminal sends Ctrl-C to all
/// processes of a group, and a parent such as npm passes it on once more.
const SAME_SIGNAL: Duration = Duration::from_millis(500);

/// SIGINT and SIGTERM. They are caught from the moment the value is created.
#[cfg(unix)]
pub(super) struct StopSignal {
    interrupt: signal::unix::Signal,
    terminate: signal::unix::Signal,
}

#[cfg(unix)]
impl StopSignal {
    pub(super) fn listen() -> io::Result<Self> {
        use signal::unix::{SignalKind, signal};

        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Ctrl-C.
#[cfg(not(unix))]
pub(super) struct StopSignal;

#[cfg(not(unix))]
impl StopSignal {
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if let Err(error) = signal::ctrl_c().await {
            tracing::error!(%error, "cannot listen for Ctrl-C; end the process to stop the server");
            std::future::pending::<()>().await;
        }
    }
}

impl StopSignal {
    /// Waits for the signal to stop.
    pub(super) async fn first(&mut self) {
        self.next().await;
    }

    /// Waits for another signal. Call it at once after [`first`](Self::first).
    pub(super) async fn second(&mut self) {
        let same_signal = async {
            loop {
                self.next().await;
            }
        };
        let _: Result<Infallible, _> = timeout(SAME_SIGNAL, same_signal).await;
        self.next().await;
    }
}
