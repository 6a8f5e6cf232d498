//! Deleting what has expired.

use std::time::Duration;

use auth_core::StoreError;
use time::OffsetDateTime;

use crate::Sessions;

const INTERVAL: Duration = Duration::from_secs(10 * 60);
/// Few enough that no request waits noticeably for the writer.
const BATCH: u32 = 500;
/// Between two batches, for the requests that write.
const PAUSE: Duration = Duration::from_millis(20);

/// Deletes what has expired, now and then, for ever. An error of the database
/// is logged, and the next round tries again.
pub async fn sweep_expired(sessions: Sessions) {
    let mut rounds = tokio::time::interval(INTERVAL);
    loop {
        rounds.tick().await;
        if let Err(error) = sweep(&sessions).await {
            tracing::warn!(%error, "expired sessions could not be deleted");
        }
    }
}

/// Deletes all sessions that have expired, in small batches; gives how many.
///
/// # Errors
///
/// When the database fails. The batches before are deleted.
pub async fn sweep(sessions: &Sessions) -> Result<u64, StoreError> {
    let mut deleted = 0;
    loop {
        let now = OffsetDateTime::now_utc();
        let batch = sessions.delete_expired(now, BATCH).await?;
        deleted += batch;
        if batch < u64::from(BATCH) {
            return Ok(deleted);
        }
        tokio::time::sleep(PAUSE).await;
    }
}
