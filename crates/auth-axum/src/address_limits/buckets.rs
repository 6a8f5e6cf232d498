//! What each address, or each network, has left. Crates for rate limits cannot give back
//! what was taken, and a completed sign-in gives back what its beginning took.

use std::{
    fmt,
    hash::Hash,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use lru::LruCache;
use tokio::time::Instant;

use super::{LimitExceeded, Limited};

/// The most keys that are remembered; the one that was seen longest ago is
/// forgotten. About three megabytes for each table.
const MAX: usize = 20_000;
const MINUTE: f64 = 60.0;

/// A bucket for each key, an address or a network, and each thing that is limited.
pub(super) struct Buckets<K: Eq + Hash> {
    per_minute: f64,
    buckets: Mutex<LruCache<(Limited, K), Bucket>>,
}

struct Bucket {
    left: f64,
    at: Instant,
}

impl<K: Eq + Hash> Buckets<K> {
    pub(super) fn new(per_minute: u32) -> Self {
        Self {
            per_minute: per_minute.into(),
            // It allocates all its memory at once if it has a limit.
            buckets: Mutex::new(LruCache::unbounded()),
        }
    }

    /// Takes one. Returns which part of all was there.
    pub(super) fn take(&self, limited: Limited, key: K) -> Result<f64, LimitExceeded> {
        self.change(limited, key, |bucket| {
            if bucket.left >= 1.0 {
                let part = bucket.left / self.per_minute;
                bucket.left -= 1.0;
                return Ok(part);
            }
            let seconds = (1.0 - bucket.left) / self.per_minute * MINUTE;
            let retry_after = Duration::from_secs_f64(seconds);
            Err(LimitExceeded { retry_after })
        })
    }

    pub(super) fn give_back(&self, limited: Limited, key: K, number: u32) {
        self.change(limited, key, |bucket| {
            bucket.left = (bucket.left + f64::from(number)).min(self.per_minute);
        });
    }

    fn change<T>(&self, limited: Limited, key: K, change: impl FnOnce(&mut Bucket) -> T) -> T {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let bucket = buckets.get_or_insert_mut((limited, key), || Bucket {
            left: self.per_minute,
            at: now,
        });
        let earned = (now - bucket.at).as_secs_f64() / MINUTE * self.per_minute;
        bucket.left = (bucket.left + earned).min(self.per_minute);
        bucket.at = now;
        let result = change(bucket);
        if buckets.len() > MAX {
            buckets.pop_lru();
        }
        result
    }
}

impl<K: Eq + Hash> fmt::Debug for Buckets<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buckets")
            .field("per_minute", &self.per_minute)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_was_taken_is_there_again_with_time_and_never_more() {
        let buckets = Buckets::new(2);
        let take = || buckets.take(Limited::SignIns, "key").is_ok();
        buckets.give_back(Limited::SignIns, "key", 5);
        assert_eq!([take(), take(), take()], [true, true, false]);
        advance(Duration::from_secs(30)).await;
        assert_eq!([take(), take()], [true, false]);
        advance(Duration::from_secs(600)).await;
        assert_eq!([take(), take(), take()], [true, true, false]);
    }

    #[tokio::test(start_paused = true)]
    async fn the_key_that_was_seen_longest_ago_is_forgotten() {
        let buckets = Buckets::new(1);
        let take = |key| buckets.take(Limited::SignIns, key).is_ok();
        for key in 0..MAX {
            assert!(take(key));
        }
        assert!(!take(0), "it is remembered");
        assert!(take(MAX));
        assert_eq!(buckets.buckets.lock().unwrap().len(), MAX);
        assert!(take(1), "it is forgotten");
        assert!(!take(0), "it was seen later");
    }
}
