//! An SQLite file that may be moved away and put back while it is open.
//!
//! Moving or deleting an open file does not affect its connections, but what
//! they write is lost to whoever opens the path next. So the path is watched:
//! while the file is not there every operation fails, and once a database is
//! there again, it is opened.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock, Weak},
    time::Duration,
};

use super::{file_state::FileState, pools::SqlitePools};
use crate::error::{OpenError, SqlError};

const WATCH_INTERVAL: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(crate) struct WatchedFile {
    path: PathBuf,
    state: RwLock<State>,
}

#[derive(Clone, Debug)]
enum State {
    Open(Arc<SqlitePools>),
    /// The file is not at its path, or another one is. Holds the closed
    /// connections to it.
    Gone(Arc<SqlitePools>),
    Closed,
}

impl WatchedFile {
    /// Opens the database at `path`, creates it if it does not exist, and
    /// watches it until it is closed or dropped.
    pub(crate) async fn open(path: &Path) -> Result<Arc<Self>, OpenError> {
        if let Some(directory) = path.parent().filter(|path| !path.as_os_str().is_empty()) {
            fs::create_dir_all(directory).map_err(|source| OpenError::Directory {
                path: path.to_owned(),
                source,
            })?;
        }
        let pools = SqlitePools::create(path).await?;
        let file = Arc::new(Self {
            path: path.to_owned(),
            state: RwLock::new(State::Open(Arc::new(pools))),
        });
        tokio::spawn(watch(Arc::downgrade(&file)));
        Ok(file)
    }

    /// Waits for running operations and closes the connections.
    pub(crate) async fn close(&self) {
        let before = self.state();
        self.set_state(State::Closed);
        if let State::Open(pools) = before {
            pools.close().await;
        }
    }

    /// Returns the open connections. Fails while the file is not at its path,
    /// and after [`close`](Self::close).
    pub(crate) fn pools(&self) -> Result<Arc<SqlitePools>, SqlError> {
        match self.state() {
            State::Open(pools) => Ok(pools),
            State::Gone(_) => {
                let path = self.path.display();
                Err(format!("the SQLite file {path} was moved, deleted or replaced").into())
            }
            State::Closed => Err("the session store is closed".into()),
        }
    }

    fn state(&self) -> State {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.clone()
    }

    /// Sets the state unless it is [`State::Closed`]. Returns whether it did.
    fn set_state(&self, new: State) -> bool {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if matches!(*state, State::Closed) {
            return false;
        }
        *state = new;
        true
    }

    async fn reopen(&self, before: &SqlitePools) {
        match SqlitePools::reopen(&self.path, before).await {
            Ok(pools) => {
                let pools = Arc::new(pools);
                if self.set_state(State::Open(Arc::clone(&pools))) {
                    tracing::info!(
                        path = %self.path.display(),
                        "the SQLite file is back; sessions work again"
                    );
                } else {
                    pools.close().await;
                }
            }
            Err(error) => tracing::error!(
                %error,
                "the SQLite file is back but cannot be opened; the next attempt is in a second"
            ),
        }
    }
}

/// Compares the file at the path with the one that is open, every
/// [`WATCH_INTERVAL`]. Returns when the file was closed or dropped.
async fn watch(file: Weak<WatchedFile>) {
    let mut seen = None;
    loop {
        tokio::time::sleep(WATCH_INTERVAL).await;
        let Some(file) = file.upgrade() else {
            return;
        };
        let found = FileState::of(&file.path).await.ok();
        match file.state() {
            State::Closed => return,
            State::Open(pools) if found.is_some_and(|found| found.id == pools.file) => {}
            State::Open(pools) => {
                tracing::error!(
                    path = %file.path.display(),
                    "the SQLite file was moved, deleted or replaced: sessions do not work until \
                     a database is at this path; put the file or a backup there"
                );
                file.set_state(State::Gone(Arc::clone(&pools)));
                pools.leave().await;
            }
            // Only a file that did not change between two looks: it is complete,
            // and other servers had the time to notice it and to close the file
            // before it together with its write-ahead log.
            State::Gone(before) if found.is_some() && found == seen => {
                file.reopen(&before).await;
            }
            State::Gone(_) => {}
        }
        seen = found;
    }
}
