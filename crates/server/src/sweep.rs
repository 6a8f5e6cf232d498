//! Deleting what has expired.

use std::{
    ops::RangeInclusive,
    time::{Duration, Instant},
};

use auth_core::StoreError;
use time::OffsetDateTime;

use crate::Sessions;

const INTERVAL: Duration = Duration::from_secs(10 * 60);
/// How long a batch should take: requests that write wait for no more than
/// that, on SQLite, which has one writer.
const TARGET: Duration = Duration::from_millis(10);
/// How many rows a batch deletes: as many as the target allows.
const BATCH: RangeInclusive<u32> = 10..=1_000;
/// Between two batches, for the requests that write: at least.
const PAUSE: Duration = Duration::from_millis(5);

/// Deletes what has expired, now and then, for ever. An error of the database
/// is logged, and the next round tries again.
pub async fn sweep_expired(sessions: Sessions) {
    let mut rounds = tokio::time::interval(INTERVAL);
    loop {
        rounds.tick().await;
        if let Err(error) = sweep(&sessions).await {
            tracing::warn!(%error, "what has expired could not be deleted");
        }
    }
}

/// Deletes all that has expired, in small batches; gives how many sessions and
/// logouts.
///
/// # Errors
///
/// When the database fails. The batches before are deleted.
pub async fn sweep(sessions: &Sessions) -> Result<u64, StoreError> {
    let mut deleted = 0;
    let mut most = *BATCH.start();
    loop {
        let began = Instant::now();
        let batch = sessions
            .delete_expired(OffsetDateTime::now_utc(), most)
            .await?;
        deleted += batch;
        if batch < u64::from(most) {
            return Ok(deleted);
        }
        let took = began.elapsed();
        most = next_batch(most, took);
        // Never more than half of the writer's time.
        tokio::time::sleep(took.max(PAUSE)).await;
    }
}

/// A quarter more where there is time left, half as many where it was too much.
fn next_batch(most: u32, took: Duration) -> u32 {
    let next = match took {
        _ if took > TARGET => most / 2,
        _ if took < TARGET / 2 => most + most / 4,
        _ => most,
    };
    next.clamp(*BATCH.start(), *BATCH.end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_grows_while_it_is_quick_and_shrinks_when_it_is_not() {
        let mut most = *BATCH.start();
        for _ in 0..40 {
            most = next_batch(most, Duration::from_millis(1));
        }
        assert_eq!(most, 1_000);
        assert_eq!(next_batch(most, Duration::from_millis(7)), 1_000);
        assert_eq!(next_batch(most, Duration::from_millis(11)), 500);
        assert_eq!(next_batch(10, Duration::from_secs(1)), 10);
    }
}
