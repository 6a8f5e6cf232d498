//! What is true afterwards: of every session that ever began, of the grants at the
//! provider, of the database, of the servers' logs.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write as _,
    sync::Arc,
    time::{Duration, Instant},
};

use auth_core::Auth;
use auth_sqlx::SqlStore;
use auth_testkit::{REFRESH_TOKEN, settings};
use reqwest::Method;
use serde_json::Value;
use sqlx::{Connection as _, PgConnection, SqliteConnection};
use tokio::{sync::Semaphore, task::JoinSet};

use crate::{
    server_process::Browser,
    shadow::{Session, Span},
    tally::Deed,
    user::Visitor,
    world::{Stage, until},
};

const SECRET: &str = "a secret of more than thirty-two characters";
/// How long after the end of a session its refresh token may be revoked.
const REVOCATION: Duration = Duration::from_secs(2);
/// How long after it has expired. The first sweep of a server is after a minute.
const SWEEP: Duration = Duration::from_secs(90);

#[derive(Debug, Default)]
pub struct Aftermath {
    pub began: usize,
    /// Sign-ins without an answer.
    pub unfinished: usize,
    pub alive: usize,
    /// Rows when the last session had expired, and after the sweep.
    pub rows: [i64; 2],
    /// Refresh tokens that can be used after that, of sessions that ended while
    /// something was taken away.
    pub grants_explained: usize,
    pub refreshes: usize,
    pub revocations: usize,
    /// Warnings and errors of the servers, by their text.
    pub complaints: BTreeMap<String, usize>,
}

impl Stage {
    /// Kills both servers, starts them again and looks at everything.
    pub async fn look_back(&mut self) -> Aftermath {
        // All that the users did is done by then.
        tokio::time::sleep(REVOCATION).await;
        for server in &mut self.servers {
            server.kill().await;
            server.start_again().await;
        }
        let mut seen = Aftermath::default();
        self.look_at_all_sessions(&mut seen).await;
        self.usable_grants(&seen);
        let last = self.sessions().map(|(_, session)| session.expires()).max();
        until(last.unwrap_or_else(Instant::now)).await;
        seen.rows[0] = self.rows().await;
        self.sweep().await;
        seen.rows[1] = self.rows().await;
        if seen.rows[1] != 0 {
            self.violated(format!("{} rows are left after the sweep", seen.rows[1]));
        }
        self.unusable_grants(&mut seen);
        self.read_logs(&mut seen);
        let state = self.world.provider.state();
        seen.refreshes = state.refresh.sent.len();
        seen.revocations = state.revoked.len();
        drop(state);
        seen
    }

    fn violated(&self, text: String) {
        self.world.tally.violated(text);
    }

    fn sessions(&self) -> impl Iterator<Item = (usize, Arc<Session>)> + use<> {
        let users = self.world.users.iter().enumerate();
        let all = users.flat_map(|(number, user)| {
            let sessions = user.sessions.lock().unwrap().clone();
            sessions.into_iter().map(move |session| (number, session))
        });
        all.collect::<Vec<_>>().into_iter()
    }

    /// Sends the cookie of each session that ever began to both servers.
    async fn look_at_all_sessions(&self, seen: &mut Aftermath) {
        let places = Arc::new(Semaphore::new(16));
        let browser = Browser::new();
        let mut looks = JoinSet::new();
        for (number, session) in self.sessions() {
            seen.began += 1;
            let visitor = Visitor {
                world: Arc::clone(&self.world),
                number,
                browser: browser.clone(),
                session: None,
            };
            let Some(visitor) = visitor.with_cookie(&session) else {
                seen.unfinished += 1;
                continue;
            };
            let places = Arc::clone(&places);
            looks.spawn(async move {
                let _place = places.acquire().await.unwrap();
                look(visitor, &session).await
            });
        }
        let alive = looks.join_all().await;
        seen.alive = alive.into_iter().filter(|it| *it).count();
    }

    /// Returns the sessions whose refresh tokens the provider accepts.
    fn grants(&self) -> Vec<String> {
        let usable = self.world.provider.state().refresh.usable();
        let prefix = format!("{REFRESH_TOKEN}.");
        let codes = usable
            .iter()
            .filter_map(|token| token.strip_prefix(&prefix));
        codes
            .map(|code| code.trim_end_matches('~').to_owned())
            .collect()
    }

    /// Checks that each session that is alive has a refresh token that works.
    fn usable_grants(&self, seen: &Aftermath) {
        let grants = self.grants();
        let alive = self.sessions().filter(|(_, session)| session.is_alive());
        let mut count = 0;
        for (_, session) in alive {
            count += 1;
            if !grants.contains(&session.code) {
                let code = &session.code;
                self.violated(format!("the session of {code} has no usable refresh token"));
            }
        }
        assert!(count <= seen.alive, "{count} of {}", seen.alive);
    }

    /// Checks that no other refresh token works, unless what should have revoked it
    /// was disturbed.
    fn unusable_grants(&self, seen: &mut Aftermath) {
        let sessions: HashMap<_, _> = self
            .sessions()
            .map(|(_, session)| (session.code.clone(), session))
            .collect();
        for code in self.grants() {
            let Some(session) = sessions.get(&code) else {
                self.violated(format!("nobody knows the sign-in of {code}"));
                continue;
            };
            // A sweep that a kill interrupts has deleted rows and revoked nothing yet.
            let ended = session.end().filter(|_| session.was_ended());
            let (from, to) = match ended {
                Some(end) => (end.from, end.to + REVOCATION),
                None => (session.expires(), session.expires() + SWEEP),
            };
            let is_explained = [session.began, Span { from, to }]
                .into_iter()
                .any(|span| self.world.windows.keeps_from_revoking(span));
            if is_explained {
                seen.grants_explained += 1;
            } else {
                let history = session.history(Instant::now());
                self.violated(format!("the refresh token of {code} works: {history}"));
            }
        }
    }

    /// Deletes what has expired, and revokes it, as a server does.
    async fn sweep(&self) {
        let store = SqlStore::open(self.database.url.as_str()).await.unwrap();
        let config = settings(&self.world.provider, &self.world.origins[0]).secret(SECRET);
        let auth = Auth::new(config.build().unwrap(), store.clone()).unwrap();
        auth.warm_up().await.unwrap();
        store.sweep().await.unwrap();
        auth.finish().await;
        store.close().await;
    }

    /// Counts the rows of sessions.
    async fn rows(&self) -> i64 {
        let url = &self.database.url;
        let mut count = 0;
        for table in ["tower_sessions", "auth_sessions", "auth_tokens"] {
            let query = format!("select count(*) from {table}");
            let rows: i64 = if self.postgres.is_some() {
                let mut connection = PgConnection::connect(url).await.unwrap();
                let query = sqlx::query_scalar(&query);
                query.fetch_one(&mut connection).await.unwrap()
            } else {
                let mut connection = SqliteConnection::connect(url).await.unwrap();
                let query = sqlx::query_scalar(&query);
                query.fetch_one(&mut connection).await.unwrap()
            };
            count = count.max(rows);
        }
        count
    }

    fn read_logs(&self, seen: &mut Aftermath) {
        for server in &self.servers {
            for line in server.complaints.lock().unwrap().iter() {
                let logged: Value = serde_json::from_str(line).unwrap_or_default();
                let message = logged["message"].as_str().unwrap_or(line);
                let message: String = message.chars().take(70).collect();
                *seen.complaints.entry(message).or_default() += 1;
            }
        }
        for (message, count) in &seen.complaints {
            if message.contains("panicked") || message.contains("cannot open a stored session") {
                self.violated(format!("{count} × {message}"));
            }
        }
    }
}

/// Looks at a session on both servers. Returns whether it is alive.
async fn look(visitor: Visitor, session: &Arc<Session>) -> bool {
    const DEED: Deed = Deed::Session;
    let mut is_alive = true;
    for origin in &visitor.world.origins {
        let mut browser = visitor.clone();
        let path = "/api/auth/session";
        match browser
            .ask_at(origin.clone(), DEED, Method::GET, path, "")
            .await
        {
            Ok(answer) => {
                let is_signed_in = answer.text.contains(&visitor.user().name);
                browser.judge(DEED, session, answer.span, is_signed_in);
                is_alive &= is_signed_in;
            }
            Err(failure) => browser.failed(DEED, &failure),
        }
    }
    is_alive
}

impl Aftermath {
    pub fn write(&self, stage: &Stage, table: &mut String) {
        let tally = &stage.world.tally;
        writeln!(table, "\n| afterwards | |\n|---|---|").unwrap();
        for (name, count) in [
            ("users who saw another's session", tally.foreign_sessions()),
            ("ended sessions that came back", tally.count("came back")),
            (
                "sessions that outlived themselves",
                tally.count("outlived itself"),
            ),
            ("sessions that were lost", tally.count("lost")),
            ("sign-ins", self.began),
            ("of these without an answer", self.unfinished),
            ("refreshes at the provider", self.refreshes),
            ("revocations at the provider", self.revocations),
            ("sessions alive at the end", self.alive),
            (
                "grants without a session whose revocation was disturbed",
                self.grants_explained,
            ),
        ] {
            writeln!(table, "| {name} | {count} |").unwrap();
        }
        let [before, after] = self.rows;
        writeln!(
            table,
            "| rows before and after the sweep | {before}, {after} |"
        )
        .unwrap();
        writeln!(
            table,
            "\n| warnings and errors of the servers | |\n|---|---|"
        )
        .unwrap();
        for (message, count) in &self.complaints {
            writeln!(table, "| {message} | {count} |").unwrap();
        }
    }
}
