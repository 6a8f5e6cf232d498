//! Sessions in an SQLite file, which may be moved away and put back.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock, Weak},
    time::Duration,
};

use auth_core::{
    EndedSession, LeaseHolder, LeaseOutcome, LogoutTarget, NewSession, ProviderLogout,
    ProviderLogoutOutcome, ProviderSessionIdHash, RememberedToken, SealingKeyId, SessionIdHash,
    SessionRow, StoredSession, StoredTokens, TokensVersion, UserIdHash, UserSessions, WriteOutcome,
};
use sqlx::{Sqlite, SqlitePool, Transaction};
use time::OffsetDateTime;
use tower_sessions_core::{SessionStore as _, session::Id, session_store};
use tower_sessions_sqlx_store::SqliteStore;

use crate::{
    OpenError,
    file_state::FileState,
    sql_hash_keys::sql_hash_keys,
    sql_lists::sql_lists,
    sql_logouts::sql_logouts,
    sql_rows::{Columns, SqlError, key_of, now, packed, row_id, sealed_in, session_row, unpacked},
    sql_sessions::sql_sessions,
    sql_tokens::sql_tokens,
    sqlite_pools::SqlitePools,
};

/// How often it is looked whether the file is still there.
const LOOK: Duration = Duration::from_secs(1);

type Work = Transaction<'static, Sqlite>;

/// Sessions in an SQLite file.
///
/// A file that is open lives on when it is moved away or deleted, and what is
/// written to it then is lost. So its path is watched: while the file is not
/// there all operations fail, and when one is there again, it is opened.
#[derive(Clone, Debug)]
pub(crate) struct SqliteSessions(Arc<Watched>);

#[derive(Debug)]
struct Watched {
    path: PathBuf,
    state: RwLock<State>,
}

#[derive(Clone, Debug)]
enum State {
    Open(Arc<SqlitePools>),
    /// The file is not there, or is another. With the connections of before,
    /// which are closed.
    Gone(Arc<SqlitePools>),
    Closed,
}

impl SqliteSessions {
    /// Opens the database at `path`, makes it if there is none, and brings its
    /// tables up to date.
    pub(crate) async fn open(path: &Path) -> Result<Self, OpenError> {
        if let Some(directory) = path.parent().filter(|path| !path.as_os_str().is_empty()) {
            fs::create_dir_all(directory).map_err(|source| OpenError::Directory {
                path: path.to_owned(),
                source,
            })?;
        }
        let pools = SqlitePools::create(path).await?;
        let watched = Arc::new(Watched {
            path: path.to_owned(),
            state: RwLock::new(State::Open(Arc::new(pools))),
        });
        tokio::spawn(watch(Arc::downgrade(&watched)));
        Ok(Self(watched))
    }

    /// Closes the connections, after what is under way.
    pub(crate) async fn close(&self) {
        let before = self.0.state();
        self.0.change(State::Closed);
        if let State::Open(pools) = before {
            pools.close().await;
        }
    }

    fn pools(&self) -> Result<Arc<SqlitePools>, SqlError> {
        match self.0.state() {
            State::Open(pools) => Ok(pools),
            State::Gone(_) => Err(format!("{} is gone", self.0.path.display()).into()),
            State::Closed => Err("the database was closed".into()),
        }
    }

    fn rows(&self) -> Result<SqliteStore, SqlError> {
        Ok(self.pools()?.rows.clone())
    }

    fn reader(&self) -> Result<SqlitePool, SqlError> {
        Ok(self.pools()?.readers.clone())
    }

    fn writer(&self) -> Result<SqlitePool, SqlError> {
        Ok(self.pools()?.writer.clone())
    }

    async fn begin(&self) -> Result<Work, SqlError> {
        Ok(self.pools()?.begin().await?)
    }

    /// Transactions that write have the whole file to themselves from their
    /// beginning on.
    async fn lock_provider_session(
        _work: &mut Work,
        _key: &ProviderSessionIdHash,
    ) -> Result<(), SqlError> {
        Ok(())
    }
}

/// Looks at the file now and then, until the last of those who use it is gone.
async fn watch(watched: Weak<Watched>) {
    let mut seen = None;
    loop {
        tokio::time::sleep(LOOK).await;
        let Some(watched) = watched.upgrade() else {
            return;
        };
        let found = FileState::of(&watched.path).await.ok();
        match watched.state() {
            State::Closed => return,
            State::Open(pools) if found.is_some_and(|found| found.id == pools.file) => {}
            State::Open(pools) => {
                tracing::error!(path = %watched.path.display(), "the database is gone");
                watched.change(State::Gone(Arc::clone(&pools)));
                pools.leave().await;
            }
            // One that is the same at two looks: it is no longer being copied,
            // and other servers have seen it too, and have let go of the one
            // before and its log.
            State::Gone(before) if found.is_some() && found == seen => {
                watched.reopen(&before).await;
            }
            State::Gone(_) => {}
        }
        seen = found;
    }
}

impl Watched {
    fn state(&self) -> State {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.clone()
    }

    /// Takes another state, unless it is closed. Whether it did.
    fn change(&self, new: State) -> bool {
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
                if self.change(State::Open(Arc::clone(&pools))) {
                    tracing::info!(path = %self.path.display(), "the database is there again");
                } else {
                    pools.close().await;
                }
            }
            Err(error) => tracing::error!(%error, "the database cannot be opened again"),
        }
    }
}

sql_sessions!(SqliteSessions, "", "");
sql_tokens!(
    SqliteSessions,
    "cast(unixepoch('subsec') * 1000 as integer)"
);
sql_lists!(SqliteSessions, "");
sql_logouts!(SqliteSessions, "", "");
sql_hash_keys!(SqliteSessions);

#[cfg(test)]
mod tests {
    use super::*;

    /// The plan that SQLite has for a statement, a line a step.
    async fn plan(sessions: &SqliteSessions, statement: &str) -> String {
        let explain = format!("explain query plan {statement}");
        let steps: Vec<(i64, i64, i64, String)> = sqlx::query_as(&explain)
            .fetch_all(&sessions.writer().unwrap())
            .await
            .unwrap();
        steps
            .into_iter()
            .map(|(.., step)| step + "\n")
            .collect::<String>()
    }

    #[tokio::test]
    async fn what_has_expired_is_found_by_its_index() {
        let name = format!("auth-plan-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let sessions = SqliteSessions::open(&folder.join("auth.db")).await.unwrap();
        let expired = plan(&sessions, SqliteSessions::DELETE_EXPIRED).await;
        let past = plan(&sessions, SqliteSessions::FORGET_LOGOUTS).await;
        sessions.close().await;
        fs::remove_dir_all(folder).unwrap();
        for (plan, index) in [
            (expired, "tower_sessions_expiry"),
            (past, "auth_logouts_forget"),
        ] {
            assert!(plan.contains(index), "{plan}");
            for step in plan.lines() {
                // Of at most as many as one batch deletes.
                let is_few = step == "SCAN ended" || step == "SCAN past";
                assert!(is_few || !step.contains("SCAN"), "{plan}");
                assert!(!step.contains("TEMP B-TREE FOR ORDER"), "{plan}");
            }
        }
    }
}
