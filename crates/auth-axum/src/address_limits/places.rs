//! Places that addresses share: so that what some of them send, in whatever number,
//! keeps the others from nothing.

use std::{
    collections::HashMap,
    fmt,
    hash::Hash,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// A number of places, and of those that wait for one.
#[derive(Debug)]
pub(super) struct Places {
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
    max_waiting: usize,
    patience: Duration,
}

impl Places {
    pub(super) fn new(places: usize, max_waiting: usize, patience: Duration) -> Self {
        Self {
            places: Arc::new(Semaphore::new(places)),
            waiting: AtomicUsize::new(0),
            max_waiting,
            patience,
        }
    }

    /// Waits for a place. Returns `None` if too many wait, or for too long.
    pub(super) async fn take(&self) -> Option<OwnedSemaphorePermit> {
        let waiting = Waiting::enter(&self.waiting);
        if waiting.others >= self.max_waiting {
            return None;
        }
        let place = Arc::clone(&self.places).acquire_owned();
        timeout(self.patience, place).await.ok()?.ok()
    }
}

/// Who waits for a place, until it is dropped.
struct Waiting<'a> {
    count: &'a AtomicUsize,
    others: usize,
}

impl<'a> Waiting<'a> {
    fn enter(count: &'a AtomicUsize) -> Self {
        let others = count.fetch_add(1, Ordering::AcqRel);
        Self { count, others }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::AcqRel);
    }
}

/// [`Places`] for each key. Those of a key are forgotten when nobody uses them.
pub(super) struct PlacesByKey<K> {
    new: fn() -> Places,
    used: Mutex<HashMap<K, Arc<Places>>>,
}

impl<K: Eq + Hash + Copy> PlacesByKey<K> {
    pub(super) fn new(new: fn() -> Places) -> Self {
        Self {
            new,
            used: Mutex::default(),
        }
    }

    /// Waits for a place of this key.
    pub(super) async fn take(self: &Arc<Self>, key: K) -> Option<PlaceOfKey<K>> {
        let places = {
            let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(used.entry(key).or_insert_with(|| Arc::new((self.new)())))
        };
        let mut place = PlaceOfKey {
            all: Arc::clone(self),
            key,
            places: Some(Arc::clone(&places)),
            permit: None,
        };
        place.permit = Some(places.take().await?);
        Some(place)
    }
}

impl<K> fmt::Debug for PlacesByKey<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlacesByKey").finish_non_exhaustive()
    }
}

/// A place, or the wait for it. It is free again when this is dropped.
pub(super) struct PlaceOfKey<K: Eq + Hash> {
    all: Arc<PlacesByKey<K>>,
    key: K,
    /// `None` only while it is dropped.
    places: Option<Arc<Places>>,
    permit: Option<OwnedSemaphorePermit>,
}

impl<K: Eq + Hash> Drop for PlaceOfKey<K> {
    fn drop(&mut self) {
        self.permit = None;
        let mut used = self.all.used.lock().unwrap_or_else(PoisonError::into_inner);
        // While the map is locked, so that the last of two that are dropped at the same
        // time sees that it is the last.
        self.places = None;
        if used
            .get(&self.key)
            .is_some_and(|it| Arc::strong_count(it) == 1)
        {
            used.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    fn two_places() -> Places {
        Places::new(2, 1, Duration::from_secs(1))
    }

    #[tokio::test(start_paused = true)]
    async fn few_wait_and_not_for_long() {
        let places = two_places();
        let taken = (places.take().await.unwrap(), places.take().await.unwrap());
        let started = Instant::now();
        let seconds_until_refused = async || {
            assert!(places.take().await.is_none());
            started.elapsed().as_secs()
        };
        let (waited, refused) = tokio::join!(seconds_until_refused(), seconds_until_refused());
        assert_eq!(
            (waited, refused),
            (1, 0),
            "the second found one that waited"
        );
        let (waited, ()) = tokio::join!(places.take(), async { drop(taken) });
        assert!(waited.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn keys_do_not_take_places_from_each_other() {
        let places = Arc::new(PlacesByKey::new(two_places));
        let taken = (places.take(1).await.unwrap(), places.take(1).await.unwrap());
        assert!(places.take(1).await.is_none());
        let other = places.take(2).await.unwrap();
        assert_eq!(places.used.lock().unwrap().len(), 2);
        drop((taken, other));
        assert!(places.used.lock().unwrap().is_empty(), "and are forgotten");
    }
}
