//! The turns of one session's refreshes in this process. Only one can have the lease on
//! the tokens, so the others wait here, in the order in which they came, instead of
//! asking the store again and again. And a user who asks for thousands of tokens at once
//! takes one place for refreshes from the other users, not all.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::{error::AuthError, store::ids::SessionIdHash};

/// The most refreshes of one session that wait or run: more than the tokens that a
/// session keeps.
const MAX: usize = 32;
/// How long a refresh waits for its turn.
const WAIT_LIMIT: Duration = Duration::from_secs(10);

/// The turns of all sessions. Cheap to clone; clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Turns(Arc<Mutex<HashMap<SessionIdHash, Queue>>>);

#[derive(Debug)]
struct Queue {
    turn: Arc<Semaphore>,
    /// How many wait or run.
    entered: usize,
}

/// The turn of a refresh, until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    _turn: OwnedSemaphorePermit,
    _entered: Entered,
}

impl Turns {
    /// Waits for the turn of a refresh.
    ///
    /// Fails with [`AuthError::RefreshBusy`] if the session has too many of them, or if
    /// it takes too long.
    pub(crate) async fn take(&self, session: SessionIdHash) -> Result<Turn, AuthError> {
        let (turn, entered) = self.enter(session).ok_or(AuthError::RefreshBusy)?;
        match timeout(WAIT_LIMIT, turn.acquire_owned()).await {
            Ok(Ok(turn)) => Ok(Turn {
                _turn: turn,
                _entered: entered,
            }),
            _ => Err(AuthError::RefreshBusy),
        }
    }

    fn enter(&self, session: SessionIdHash) -> Option<(Arc<Semaphore>, Entered)> {
        let mut queues = self.queues();
        let queue = queues.entry(session).or_insert_with(|| Queue {
            turn: Arc::new(Semaphore::new(1)),
            entered: 0,
        });
        if queue.entered >= MAX {
            return None;
        }
        queue.entered += 1;
        let entered = Entered {
            turns: self.clone(),
            session,
        };
        Some((Arc::clone(&queue.turn), entered))
    }

    fn queues(&self) -> MutexGuard<'_, HashMap<SessionIdHash, Queue>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A refresh that waits or runs, until it is dropped.
#[derive(Debug)]
struct Entered {
    turns: Turns,
    session: SessionIdHash,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut queues = self.turns.queues();
        if let Some(queue) = queues.get_mut(&self.session) {
            queue.entered -= 1;
            if queue.entered == 0 {
                queues.remove(&self.session);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: SessionIdHash = SessionIdHash::from_bytes([1; 16]);
    const B: SessionIdHash = SessionIdHash::from_bytes([2; 16]);

    #[tokio::test(start_paused = true)]
    async fn one_session_has_one_turn_and_a_limited_queue() {
        let turns = Turns::default();
        let first = turns.take(A).await.unwrap();
        let waiting: Vec<_> = (1..MAX)
            .map(|_| {
                let turns = turns.clone();
                tokio::spawn(async move { turns.take(A).await.map(drop) })
            })
            .collect();
        tokio::task::yield_now().await;
        assert!(matches!(turns.take(A).await, Err(AuthError::RefreshBusy)));
        drop(turns.take(B).await.unwrap());
        drop(first);
        for waiting in waiting {
            waiting.await.unwrap().unwrap();
        }
        assert!(turns.queues().is_empty(), "nothing is kept");
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_ever() {
        let turns = Turns::default();
        let _first = turns.take(A).await.unwrap();
        assert!(matches!(turns.take(A).await, Err(AuthError::RefreshBusy)));
    }
}
