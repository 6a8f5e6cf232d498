//! Reads sessions, several of them with one statement.
//!
//! sqlx runs each SQLite connection on a thread of its own. To hand a statement to
//! that thread, and its rows back, takes several times as long as the read itself.
//! So a task reads the sessions of all requests that wait, at once. No session is
//! read before it was asked for: the statement begins after the request.

use std::{collections::HashMap, sync::Arc, time::Duration};

use sqlx::{FromRow as _, Row as _, Sqlite, SqlitePool, pool::PoolConnection, sqlite::SqliteRow};
use time::OffsetDateTime;
use tokio::{
    sync::{
        mpsc::{self, Receiver, Sender, error::TrySendError},
        oneshot,
    },
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower_sessions_core::session::Id;

use crate::{error::SqlError, rows::SessionColumns};

/// As many rows as sqlx hands back without waiting for the reader.
const MAX_BATCH: usize = 50;
/// How many requests wait; more fail at once. Far more than a server answers in the
/// time that they wait.
const MAX_WAITING: usize = 16 * 1024;
/// How long a request waits: for a statement that waits for a lock of the file, and
/// for its own.
const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// The order of the tables keeps SQLite from reading all sessions.
pub(super) const SELECT: &str = "
    select session.id, data, expiry_date, claims_stale_since,
           cast(unixepoch('subsec') * 1000 as integer)
    from json_each($1) as wanted
    cross join tower_sessions as session on session.id = wanted.value
    where expiry_date > strftime('%Y-%m-%dT%H:%M:%SZ', 'now')";

/// A row of [`SELECT`].
type Row = (String, Vec<u8>, OffsetDateTime, Option<i64>, i64);
type Columns = Result<SessionColumns, Arc<sqlx::Error>>;

struct Wanted {
    id: Id,
    found: oneshot::Sender<Option<Columns>>,
}

/// The task that reads sessions. It ends when the value is closed or dropped.
#[derive(Debug)]
pub(super) struct SessionReads {
    requests: Sender<Wanted>,
    closing: CancellationToken,
    task: TaskTracker,
}

impl SessionReads {
    /// Starts the task. It keeps one connection of the pool.
    pub(super) fn start(pool: SqlitePool) -> Self {
        let (requests, wanted) = mpsc::channel(MAX_WAITING);
        let closing = CancellationToken::new();
        let task = TaskTracker::new();
        task.spawn(serve(pool, wanted, closing.clone()));
        task.close();
        Self {
            requests,
            closing,
            task,
        }
    }

    /// Reads a session that has not expired by the database's clock.
    pub(super) async fn read(&self, id: Id) -> Result<Option<SessionColumns>, SqlError> {
        let (found, answer) = oneshot::channel();
        self.requests
            .try_send(Wanted { id, found })
            .map_err(|error| match error {
                TrySendError::Full(_) => format!("{MAX_WAITING} requests wait for SQLite").into(),
                TrySendError::Closed(_) => closed(),
            })?;
        match timeout(READ_TIMEOUT, answer).await {
            Ok(Ok(found)) => Ok(found.transpose()?),
            Ok(Err(_)) => Err(closed()),
            Err(_) => Err(format!("SQLite did not answer within {READ_TIMEOUT:?}").into()),
        }
    }

    /// Waits for the requests that wait already, and ends the task, which gives its
    /// connection back.
    pub(super) async fn close(&self) {
        self.closing.cancel();
        self.task.wait().await;
    }
}

fn closed() -> SqlError {
    "the session store is closed".into()
}

async fn serve(pool: SqlitePool, mut requests: Receiver<Wanted>, closing: CancellationToken) {
    let mut connection = None;
    let mut batch = Vec::with_capacity(MAX_BATCH);
    loop {
        tokio::select! {
            count = requests.recv_many(&mut batch, MAX_BATCH) => if count == 0 {
                return;
            },
            () = closing.cancelled(), if !requests.is_closed() => requests.close(),
        }
        // Nobody waits any longer for a read that was too late.
        batch.retain(|wanted: &Wanted| !wanted.found.is_closed());
        if batch.is_empty() {
            continue;
        }
        match rows(&pool, &mut connection, &batch).await {
            Ok(rows) => {
                for Wanted { id, found } in batch.drain(..) {
                    drop(found.send(rows.get(&id).cloned()));
                }
            }
            Err(error) => {
                // The pool opens another connection if this one is broken.
                connection = None;
                let error = Arc::new(error);
                for Wanted { found, .. } in batch.drain(..) {
                    drop(found.send(Some(Err(Arc::clone(&error)))));
                }
            }
        }
    }
}

async fn rows(
    pool: &SqlitePool,
    connection: &mut Option<PoolConnection<Sqlite>>,
    batch: &[Wanted],
) -> Result<HashMap<Id, Columns>, sqlx::Error> {
    let connection = match connection {
        Some(connection) => connection,
        None => connection.insert(pool.acquire().await?),
    };
    let ids: Vec<String> = batch.iter().map(|wanted| wanted.id.to_string()).collect();
    let rows = sqlx::query(SELECT)
        .bind(serde_json::Value::from(ids).to_string())
        .fetch_all(&mut **connection)
        .await?;
    Ok(rows
        .iter()
        .filter_map(|row| {
            let id: &str = row.try_get(0).ok()?;
            Some((id.parse().ok()?, columns(row)))
        })
        .collect())
}

/// Reads a row. One that is damaged fails alone.
fn columns(row: &SqliteRow) -> Columns {
    let (_, data, expires_at, claims_stale_since, now) = Row::from_row(row)?;
    Ok(SessionColumns {
        data,
        expires_at,
        claims_stale_since,
        now,
    })
}
