//! What is taken away, when, and that it is given back.

use std::time::{Duration, Instant};

use sqlx::{Connection as _, Executor as _, SqliteConnection};

use auth_testkit::Fault;

use crate::{
    shadow::Span,
    tally::Deed,
    user::failed,
    windows::{Disturbance, GRACE},
    world::{PROVIDER, Stage, until},
};

/// The endpoints that fail if the provider does.
const ENDPOINTS: [&str; 5] = [
    "/oidc/.well-known/openid-configuration",
    "/oidc/jwks",
    "/oidc/token",
    "/oidc/me",
    "/oidc/token/revocation",
];
/// The provider replaces no refresh tokens while something is taken away, and for this
/// long before: a token whose answer is lost is lost, and its session ends with the
/// next refresh, as it should. Logto replaces tokens only in the last third of their
/// lives.
const BEFORE: Duration = Duration::from_secs(1);

/// The memory of both servers, in megabytes, at each of these parts of the run.
pub type Memory = Vec<(&'static str, [f64; 2])>;

impl Stage {
    /// Lets users in for this long, while servers are killed (in the first fifth), and
    /// provider and database are taken away (in the rest), with some calm at the end.
    /// Returns the memory that the servers needed.
    pub async fn run(&mut self, length: Duration, calm: Duration) -> Memory {
        let start = Instant::now();
        let at = |part: f64| start + length.mul_f64(part);
        self.let_users_in();
        for (part, killed) in [(0.05, &[0][..]), (0.1, &[1]), (0.15, &[0, 1])] {
            until(at(part)).await;
            self.kill(killed).await;
        }
        until(at(0.2)).await;
        let mut memory = vec![("20 %", self.memory())];
        let away = length.mul_f64(0.01).max(Duration::from_secs(1));
        let disturbances = self.disturbances();
        let rounds = usize::try_from((length.as_secs() / 120).max(1)).unwrap();
        for round in 0..rounds {
            for (number, what) in disturbances.iter().enumerate() {
                let number = round * disturbances.len() + number;
                let total = rounds * disturbances.len();
                #[allow(clippy::cast_precision_loss, reason = "few")]
                let part = number as f64 / total as f64;
                if memory.len() == 1 && part >= 0.375 {
                    memory.push(("50 %", self.memory()));
                    self.provider_conduct.set_clock(PROVIDER[1]);
                }
                until(at(0.2 + 0.8 * part)).await;
                self.operate().await;
                self.take_away(*what, away).await;
            }
        }
        until(at(1.0).max(Instant::now() + calm)).await;
        memory.push(("100 %", self.memory()));
        self.close().await;
        memory
    }

    fn disturbances(&self) -> Vec<Disturbance> {
        use Disturbance::{
            DatabaseHangs, DatabaseRefuses, FileLocked, FileMoved, ProviderFails, ProviderHangs,
            ProviderRefuses,
        };
        let of_database = match self.postgres {
            Some(_) => [DatabaseRefuses, DatabaseHangs],
            None => [FileLocked, FileMoved],
        };
        [ProviderRefuses, ProviderHangs, ProviderFails]
            .into_iter()
            .chain(of_database)
            .collect()
    }

    /// Kills servers, like `kill -9`, and starts them again.
    pub async fn kill(&mut self, which: &[usize]) {
        self.stop_replacing_refresh_tokens().await;
        let what = match which {
            [_] => Disturbance::OneServerKilled,
            _ => Disturbance::BothServersKilled,
        };
        self.world.windows.open(what);
        for &number in which {
            self.servers[number].kill().await;
        }
        for &number in which {
            self.servers[number].start_again().await;
        }
        self.world.windows.close();
        self.replace_refresh_tokens_soon();
    }

    async fn take_away(&mut self, what: Disturbance, length: Duration) {
        self.stop_replacing_refresh_tokens().await;
        self.world.windows.open(what);
        let back = Instant::now() + length;
        match what {
            Disturbance::OneServerKilled | Disturbance::BothServersKilled => unreachable!(),
            Disturbance::ProviderRefuses => {
                self.provider.stop().await;
                until(back).await;
                self.provider.resume().await;
            }
            Disturbance::ProviderHangs => {
                self.provider.pass(false);
                until(back).await;
                self.provider.pass(true);
            }
            Disturbance::ProviderFails => {
                let faults = ENDPOINTS.map(|path| (path, Fault::new(503, "<html>")));
                self.world.provider.state().faults.extend(faults);
                until(back).await;
                self.world.provider.state().faults.clear();
            }
            Disturbance::DatabaseRefuses => {
                let database = self.postgres.as_mut().unwrap();
                database.stop().await;
                until(back).await;
                database.resume().await;
            }
            Disturbance::DatabaseHangs => {
                let database = self.postgres.as_ref().unwrap();
                database.pass(false);
                until(back).await;
                database.pass(true);
            }
            Disturbance::FileLocked => {
                let url = &self.database.url;
                let mut other = SqliteConnection::connect(url).await.unwrap();
                other.execute("begin exclusive").await.unwrap();
                until(back).await;
                other.execute("rollback").await.unwrap();
                other.close().await.unwrap();
            }
            Disturbance::FileMoved => {
                let elsewhere = self.database.folder.join("elsewhere");
                std::fs::create_dir_all(&elsewhere).unwrap();
                move_database(&self.database.folder, &elsewhere);
                until(back).await;
                move_database(&elsewhere, &self.database.folder);
            }
        }
        self.world.windows.close();
        self.replace_refresh_tokens_soon();
    }

    /// Waits until every refresh that was under way has its answer.
    async fn stop_replacing_refresh_tokens(&self) {
        let never = Instant::now() + Duration::from_secs(24 * 60 * 60);
        self.provider_conduct.replace_from(never);
        self.provider_conduct.apply(&self.world.provider);
        tokio::time::sleep(BEFORE).await;
    }

    /// What was sent meanwhile has an answer until then, or is given up.
    fn replace_refresh_tokens_soon(&self) {
        self.provider_conduct.replace_from(Instant::now() + GRACE);
    }

    /// An operator ends all sessions of a user.
    async fn operate(&self) {
        const DEED: Deed = Deed::OperatorRevokes;
        let user = &self.world.users[0];
        let _turn = user.turn.lock().await;
        let sessions = user.sessions(false);
        if !sessions.iter().any(|session| session.is_alive()) {
            return;
        }
        for session in &sessions {
            session.is_ending();
        }
        let from = Instant::now();
        let arguments = ["sessions", "revoke", "--user", &user.name];
        let output = self.servers[0].try_operate(&arguments).await;
        let to = Instant::now();
        let span = Span { from, to };
        if output.status.success() {
            for session in &sessions {
                session.has_ended();
            }
            self.world.tally.done(DEED, span);
        } else {
            for session in &sessions {
                session.may_have_ended();
            }
            let error = failed(span, &String::from_utf8_lossy(&output.stderr));
            let tally = &self.world.tally;
            tally.failed(DEED, &error.error, span, &self.world.windows);
        }
    }
}

/// Moves the files of an SQLite database.
fn move_database(from: &std::path::Path, to: &std::path::Path) {
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        let name = file.file_name();
        if name.to_string_lossy().starts_with("auth.db") {
            std::fs::rename(file.path(), to.join(name)).unwrap();
        }
    }
}
