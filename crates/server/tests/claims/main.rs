//! Two processes on one database, and sessions whose claims are old: guarded pages
//! of both follow what happened at the provider, and many sessions do not flood
//! it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test says what it expects by unwrapping"
)]

mod guarded_server;
mod local_logto;
mod old_sessions;
#[path = "../server_process/mod.rs"]
mod server_process;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use auth_testkit::TestProvider;
use guarded_server::{ADDRESS, GuardedServer, Setup};
use local_logto::{
    a_suspension_is_noticed_at_the_age_of_a_guard, a_webhook_makes_it_quick,
    roles_and_memberships_are_noticed_at_the_age_of_a_guard,
};
use old_sessions::{old_sessions, set_user};
use reqwest::{Client, redirect::Policy};
use server_process::Database;
use tokio::{sync::Semaphore, task::JoinSet};

const MINUTE: Duration = Duration::from_secs(60);
const TOKEN: &str = "/oidc/token";
const GUARDED: [&str; 3] = ["/admin", "/member", "/read"];

/// Runs the server if [`GuardedServer::start_two`] started this process.
#[test]
fn the_server() {
    if let Ok(address) = std::env::var(ADDRESS) {
        guarded_server::run(address);
    }
}

/// Two processes of one application.
struct Fixture {
    provider: TestProvider,
    database: Database,
    servers: [GuardedServer; 2],
    client: Client,
}

/// An answer: its status, where it redirects to, and when to try again.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Answer {
    status: u16,
    location: String,
    retry_after: Option<u64>,
}

impl Fixture {
    async fn new(database: Database) -> Self {
        let provider = TestProvider::start().await;
        let setup = Setup::at(&provider);
        let servers = GuardedServer::start_two(&setup, &database).await;
        Self {
            provider,
            database,
            servers,
            client: Client::builder()
                .redirect(Policy::none())
                .timeout(MINUTE)
                .build()
                .unwrap(),
        }
    }

    async fn sessions(&self, count: usize, ago: Duration) -> Vec<String> {
        old_sessions(&self.provider, &self.database, count, ago).await
    }

    /// Opens a page in both processes at the same time.
    async fn open(&self, cookies: &str, path: &str) -> [Answer; 2] {
        let [a, b] = &self.servers;
        let (a, b) = tokio::join!(
            get(&self.client, &a.origin, path, cookies),
            get(&self.client, &b.origin, path, cookies)
        );
        [a, b]
    }

    /// Opens pages of many sessions at the same time, each session in both
    /// processes.
    async fn open_all(&self, sessions: &[String], paths: [&'static str; 2]) -> Vec<Answer> {
        let places = Arc::new(Semaphore::new(200));
        let mut requests = JoinSet::new();
        for cookies in sessions {
            for (server, path) in self.servers.iter().zip(paths) {
                let (client, places) = (self.client.clone(), Arc::clone(&places));
                let (origin, cookies) = (server.origin.clone(), cookies.clone());
                requests.spawn(async move {
                    let _place = places.acquire().await.unwrap();
                    get(&client, &origin, path, &cookies).await
                });
            }
        }
        requests.join_all().await
    }

    fn refreshes(&self) -> usize {
        self.provider.state().refresh.sent.len()
    }

    /// Waits until that many refreshes were sent, and no more come.
    async fn until_sent(&self, count: usize) {
        let started = Instant::now();
        while self.refreshes() < count {
            assert!(started.elapsed() < MINUTE, "{}", self.refreshes());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(self.refreshes(), count);
    }
}

async fn get(client: &Client, origin: &str, path: &str, cookies: &str) -> Answer {
    let request = client
        .get(format!("{origin}{path}"))
        .header("cookie", cookies)
        .header("accept", "text/html");
    let answer = request.send().await.unwrap();
    let header = |name| answer.headers().get(name)?.to_str().ok();
    Answer {
        status: answer.status().as_u16(),
        location: header("location").unwrap_or_default().to_owned(),
        retry_after: header("retry-after").and_then(|seconds| seconds.parse().ok()),
    }
}

fn count(answers: &[Answer], status: u16) -> usize {
    answers
        .iter()
        .filter(|answer| answer.status == status)
        .count()
}

async fn a_suspended_user_gets_into_no_process(database: Database) {
    let fixture = Fixture::new(database).await;
    let sessions = fixture.sessions(GUARDED.len(), 11 * MINUTE).await;
    fixture.provider.state().refresh.refusal = Some((400, "invalid_grant"));
    for (cookies, path) in sessions.iter().zip(GUARDED) {
        for answer in fixture.open(cookies, path).await {
            let expected = format!("/api/auth/signin?callbackUrl=%2F{}", &path[1..]);
            assert_eq!((answer.status, &answer.location), (303, &expected));
        }
        for answer in fixture.open(cookies, "/page").await {
            assert_eq!(answer.status, 303, "the session has ended");
        }
    }
    fixture.database.remove().await;
}

async fn changed_roles_and_memberships_are_noticed_in_both_processes(database: Database) {
    let fixture = Fixture::new(database).await;
    let sessions = fixture.sessions(2, 11 * MINUTE).await;
    set_user(&fixture.provider, &[], &[]);
    for (cookies, path) in sessions.iter().zip(["/admin", "/member"]) {
        for answer in fixture.open(cookies, path).await {
            assert_eq!(answer.status, 403, "{answer:?}");
        }
        for answer in fixture.open(cookies, "/page").await {
            assert_eq!(answer.status, 200, "still signed in");
        }
    }
    assert_eq!(fixture.refreshes(), 2, "one for each session");

    let young = fixture.sessions(1, Duration::ZERO).await;
    set_user(&fixture.provider, &[], &[]);
    for answer in fixture.open(&young[0], "/admin").await {
        assert_eq!(answer.status, 200, "within the age");
    }
    assert_eq!(fixture.refreshes(), 2);
    fixture.database.remove().await;
}

/// Many sessions past their age at once; then the provider is dead for a while.
async fn many_sessions(database: Database, sessions: usize, outage: Duration) {
    let fixture = Fixture::new(database).await;
    let of_pages = fixture.sessions(sessions, 120 * MINUTE).await;
    let of_guards = fixture.sessions(sessions, 120 * MINUTE).await;
    let in_outage = fixture.sessions(sessions, 30 * MINUTE).await;
    let too_old = fixture.sessions(sessions / 10, 120 * MINUTE).await;
    fixture
        .provider
        .state()
        .delays
        .insert(TOKEN, Duration::from_millis(20));

    let started = Instant::now();
    let pages = fixture.open_all(&of_pages, ["/page", "/page"]).await;
    let pages_took = started.elapsed();
    assert_eq!(count(&pages, 200), 2 * sessions);
    fixture.until_sent(sessions).await;
    let renewed_after = started.elapsed();

    let started = Instant::now();
    let guards = fixture.open_all(&of_guards, ["/admin", "/member"]).await;
    let guards_took = started.elapsed();
    assert_eq!(count(&guards, 200), 2 * sessions);
    fixture.until_sent(2 * sessions).await;

    fixture.provider.fail(TOKEN, 503, "");
    let hits = fixture.provider.hits(TOKEN);
    let started = Instant::now();
    let (mut requests, mut refused) = (0, 0);
    while started.elapsed() < outage {
        let stale = fixture.open_all(&in_outage, ["/admin", "/page"]).await;
        assert_eq!(count(&stale, 200), 2 * sessions, "older claims are used");
        let old = fixture.open_all(&too_old, ["/admin", "/member"]).await;
        assert_eq!(count(&old, 503), old.len(), "claims older than an hour");
        assert!(old.iter().all(|answer| answer.retry_after.is_some()));
        let pages = fixture.open_all(&too_old, ["/page", "/page"]).await;
        assert_eq!(count(&pages, 200), pages.len(), "pages go on");
        requests += stale.len() + old.len() + pages.len();
        refused += old.len();
    }
    let asked = fixture.provider.hits(TOKEN) - hits;
    // In each process what is under way when it dies, which the 40 places for
    // refreshes limit; then one after pauses of 1, 2, 4, 8, 16 and 30 seconds.
    let most = 2 * (40 + 7 + usize::try_from(outage.as_secs() / 22).unwrap());
    assert!(asked <= most, "{asked} requests to a dead provider");

    fixture.provider.state().faults.clear();
    let started = Instant::now();
    let all = sessions + too_old.len();
    while fixture.refreshes() < 2 * sessions + all {
        assert!(started.elapsed() < 2 * MINUTE, "{}", fixture.refreshes());
        fixture.open_all(&in_outage, ["/admin", "/page"]).await;
        fixture.open_all(&too_old, ["/admin", "/page"]).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let recovered_after = started.elapsed();
    fixture.until_sent(2 * sessions + all).await;

    let [a, b] = [sessions, too_old.len()];
    eprintln!(
        "| what | sessions | requests | refreshes | took |\n|---|---|---|---|---|\n\
         | pages, claims two hours old | {a} | {} | {a} | pages {pages_took:.1?}, claims {renewed_after:.1?} |\n\
         | guards, claims two hours old | {a} | {} | {a} | {guards_took:.1?} |\n\
         | the provider dead | {a} + {b} | {requests}, of which {refused} answered 503 | {asked} asked in vain | {outage:.1?} |\n\
         | the provider back | {a} + {b} | | {all} | {recovered_after:.1?} |",
        pages.len(),
        guards.len(),
    );
    fixture.database.remove().await;
}

async fn many_sessions_send_one_refresh_each(database: Database) {
    many_sessions(database, 150, Duration::from_secs(4)).await;
}

crate::on_both_databases! {
    a_suspended_user_gets_into_no_process
    changed_roles_and_memberships_are_noticed_in_both_processes
    many_sessions_send_one_refresh_each
    a_suspension_is_noticed_at_the_age_of_a_guard
    roles_and_memberships_are_noticed_at_the_age_of_a_guard
    a_webhook_makes_it_quick
}

mod measured {
    use super::{Database, Duration, many_sessions};

    #[tokio::test(flavor = "multi_thread")]
    #[ignore = "a measurement of three minutes: `make bench` runs it and prints its table"]
    async fn a_thousand_sessions_on_sqlite() {
        many_sessions(Database::sqlite(), 1000, Duration::from_secs(120)).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    #[ignore = "a measurement of three minutes: `make bench` runs it and prints its table"]
    async fn a_thousand_sessions_on_postgres() {
        if let Some(database) = Database::postgres().await {
            many_sessions(database, 1000, Duration::from_secs(120)).await;
        }
    }
}
