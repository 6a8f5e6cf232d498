//! Deleting what has expired.

use std::time::Duration;

use time::OffsetDateTime;

use crate::SqliteSessions;

const INTERVAL: Duration = Duration::from_secs(10 * 60);
/// Few enough that no request waits noticeably for the writer.
const BATCH: u32 = 500;
/// Between two batches, for the requests that write.
const PAUSE: Duration = Duration::from_millis(20);

/// Deletes expired sessions in small batches, now and then, for ever. An error
/// of the database is logged, and the next round tries again.
pub async fn sweep_expired(sessions: SqliteSessions) {
    let mut rounds = tokio::time::interval(INTERVAL);
    loop {
        rounds.tick().await;
        loop {
            match sessions
                .delete_expired(OffsetDateTime::now_utc(), BATCH)
                .await
            {
                Ok(deleted) if deleted == u64::from(BATCH) => tokio::time::sleep(PAUSE).await,
                Ok(_) => break,
                Err(error) => {
                    tracing::warn!(%error, "expired sessions could not be deleted");
                    break;
                }
            }
        }
    }
}
