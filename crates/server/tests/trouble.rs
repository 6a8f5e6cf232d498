//! A database that is full, locked or gone: pages that need it answer 503 with
//! `Retry-After`, no user is signed out, and the server recovers by itself.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test says what it expects by unwrapping"
)]

mod server_process;

use auth_testkit::TestProvider;
use std::time::{Duration, Instant};

use reqwest::{Method, Response};
use server_process::{Browser, Database, Server, location};
use sqlx::{Connection as _, Executor as _, PgConnection, SqliteConnection};

const RECOVERY: Duration = Duration::from_secs(15);

struct Fixture {
    provider: TestProvider,
    database: Database,
    server: Server,
    browser: Browser,
}

impl Fixture {
    async fn new(database: Database) -> Self {
        let provider = TestProvider::start().await;
        let server = Server::start(&provider, &database).await;
        let mut browser = Browser::new();
        browser.sign_in(&server, &provider).await;
        Self {
            provider,
            database,
            server,
            browser,
        }
    }

    /// Waits until pages that need the session answer 503, and checks them all.
    async fn pages_are_unavailable(&mut self) {
        let began = Instant::now();
        while self.browser.get(&self.server, "/").await.status() != 503 {
            assert!(
                began.elapsed() < RECOVERY,
                "the home page does not answer 503"
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        for path in ["/", "/profile", "/sessions", "/api/auth/session"] {
            is_unavailable(&self.browser.get(&self.server, path).await);
        }
        // A request without a session needs no database.
        let signed_out = Browser::new().get(&self.server, "/").await;
        assert_eq!(signed_out.status(), 200);
        let health = self.browser.get(&self.server, "/healthz").await;
        assert_eq!(health.status(), 503);
    }

    /// Checks that requests that write lead to the error page, which answers 503.
    async fn writes_are_refused(&mut self) {
        let refused = self
            .browser
            .post(&self.server, "/api/auth/signout", "")
            .await;
        self.leads_to_error_page(&refused).await;
        assert!(self.browser.session_id().is_some(), "not signed out");
        let mut other = Browser::new();
        let callback = other.begin_sign_in(&self.server, &self.provider).await;
        let refused = other.try_send(Method::GET, callback, "").await.unwrap();
        self.leads_to_error_page(&refused).await;
        assert!(other.session_id().is_none(), "not signed in");
    }

    async fn leads_to_error_page(&self, refused: &Response) {
        let page = location(refused);
        assert!(
            page.starts_with("/auth/error?error=StoreUnavailable"),
            "{page}"
        );
        is_unavailable(&Browser::new().get(&self.server, page).await);
    }

    async fn recovers(mut self) {
        let began = Instant::now();
        while self.browser.get(&self.server, "/").await.status() != 200 {
            assert!(began.elapsed() < RECOVERY, "the server does not recover");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        assert!(
            self.browser.is_signed_in(&self.server).await,
            "the session stays"
        );
        self.browser
            .post(&self.server, "/api/auth/signout", "")
            .await;
        assert!(!self.browser.is_signed_in(&self.server).await);
        self.browser.sign_in(&self.server, &self.provider).await;
        assert!(self.browser.is_signed_in(&self.server).await);
        self.server.kill().await;
        self.database.remove().await;
    }
}

fn is_unavailable(response: &Response) {
    assert_eq!(response.status(), 503, "{}", response.url());
    let seconds = response.headers()["retry-after"].to_str().unwrap();
    assert_eq!(seconds, "5", "{}", response.url());
}

mod sqlite {
    use super::*;

    /// The limit of a file's size has the effect of a full disk.
    #[cfg(target_os = "linux")]
    #[tokio::test(flavor = "multi_thread")]
    async fn recovers_from_a_full_disk() {
        let mut fixture = Fixture::new(Database::sqlite()).await;
        fixture.server.limit_files("0").await;
        fixture.writes_are_refused().await;
        let page = fixture.browser.get(&fixture.server, "/").await;
        assert_eq!(page.status(), 200, "reading needs no space");
        fixture.server.limit_files("unlimited").await;
        fixture.recovers().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn recovers_from_a_locked_file() {
        let mut fixture = Fixture::new(Database::sqlite()).await;
        let mut other = SqliteConnection::connect(&fixture.database.url)
            .await
            .unwrap();
        other.execute("begin exclusive").await.unwrap();
        fixture.writes_are_refused().await;
        let page = fixture.browser.get(&fixture.server, "/").await;
        assert_eq!(page.status(), 200, "reading waits for no lock");
        other.execute("rollback").await.unwrap();
        fixture.recovers().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn recovers_from_a_moved_file() {
        let mut fixture = Fixture::new(Database::sqlite()).await;
        let elsewhere = fixture.database.folder.join("elsewhere");
        std::fs::create_dir(&elsewhere).unwrap();
        let move_all = |from: &std::path::Path, to: &std::path::Path| {
            for file in std::fs::read_dir(from).unwrap() {
                let file = file.unwrap();
                if file.file_type().unwrap().is_file() {
                    std::fs::rename(file.path(), to.join(file.file_name())).unwrap();
                }
            }
        };
        move_all(&fixture.database.folder, &elsewhere);
        fixture.pages_are_unavailable().await;
        move_all(&elsewhere, &fixture.database.folder);
        fixture.recovers().await;
    }
}

mod postgres {
    use super::*;

    async fn admin() -> PgConnection {
        let admin = std::env::var("TEST_POSTGRES_URL").unwrap();
        PgConnection::connect(&admin).await.unwrap()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn recovers_from_a_locked_table() {
        let Some(database) = Database::postgres().await else {
            return;
        };
        let mut fixture = Fixture::new(database).await;
        let mut other = PgConnection::connect(&fixture.database.url).await.unwrap();
        other
            .execute("begin; lock table tower_sessions in access exclusive mode")
            .await
            .unwrap();
        is_unavailable(&fixture.browser.get(&fixture.server, "/").await);
        fixture.writes_are_refused().await;
        other.execute("rollback").await.unwrap();
        other.close().await.unwrap();
        fixture.recovers().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn recovers_from_refused_connections() {
        let Some(database) = Database::postgres().await else {
            return;
        };
        let mut fixture = Fixture::new(database).await;
        let url = url::Url::parse(&fixture.database.url).unwrap();
        let name = url.path().trim_start_matches('/').to_owned();
        let mut admin = admin().await;
        admin
            .execute(
                format!(
                    "alter database {name} allow_connections false;
                     select pg_terminate_backend(pid) from pg_stat_activity
                     where datname = '{name}'"
                )
                .as_str(),
            )
            .await
            .unwrap();
        fixture.pages_are_unavailable().await;
        admin
            .execute(format!("alter database {name} allow_connections true").as_str())
            .await
            .unwrap();
        fixture.recovers().await;
    }
}
