//! Tells the application of events, one after the other.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::oneshot;
use tokio_util::task::TaskTracker;

use super::{event::AuthEvent, run::Hook};
use crate::error::AuthError;

/// How many events wait at most. A handler that hangs must not fill the memory.
const MAX_WAITING: usize = 10_000;

/// The events of this process, in their order. No request waits for them. Cheap to
/// clone.
#[derive(Clone)]
pub(crate) struct EventQueue(Option<Arc<Queue>>);

struct Queue {
    handler: Hook<AuthEvent, ()>,
    limit: Duration,
    tasks: TaskTracker,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    events: VecDeque<Queued>,
    /// A task is telling the application.
    is_telling: bool,
}

struct Queued {
    event: AuthEvent,
    /// Who waits for the outcome.
    told: Option<oneshot::Sender<Result<(), AuthError>>>,
}

impl fmt::Debug for EventQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EventQueue")
    }
}

impl EventQueue {
    /// The queue tells `handler`, for `limit` at most each time, on a task among
    /// `tasks`.
    pub(super) fn new(
        handler: Option<Hook<AuthEvent, ()>>,
        limit: Duration,
        tasks: &TaskTracker,
    ) -> Self {
        Self(handler.map(|handler| {
            Arc::new(Queue {
                handler,
                limit,
                tasks: tasks.clone(),
                waiting: Mutex::default(),
            })
        }))
    }

    /// Returns whether anybody wants to know.
    pub(crate) const fn is_followed(&self) -> bool {
        self.0.is_some()
    }

    /// Tells the application later. A failure is logged.
    pub(crate) fn tell(&self, event: impl FnOnce() -> AuthEvent) {
        if let Some(queue) = &self.0 {
            queue.push(Queued {
                event: event(),
                told: None,
            });
        }
    }

    /// Tells the application, and waits until it knows. Fails if its handler fails,
    /// which is also logged.
    pub(crate) async fn tell_and_wait(&self, event: AuthEvent) -> Result<(), AuthError> {
        let Some(queue) = &self.0 else {
            return Ok(());
        };
        let (sender, told) = oneshot::channel();
        queue.push(Queued {
            event,
            told: Some(sender),
        });
        told.await.unwrap_or_else(|_| Err(queue.is_full()))
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(self: &Arc<Self>, queued: Queued) {
        let mut waiting = self.lock();
        if waiting.events.len() >= MAX_WAITING {
            tracing::error!(
                event = queued.event.name(),
                "the application was not told of an event: {}",
                self.is_full()
            );
            return;
        }
        waiting.events.push_back(queued);
        if !std::mem::replace(&mut waiting.is_telling, true) {
            self.tasks.spawn(tell_all(Arc::clone(self)));
        }
    }

    /// Returns the next event. If there is none, the task has to end.
    fn next(&self) -> Option<Queued> {
        let mut waiting = self.lock();
        let next = waiting.events.pop_front();
        waiting.is_telling = next.is_some();
        next
    }

    fn is_full(&self) -> AuthError {
        AuthError::HookFailed {
            hook: "on_event",
            reason: format!("{MAX_WAITING} events are waiting for it"),
        }
    }
}

async fn tell_all(queue: Arc<Queue>) {
    while let Some(Queued { event, told }) = queue.next() {
        let name = event.name();
        let outcome = queue.handler.run(queue.limit, event).await;
        if let Err(error) = &outcome {
            tracing::error!(event = name, "{error}");
        }
        if let Some(told) = told {
            // A webhook that nobody waits for any more.
            drop(told.send(outcome));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::captured_log::CapturedLog;

    fn revoked(number: usize) -> AuthEvent {
        AuthEvent::Revoked {
            sub: number.to_string(),
        }
    }

    /// Returns a queue whose handler keeps what `keep` makes of each event.
    fn queue<R>(call: impl Fn(AuthEvent) -> R + Send + Sync + 'static) -> (EventQueue, TaskTracker)
    where
        R: Future<Output = Result<(), super::super::run::HookError>> + Send + 'static,
    {
        let tasks = TaskTracker::new();
        let handler = Hook::new("on_event", call);
        let limit = Duration::from_secs(5);
        (EventQueue::new(Some(handler), limit, &tasks), tasks)
    }

    #[tokio::test(start_paused = true)]
    async fn the_application_is_told_of_one_event_after_the_other() {
        let told: Arc<Mutex<Vec<String>>> = Arc::default();
        let (events, tasks) = queue({
            let told = Arc::clone(&told);
            move |event| {
                let told = Arc::clone(&told);
                async move {
                    told.lock().unwrap().push(format!("begin {event:?}"));
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    told.lock().unwrap().push(format!("end {event:?}"));
                    Ok(())
                }
            }
        });
        for number in 0..3 {
            events.tell(|| revoked(number));
        }
        tasks.close();
        tasks.wait().await;
        let expected = (0..3).map(revoked);
        let expected =
            expected.flat_map(|event| [format!("begin {event:?}"), format!("end {event:?}")]);
        assert_eq!(*told.lock().unwrap(), expected.collect::<Vec<_>>());
    }

    #[tokio::test(start_paused = true)]
    async fn an_event_that_fails_is_logged() {
        let log = CapturedLog::start();
        let (events, tasks) = queue(|event| async move {
            match event {
                AuthEvent::Revoked { sub } if sub == "0" => Err("no such table".into()),
                _ => Ok(()),
            }
        });
        events.tell(|| revoked(0));
        events.tell(|| revoked(1));
        tasks.close();
        tasks.wait().await;
        let log = log.text();
        assert_eq!(log.lines().count(), 1, "{log}");
        for part in ["ERROR", "no such table", "event=\"revoked\""] {
            assert!(log.contains(part), "{log}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn events_come_in_order_whatever_becomes_of_the_others() {
        let told: Arc<Mutex<Vec<String>>> = Arc::default();
        let (events, tasks) = queue({
            let told = Arc::clone(&told);
            move |event| {
                let told = Arc::clone(&told);
                async move {
                    let AuthEvent::Revoked { sub } = event else {
                        panic!("{event:?}");
                    };
                    told.lock().unwrap().push(sub.clone());
                    match sub.as_str() {
                        "1" => panic!("the test makes the handler panic"),
                        "2" => std::future::pending().await,
                        "3" => Err("no such table".into()),
                        _ => Ok(()),
                    }
                }
            }
        });
        for number in 0..5 {
            events.tell(|| revoked(number));
        }
        assert!(events.tell_and_wait(revoked(3)).await.is_err());
        assert!(events.tell_and_wait(revoked(4)).await.is_ok());
        tasks.close();
        tasks.wait().await;
        let expected = ["0", "1", "2", "3", "4", "3", "4"];
        assert_eq!(*told.lock().unwrap(), expected);
    }

    #[tokio::test(start_paused = true)]
    async fn a_handler_that_hangs_does_not_fill_the_memory() {
        let log = CapturedLog::start();
        let (events, _) = queue(|_| std::future::pending());
        for number in 0..MAX_WAITING {
            events.tell(|| revoked(number));
        }
        assert_eq!(log.text(), "");
        events.tell(|| revoked(0));
        let refused = events.tell_and_wait(revoked(0)).await.unwrap_err();
        let full = format!("{MAX_WAITING} events are waiting for it");
        assert!(refused.to_string().contains(&full), "{refused}");
        let log = log.text();
        assert_eq!(log.lines().count(), 2, "{log}");
        assert!(
            log.contains("not told of an event") && log.contains(&full),
            "{log}"
        );
    }
}
