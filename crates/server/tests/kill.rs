//! `kill -9` in the middle of a sign-in, a refresh and a sign-out: an answer that
//! the browser got stays true, and the user can sign in again.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test says what it expects by unwrapping"
)]

mod server_process;

use auth_testkit::{TestProvider, object};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use server_process::{Browser, Database, Server};
use tokio::task::JoinSet;

const ROUNDS: u32 = 50;

struct Fixture {
    provider: TestProvider,
    database: Database,
    server: Server,
}

/// The outcome of a request.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Outcome {
    Acknowledged,
    /// The server died before it answered.
    Unknown,
}

impl Fixture {
    async fn new(database: Database) -> Self {
        let provider = TestProvider::start().await;
        let server = Server::start(&provider, &database).await;
        Self {
            provider,
            database,
            server,
        }
    }

    async fn signed_in(&self) -> Browser {
        let mut browser = Browser::new();
        browser.sign_in(&self.server, &self.provider).await;
        browser
    }

    /// Sends a request, kills the server, and starts it again.
    ///
    /// The delay before the kill grows with `round`, from zero to more than the
    /// `usual` duration of such a request. Every fifth round kills the server as
    /// soon as the answer has arrived.
    async fn killed_meanwhile(
        &mut self,
        round: u32,
        usual: Duration,
        browser: &mut Browser,
        method: Method,
        url: String,
    ) -> Outcome {
        let mut sender = browser.clone();
        let request = tokio::spawn(async move {
            let answer = sender.try_send(method, url, "").await;
            (
                sender,
                answer.is_ok_and(|answer| answer.status().as_u16() < 400),
            )
        });
        let (sender, is_answered) = if round % 5 == 4 {
            let answer = request.await.unwrap();
            self.server.kill().await;
            answer
        } else {
            tokio::time::sleep(usual * 3 / 2 * round / ROUNDS).await;
            self.server.kill().await;
            request.await.unwrap()
        };
        *browser = sender;
        self.server.start_again().await;
        if is_answered {
            Outcome::Acknowledged
        } else {
            Outcome::Unknown
        }
    }

    async fn finish(mut self, outcomes: &[Outcome]) {
        let acknowledged = outcomes
            .iter()
            .filter(|&&outcome| outcome == Outcome::Acknowledged)
            .count();
        eprintln!("{acknowledged} of {} were acknowledged", outcomes.len());
        assert!(
            (1..outcomes.len()).contains(&acknowledged),
            "kills came too early or too late to test anything: {outcomes:?}"
        );
        self.server.kill().await;
        self.database.remove().await;
    }
}

async fn timed(work: impl Future<Output = ()>) -> Duration {
    let began = Instant::now();
    work.await;
    began.elapsed()
}

async fn a_kill_during_a_sign_in_loses_no_acknowledged_session(database: Database) {
    let mut fixture = Fixture::new(database).await;
    let usual = timed(async { drop(fixture.signed_in().await) }).await;
    let mut outcomes = Vec::new();
    for round in 0..ROUNDS {
        let mut browser = Browser::new();
        let callback = browser
            .begin_sign_in(&fixture.server, &fixture.provider)
            .await;
        let outcome = fixture
            .killed_meanwhile(round, usual, &mut browser, Method::GET, callback)
            .await;
        assert_eq!(
            browser.is_signed_in(&fixture.server).await,
            outcome == Outcome::Acknowledged,
            "round {round}"
        );
        // The user can sign in again.
        browser.sign_in(&fixture.server, &fixture.provider).await;
        assert!(browser.is_signed_in(&fixture.server).await);
        outcomes.push(outcome);
    }
    fixture.finish(&outcomes).await;
}

async fn a_kill_during_a_sign_out_restores_no_ended_session(database: Database) {
    let mut fixture = Fixture::new(database).await;
    let mut first = fixture.signed_in().await;
    let usual = timed(async {
        first.post(&fixture.server, "/api/auth/signout", "").await;
    })
    .await;
    let mut outcomes = Vec::new();
    for round in 0..ROUNDS {
        let mut browser = fixture.signed_in().await;
        let before = browser.clone();
        let url = format!("{}/api/auth/signout", fixture.server.origin);
        let outcome = fixture
            .killed_meanwhile(round, usual, &mut browser, Method::POST, url)
            .await;
        if outcome == Outcome::Acknowledged {
            // The removed cookie is not valid any more.
            assert!(
                !before.clone().is_signed_in(&fixture.server).await,
                "round {round}"
            );
            assert!(browser.session_id().is_none());
        }
        browser.sign_in(&fixture.server, &fixture.provider).await;
        assert!(browser.is_signed_in(&fixture.server).await);
        outcomes.push(outcome);
    }
    fixture.finish(&outcomes).await;
}

async fn a_kill_during_a_refresh_keeps_the_session(database: Database) {
    let mut fixture = Fixture::new(database).await;
    fixture.provider.state().token_response = object(json!({"expires_in": 0}));
    let mut first = fixture.signed_in().await;
    let usual = timed(async {
        first.get(&fixture.server, "/profile").await;
    })
    .await;
    let mut outcomes = Vec::new();
    let mut browsers = Vec::new();
    for round in 0..ROUNDS {
        let mut browser = fixture.signed_in().await;
        let url = format!("{}/profile", fixture.server.origin);
        let outcome = fixture
            .killed_meanwhile(round, usual, &mut browser, Method::GET, url)
            .await;
        assert!(
            browser.is_signed_in(&fixture.server).await,
            "round {round}: {outcome:?}"
        );
        outcomes.push(outcome);
        browsers.push(browser);
    }
    // If the server died while it held a lease, the next request waits until the
    // lease lapses, and then gets a token.
    let mut requests = JoinSet::new();
    for mut browser in browsers {
        let url = format!("{}/profile", fixture.server.origin);
        requests.spawn(async move {
            let answer = browser.try_send(Method::GET, url, "").await.unwrap();
            assert_eq!(answer.status(), 200);
            let page = answer.text().await.unwrap();
            assert!(
                page.contains("offline_access"),
                "the page shows the token's scopes"
            );
        });
    }
    requests.join_all().await;
    fixture.finish(&outcomes).await;
}

crate::on_both_databases! {
    a_kill_during_a_sign_in_loses_no_acknowledged_session
    a_kill_during_a_refresh_keeps_the_session
    a_kill_during_a_sign_out_restores_no_ended_session
}
