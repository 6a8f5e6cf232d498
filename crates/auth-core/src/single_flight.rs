//! Runs work once, however many callers ask for it at the same time.

use std::{
    collections::HashMap,
    fmt,
    future::Future,
    hash::Hash,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Shared},
};
use tokio::task::AbortHandle;
use tokio_util::task::TaskTracker;

/// Runs work once per key. All callers get the one answer, including those that
/// ask within [`keep`](Self::new) after it. Cheap to clone; clones share the
/// work.
///
/// The work runs on a task of its own, so a browser that closes its connection
/// does not cancel it.
pub(crate) struct SingleFlight<K, V> {
    flights: Arc<Mutex<HashMap<K, Flight<V>>>>,
    keep: fn(&V) -> Duration,
    tasks: TaskTracker,
}

impl<K, V> Clone for SingleFlight<K, V> {
    fn clone(&self) -> Self {
        Self {
            flights: Arc::clone(&self.flights),
            keep: self.keep,
            tasks: self.tasks.clone(),
        }
    }
}

struct Flight<V> {
    /// Set when the work is done: until when its answer is kept.
    kept_until: Arc<OnceLock<Instant>>,
    task: AbortHandle,
    answer: Answer<V>,
}

impl<V> Flight<V> {
    /// Returns whether the work is running, or its answer is still kept. Work that
    /// panicked has no answer.
    fn is_kept(&self) -> bool {
        match self.kept_until.get() {
            Some(until) => Instant::now() < *until,
            None => !self.task.is_finished(),
        }
    }
}

/// An answer to wait for; `None` if the work panicked.
pub(crate) type Answer<V> = Shared<BoxFuture<'static, Option<V>>>;

impl<K, V> SingleFlight<K, V>
where
    K: Eq + Hash,
    V: Clone + Send + Sync + 'static,
{
    /// Keeps each answer as long as `keep` says, and runs the work among `tasks`.
    pub(crate) fn new(keep: fn(&V) -> Duration, tasks: &TaskTracker) -> Self {
        Self {
            flights: Arc::default(),
            keep,
            tasks: tasks.clone(),
        }
    }

    /// Returns the answer of `work`, or of earlier work with the same key;
    /// `None` if that work panicked. The work continues if nobody waits for the
    /// answer.
    pub(crate) fn run<F>(&self, key: K, work: impl FnOnce() -> F) -> Answer<V>
    where
        F: Future<Output = V> + Send + 'static,
    {
        let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        flights.retain(|_, flight| flight.is_kept());
        flights
            .entry(key)
            .or_insert_with(|| {
                let kept_until = Arc::new(OnceLock::new());
                let work = work();
                let keep = self.keep;
                let task = self.tasks.spawn({
                    let kept_until = Arc::clone(&kept_until);
                    async move {
                        let answer = work.await;
                        kept_until.get_or_init(|| Instant::now() + keep(&answer));
                        answer
                    }
                });
                Flight {
                    kept_until,
                    task: task.abort_handle(),
                    answer: task.map(Result::ok).boxed().shared(),
                }
            })
            .answer
            .clone()
    }
}

impl<K, V> fmt::Debug for SingleFlight<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SingleFlight").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn work_runs_once_even_if_the_first_caller_leaves() {
        let flights = Arc::new(SingleFlight::new(
            |_| Duration::from_secs(60),
            &TaskTracker::new(),
        ));
        let done = Arc::new(AtomicUsize::new(0));
        let work = || {
            let done = Arc::clone(&done);
            async move {
                tokio::time::sleep(Duration::from_millis(50)).await;
                done.fetch_add(1, Ordering::SeqCst) + 1
            }
        };
        let first = tokio::time::timeout(Duration::from_millis(5), flights.run("a", work)).await;
        assert!(first.is_err(), "the first caller gave up");
        for _ in 0..10 {
            assert_eq!(flights.run("a", work).await, Some(1));
        }
        assert_eq!(
            flights.run("b", work).await,
            Some(2),
            "another key, another work"
        );
    }

    #[tokio::test]
    async fn an_answer_is_kept_for_a_limited_time() {
        let flights = SingleFlight::new(|_| Duration::from_millis(30), &TaskTracker::new());
        assert_eq!(flights.run((), || async { 1 }).await, Some(1));
        assert_eq!(flights.run((), || async { 2 }).await, Some(1));
        tokio::time::sleep(Duration::from_millis(40)).await;
        assert_eq!(flights.run((), || async { 3 }).await, Some(3));
    }

    #[tokio::test]
    async fn a_slow_answer_is_kept_as_long_as_a_fast_one() {
        let flights = SingleFlight::new(|_| Duration::from_millis(40), &TaskTracker::new());
        let slow = || async {
            tokio::time::sleep(Duration::from_millis(60)).await;
            1
        };
        assert_eq!(flights.run((), slow).await, Some(1));
        assert_eq!(flights.run((), || async { 2 }).await, Some(1));
    }

    #[tokio::test]
    async fn a_panic_gives_no_answer() {
        let flights =
            SingleFlight::<(), u8>::new(|_| Duration::from_millis(1), &TaskTracker::new());
        assert_eq!(flights.run((), || async { panic!("broken") }).await, None);
    }
}
