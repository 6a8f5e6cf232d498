//! The places for refreshes: how many run at the same time in this process.
//! Nothing else takes them, so a flood of sign-ins does not make refreshes wait;
//! and refreshes in the background do not keep those back that a request waits
//! for.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::error::AuthError;

/// Places for refreshes that a request waits for.
const AWAITED: usize = 32;
/// Places for refreshes in the background.
const BACKGROUND: usize = 8;
/// How long a request waits for a place.
const WAIT_LIMIT: Duration = Duration::from_secs(10);

/// Whether a request waits for a refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Urgency {
    /// A request waits.
    Awaited,
    /// Nobody waits.
    Background,
}

/// The places of a process. Cheap to clone; clones share the places.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    awaited: Arc<Semaphore>,
    background: Arc<Semaphore>,
}

impl Places {
    pub(crate) fn new() -> Self {
        Self {
            awaited: Arc::new(Semaphore::new(AWAITED)),
            background: Arc::new(Semaphore::new(BACKGROUND)),
        }
    }

    /// Waits for a place. It is free again when the result is dropped.
    ///
    /// Fails with [`AuthError::RefreshBusy`] if a request waits too long.
    pub(crate) async fn take(&self, urgency: Urgency) -> Result<OwnedSemaphorePermit, AuthError> {
        let place = match urgency {
            Urgency::Awaited => {
                let place = Arc::clone(&self.awaited).acquire_owned();
                timeout(WAIT_LIMIT, place)
                    .await
                    .map_err(|_| AuthError::RefreshBusy)?
            }
            Urgency::Background => Arc::clone(&self.background).acquire_owned().await,
        };
        place.map_err(|_| AuthError::RefreshBusy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_limited_number_runs_and_the_background_takes_no_place_of_a_request() {
        let places = Places::new();
        let mut taken = Vec::new();
        for _ in 0..BACKGROUND {
            taken.push(places.take(Urgency::Background).await.unwrap());
        }
        let next = timeout(WAIT_LIMIT * 2, places.take(Urgency::Background)).await;
        assert!(next.is_err(), "it waits on");
        for _ in 0..AWAITED {
            taken.push(places.take(Urgency::Awaited).await.unwrap());
        }
        let refused = places.take(Urgency::Awaited).await;
        assert!(matches!(refused, Err(AuthError::RefreshBusy)));
        drop(taken);
        for urgency in [Urgency::Awaited, Urgency::Background] {
            places.take(urgency).await.unwrap();
        }
    }
}
