//! Measures how long concurrent requests wait while something else happens.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use auth_core::{NewSession, ProviderSessionIdHash, SessionIdHash, SessionStore as _, UserIdHash};
use auth_sqlx::SqlStore;
use tokio::task::JoinHandle;

use super::fill::Fill;

/// The pause between two requests of one kind: some hundreds per second.
const PAUSE: Duration = Duration::from_millis(3);

pub struct Waits {
    pub count: usize,
    pub p99: Duration,
    pub longest: Duration,
}

pub struct Waited {
    /// The read that every request does.
    pub reads: Waits,
    /// The writes of sign-ins and sign-outs.
    pub writes: Waits,
}

pub struct Probe {
    is_over: Arc<AtomicBool>,
    reads: JoinHandle<Vec<Duration>>,
    writes: JoinHandle<Vec<Duration>>,
}

impl Probe {
    pub fn start(store: &SqlStore, fill: &Fill) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let reads = {
            let (store, is_over) = (store.clone(), Arc::clone(&is_over));
            let keys = fill.sample(20_000);
            tokio::spawn(async move {
                let mut waited = Vec::new();
                for key in keys.iter().cycle() {
                    if is_over.load(Ordering::Relaxed) {
                        break;
                    }
                    let began = Instant::now();
                    store.load(key).await.unwrap();
                    waited.push(began.elapsed());
                    tokio::time::sleep(PAUSE).await;
                }
                waited
            })
        };
        let writes = {
            let (store, is_over) = (store.clone(), Arc::clone(&is_over));
            tokio::spawn(async move {
                let mut waited = Vec::new();
                while !is_over.load(Ordering::Relaxed) {
                    let key = SessionIdHash::from_bytes(rand::random());
                    let began = Instant::now();
                    store.create(session(key)).await.unwrap();
                    waited.push(began.elapsed());
                    tokio::time::sleep(PAUSE).await;
                    let began = Instant::now();
                    store.delete(&key).await.unwrap();
                    waited.push(began.elapsed());
                    tokio::time::sleep(PAUSE).await;
                }
                waited
            })
        };
        Self {
            is_over,
            reads,
            writes,
        }
    }

    pub async fn stop(self) -> Waited {
        self.is_over.store(true, Ordering::Relaxed);
        Waited {
            reads: waits(self.reads.await.unwrap()),
            writes: waits(self.writes.await.unwrap()),
        }
    }
}

fn session(key: SessionIdHash) -> NewSession {
    NewSession::new(
        key,
        UserIdHash::from_bytes(*key.as_bytes()),
        vec![7; 520],
        vec![7; 1400],
        Duration::from_secs(3600),
    )
    .of_provider_session(ProviderSessionIdHash::from_bytes(*key.as_bytes()))
}

fn waits(mut waited: Vec<Duration>) -> Waits {
    waited.sort_unstable();
    Waits {
        count: waited.len(),
        p99: waited[waited.len() * 99 / 100],
        longest: *waited.last().unwrap(),
    }
}
