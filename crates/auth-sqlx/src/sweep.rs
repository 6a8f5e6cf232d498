//! Deletes expired rows in small batches.

use std::{
    ops::RangeInclusive,
    time::{Duration, Instant},
};

use auth_core::StoreError;
use time::OffsetDateTime;

use crate::SqlStore;

const INTERVAL: Duration = Duration::from_secs(10 * 60);
/// How long a batch should take. SQLite has one writer, so this is how long a
/// batch makes the writes of requests wait.
const BATCH_TARGET: Duration = Duration::from_millis(10);
/// How many rows a batch deletes, depending on [`BATCH_TARGET`].
const BATCH_SIZE: RangeInclusive<u32> = 10..=1_000;
/// The shortest pause between two batches, in which requests can write.
const PAUSE: Duration = Duration::from_millis(5);

/// Runs [`sweep`] now and every ten minutes. Never returns: spawn it as a task,
/// and abort the task before [`SqlStore::close`].
///
/// A sweep that fails is logged, and the next one tries again. Several servers
/// may sweep the same database at once.
pub async fn sweep_expired(store: SqlStore) {
    let mut interval = tokio::time::interval(INTERVAL);
    loop {
        interval.tick().await;
        if let Err(error) = sweep(&store).await {
            tracing::warn!(
                %error,
                "expired sessions could not be deleted from the database; the next sweep, in \
                 ten minutes, tries again"
            );
        }
    }
}

/// Deletes all expired sessions and logouts, and returns how many there were.
///
/// Works in batches of about 10 ms with pauses between them, so that the writes
/// of requests do not wait long.
///
/// # Errors
///
/// Fails if the database fails. Earlier batches stay deleted.
pub async fn sweep(store: &SqlStore) -> Result<u64, StoreError> {
    let mut deleted = 0;
    let mut limit = *BATCH_SIZE.start();
    loop {
        let started = Instant::now();
        let batch = store
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
