//! Deletes expired rows in small batches, on a task.

use std::{
    ops::RangeInclusive,
    time::{Duration, Instant},
};

use auth_core::StoreError;
use time::OffsetDateTime;
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

/// Sweeps a database from time to time, until it is dropped.
#[derive(Debug)]
pub(crate) struct SweepTask {
    ended: CancellationToken,
    task: TaskTracker,
}

impl SweepTask {
    pub(crate) fn start(database: Database) -> Self {
        let ended = CancellationToken::new();
        let task = TaskTracker::new();
        task.spawn(ended.clone().run_until_cancelled_owned(repeat(database)));
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
async fn repeat(database: Database) {
    tokio::time::sleep(FIRST).await;
    loop {
        if let Err(error) = sweep(&database).await {
            tracing::warn!(
                %error,
                "expired sessions could not be deleted from the database; the next sweep, in \
                 ten minutes, tries again"
            );
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

/// Deletes all expired rows, and returns how many there were.
pub(crate) async fn sweep(database: &Database) -> Result<u64, StoreError> {
    let mut deleted = 0;
    let mut limit = *BATCH_SIZE.start();
    loop {
        let started = Instant::now();
        let batch = database
            .delete_expired(OffsetDateTime::now_utc(), limit)
            .await?;
        deleted += batch;
        if batch < u64::from(limit) {
            return Ok(deleted);
        }
        let elapsed = started.elapsed();
        limit = next_batch_size(limit, elapsed);
        // At most half of the writer's time is spent on the sweep.
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
