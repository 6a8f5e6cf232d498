//! The places for requests to the provider: how many of each kind this process
//! sends at the same time, and whether the provider asked for a pause.
//!
//! Anybody can begin sign-ins and send callbacks, as often as they like. So each
//! kind of request has places of its own: a flood of one kind neither floods the
//! provider nor keeps users from signing in or their tokens from being refreshed.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep, timeout_at},
};

use super::http::HttpError;

/// How long a request waits for a place or for the end of a pause. A callback makes
/// several requests within the time that a server has for an answer.
const PATIENCE: Duration = Duration::from_secs(4);
/// The same if no request of a browser waits.
const PATIENCE_IN_BACKGROUND: Duration = Duration::from_secs(30);
/// The pause after a 429 without `Retry-After`.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest pause that `Retry-After` can ask for.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(5 * 60);

/// What a request to the provider is for, the least important first. Who can cause
/// it decides: anybody, a signed-in user, or only time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RequestKind {
    /// A pushed authorization request. Anybody begins sign-ins.
    PushedRequest,
    /// The userinfo endpoint, for a page of a signed-in user.
    UserInfo,
    /// The exchange of a code. Anybody can send a callback, but only with the cookie
    /// of a sign-in that began here.
    Code,
    /// The revocation of a refresh token, at a sign-out. What is not sent is lost.
    Revocation,
    /// A refresh. [`Places`](crate::tokens::places::Places) limits their number and
    /// [`OutageBreaker`](super::outage::OutageBreaker) makes their pauses, so none
    /// waits here.
    Refresh,
}

impl RequestKind {
    const ALL: [Self; 5] = [
        Self::PushedRequest,
        Self::UserInfo,
        Self::Code,
        Self::Revocation,
        Self::Refresh,
    ];

    /// Returns how many requests are sent at the same time.
    const fn places(self) -> usize {
        match self {
            Self::PushedRequest => 8,
            Self::UserInfo | Self::Revocation | Self::Code => 16,
            Self::Refresh => 40,
        }
    }

    /// Returns how many requests wait for a place.
    const fn queue(self) -> usize {
        match self {
            Self::PushedRequest => 32,
            Self::UserInfo | Self::Code => 64,
            // What is not sent is lost.
            Self::Revocation | Self::Refresh => usize::MAX,
        }
    }

    const fn patience(self) -> Duration {
        match self {
            Self::Revocation => PATIENCE_IN_BACKGROUND,
            _ => PATIENCE,
        }
    }
}

/// The places of a process. Cheap to clone; clones share the places.
#[derive(Clone, Debug)]
pub(crate) struct RequestQueue(Arc<[Lane; RequestKind::ALL.len()]>);

/// The places of one kind.
#[derive(Debug)]
struct Lane {
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
    /// When the provider allows requests again.
    paused_until: Mutex<Option<Instant>>,
}

impl RequestQueue {
    pub(super) fn new() -> Self {
        Self(Arc::new(RequestKind::ALL.map(|kind| Lane {
            places: Arc::new(Semaphore::new(kind.places())),
            waiting: AtomicUsize::new(0),
            paused_until: Mutex::default(),
        })))
    }

    fn lane(&self, kind: RequestKind) -> &Lane {
        &self.0[kind as usize]
    }

    /// Waits for a place, and for the end of a pause if it is short. The place is free
    /// again when the result is dropped.
    ///
    /// Fails with [`HttpError::Busy`] if too many requests wait, or for too long.
    pub(super) async fn take(&self, kind: RequestKind) -> Result<OwnedSemaphorePermit, HttpError> {
        let deadline = Instant::now() + kind.patience();
        let place = self.lane(kind).take(kind, deadline).await?;
        if kind == RequestKind::Refresh {
            return Ok(place);
        }
        while let Some(until) = self.lane(kind).paused_until() {
            if until > deadline {
                let retry_after = until.saturating_duration_since(Instant::now());
                return Err(HttpError::Busy { retry_after });
            }
            sleep(until.saturating_duration_since(Instant::now())).await;
        }
        Ok(place)
    }

    /// Obeys the provider: it has too many requests of this kind, and asks to wait
    /// (RFC 6585 §4, RFC 9110 §10.2.3). What is less important than that kind waits
    /// too. What is more important does not: otherwise who floods the provider with
    /// sign-ins could keep everybody's tokens from being refreshed.
    pub(super) fn pause(&self, kind: RequestKind, retry_after: Option<Duration>) {
        let pause = retry_after.unwrap_or(PAUSE).min(LONGEST_PAUSE);
        let until = Instant::now() + pause;
        for kind in RequestKind::ALL.into_iter().filter(|other| *other <= kind) {
            self.lane(kind).pause_until(until);
        }
        tracing::warn!(
            ?kind,
            ?pause,
            "the provider has too many requests; none of this kind, or of one that is less \
             important, is sent during the pause"
        );
    }
}

impl Lane {
    async fn take(
        &self,
        kind: RequestKind,
        deadline: Instant,
    ) -> Result<OwnedSemaphorePermit, HttpError> {
        const BUSY: HttpError = HttpError::Busy {
            retry_after: PATIENCE,
        };

        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            return Ok(place);
        }
        let _waiting = Waiting::enter(&self.waiting, kind.queue()).ok_or(BUSY)?;
        let place = Arc::clone(&self.places).acquire_owned();
        match timeout_at(deadline, place).await {
            Ok(Ok(place)) => Ok(place),
            _ => Err(BUSY),
        }
    }

    /// Returns when the pause ends that is not over.
    fn paused_until(&self) -> Option<Instant> {
        let until = *self
            .paused_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        until.filter(|until| *until > Instant::now())
    }

    fn pause_until(&self, until: Instant) {
        let mut paused = self
            .paused_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *paused = (*paused).max(Some(until));
    }
}

/// A request that waits for a place, until it is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    /// Returns `None` if too many wait already.
    fn enter(waiting: &'a AtomicUsize, limit: usize) -> Option<Self> {
        let others = waiting.fetch_add(1, Ordering::AcqRel);
        let entered = Self(waiting);
        (others < limit).then_some(entered)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn fill(queue: &RequestQueue, kind: RequestKind) -> Vec<OwnedSemaphorePermit> {
        let mut places = Vec::new();
        for _ in 0..kind.places() {
            places.push(queue.take(kind).await.unwrap());
        }
        places
    }

    #[tokio::test(start_paused = true)]
    async fn kinds_do_not_take_places_from_each_other() {
        let queue = RequestQueue::new();
        let mut taken = Vec::new();
        for kind in RequestKind::ALL {
            taken.push(fill(&queue, kind).await);
        }
        let started = Instant::now();
        let busy = queue.take(RequestKind::Code).await;
        assert!(matches!(busy, Err(HttpError::Busy { .. })));
        assert_eq!(started.elapsed(), PATIENCE);
        let (waiting, ()) = tokio::join!(queue.take(RequestKind::Code), async {
            sleep(Duration::from_secs(1)).await;
            taken.clear();
        });
        drop(waiting.unwrap());
    }

    #[tokio::test(start_paused = true)]
    async fn few_wait_and_the_others_are_refused_at_once() {
        let kind = RequestKind::PushedRequest;
        let queue = RequestQueue::new();
        let _places = fill(&queue, kind).await;
        let waiting: Vec<_> = (0..kind.queue())
            .map(|_| {
                let queue = queue.clone();
                tokio::spawn(async move { queue.take(kind).await.is_ok() })
            })
            .collect();
        tokio::task::yield_now().await;
        let started = Instant::now();
        assert!(queue.take(kind).await.is_err());
        assert_eq!(started.elapsed(), Duration::ZERO);
        for waiting in waiting {
            assert!(!waiting.await.unwrap(), "it waited in vain");
        }
        assert_eq!(queue.lane(kind).waiting.load(Ordering::SeqCst), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_is_for_the_kind_and_what_is_less_important() {
        let queue = RequestQueue::new();
        queue.pause(RequestKind::UserInfo, Some(Duration::from_secs(3600)));
        for (kind, is_paused) in [
            (RequestKind::PushedRequest, true),
            (RequestKind::UserInfo, true),
            (RequestKind::Revocation, false),
            (RequestKind::Code, false),
            (RequestKind::Refresh, false),
        ] {
            let place = queue.take(kind).await;
            assert_eq!(place.is_err(), is_paused, "{kind:?}");
            if let Err(HttpError::Busy { retry_after }) = place {
                assert_eq!(retry_after, LONGEST_PAUSE);
            }
        }
        sleep(LONGEST_PAUSE).await;
        drop(queue.take(RequestKind::UserInfo).await.unwrap());
    }

    #[tokio::test(start_paused = true)]
    async fn a_short_pause_is_waited_for() {
        let queue = RequestQueue::new();
        queue.pause(RequestKind::Code, None);
        let started = Instant::now();
        drop(queue.take(RequestKind::Code).await.unwrap());
        assert!(started.elapsed() >= PAUSE);
    }
}
