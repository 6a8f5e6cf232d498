//! Deletes expired rows in small batches, on a task.

use std::{
    ops::RangeInclusive,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use auth_core::{ExpiredRevocation, RevokeExpired, StoreError};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::database::Database;

const INTERVAL: Duration = Duration::from_secs(10 * 60);
/// A command that opens the store for a moment sweeps nothing.
const FIRST: Duration = Duration::from_secs(60);
/// How long a batch should take. SQLite has one writer, so this is how long a
/// batch makes the writes of requests wait.
const BATCH_TARGET: Duration = Duration::from_millis(10);
/// How many rows a batch deletes, depending on [`BATCH_TARGET`].
const BATCH_SIZE: RangeInclusive<u32> = 10..=1_000;
/// The shortest pause between two batches, in which requests can write.
const PAUSE: Duration = Duration::from_millis(5);

/// How many sessions a batch deletes whose tokens are revoked. If the provider
/// turns out to be down, these are not revoked.
const MAX_REVOKED: u32 = 50;

/// What revokes the tokens of expired sessions, once it is known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Revocation(Arc<RwLock<Option<RevokeExpired>>>);

impl Revocation {
    pub(crate) fn set(&self, revoke: RevokeExpired) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(revoke);
    }

    fn get(&self) -> Option<RevokeExpired> {
        let current = self.0.read();
        current.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Sweeps a database from time to time, until it is dropped.
#[derive(Debug)]
pub(crate) struct SweepTask {
    ended: CancellationToken,
    task: TaskTracker,
}

impl SweepTask {
    pub(crate) fn start(database: Database, revoke: Revocation) -> Self {
        let ended = CancellationToken::new();
        let task = TaskTracker::new();
        task.spawn(
            ended
                .clone()
                .run_until_cancelled_owned(repeat(database, revoke)),
        );
        task.close();
        Self { ended, task }
    }

    /// Ends the task, and waits until it holds no connection.
    pub(crate) async fn end(&self) {
        self.ended.cancel();
        self.task.wait().await;
    }
}

impl Drop for SweepTask {
    fn drop(&mut self) {
        self.ended.cancel();
    }
}

/// Sweeps every [`INTERVAL`], the first time after [`FIRST`].
async fn repeat(database: Database, revoke: Revocation) {
    tokio::time::sleep(FIRST).await;
    loop {
        if let Err(error) = sweep(&database, &revoke).await {
            tracing::warn!(
                %error,
                "expired sessions could not be deleted from the database; the next sweep, in \
                 ten minutes, tries again"
            );
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

/// Deletes all expired rows, and returns how many there were. Leaves sessions for
/// the next sweep if their tokens are to be revoked and the provider is down.
pub(crate) async fn sweep(database: &Database, revoke: &Revocation) -> Result<u64, StoreError> {
    let mut deleted = 0;
    let revoke = revoke.get();
    if let Some(revoke) = &revoke {
        let mut batches = Batches::new();
        loop {
            // Before the rows are deleted, which nothing brings back.
            if revoke.revoke(Vec::new()).await == ExpiredRevocation::ProviderDown {
                return Ok(deleted + database.delete_old_reports(*BATCH_SIZE.end()).await?);
            }
            batches.start();
            let (batch, ended) = database.take_expired(batches.limit).await?;
            deleted += batch;
            let is_last = batches.was_last(batch);
            batches.pause(MAX_REVOKED).await;
            if revoke.revoke(ended).await == ExpiredRevocation::ProviderDown {
                return Ok(deleted + database.delete_old_reports(*BATCH_SIZE.end()).await?);
            }
            if is_last {
                break;
            }
        }
    }
    let mut batches = Batches::new();
    loop {
        let batch = match &revoke {
            // Sessions that have expired meanwhile wait for the next sweep, which tells
            // the application of them.
            Some(_) => database.delete_old_reports(batches.limit).await?,
            None => database.delete_expired(batches.limit).await?,
        };
        deleted += batch;
        if batches.was_last(batch) {
            return Ok(deleted);
        }
        batches.pause(*BATCH_SIZE.end()).await;
        batches.start();
    }
}

/// The size and the time of batches.
struct Batches {
    limit: u32,
    started: Instant,
}

impl Batches {
    fn new() -> Self {
        Self {
            limit: *BATCH_SIZE.start(),
            started: Instant::now(),
        }
    }

    fn start(&mut self) {
        self.started = Instant::now();
    }

    /// Returns whether no rows are left after a batch of this size.
    fn was_last(&self, batch: u64) -> bool {
        batch < u64::from(self.limit)
    }

    /// Adapts the size, and waits: at most half of the writer's time is spent on
    /// the sweep.
    async fn pause(&mut self, max: u32) {
        let elapsed = self.started.elapsed();
        self.limit = next_batch_size(self.limit, elapsed).min(max);
        tokio::time::sleep(elapsed.max(PAUSE)).await;
    }
}

/// Returns a quarter more if the last batch was quick, half if it was slow.
fn next_batch_size(limit: u32, elapsed: Duration) -> u32 {
    let next = match elapsed {
        _ if elapsed > BATCH_TARGET => limit / 2,
        _ if elapsed < BATCH_TARGET / 2 => limit + limit / 4,
        _ => limit,
    };
    next.clamp(*BATCH_SIZE.start(), *BATCH_SIZE.end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_grows_while_it_is_quick_and_shrinks_when_it_is_not() {
        let mut limit = *BATCH_SIZE.start();
        for _ in 0..40 {
            limit = next_batch_size(limit, Duration::from_millis(1));
        }
        assert_eq!(limit, 1_000);
        assert_eq!(next_batch_size(limit, Duration::from_millis(7)), 1_000);
        assert_eq!(next_batch_size(limit, Duration::from_millis(11)), 500);
        assert_eq!(next_batch_size(10, Duration::from_secs(1)), 10);
    }
}
