//! Two server processes on one database: both see each change at once, and both
//! use the tokens that one of them has refreshed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test says what it expects by unwrapping"
)]

mod server_process;

use auth_testkit::{ACCESS_TOKEN, REFRESH_TOKEN, SUB, TestProvider, object};
use std::time::Duration;

use serde_json::json;
use server_process::{Browser, Database, Server};
use sqlx::{Column as _, Connection as _, Executor as _, PgConnection, Row as _, SqliteConnection};
use tokio::task::JoinSet;

/// Two processes of one application.
struct Fixture {
    provider: TestProvider,
    database: Database,
    a: Server,
    b: Server,
}

impl Fixture {
    async fn new(database: Database) -> Self {
        let provider = TestProvider::start().await;
        // At the same time, on a database that has no tables yet.
        let (a, b) = Server::start_two(&provider, &database).await;
        Self {
            provider,
            database,
            a,
            b,
        }
    }

    async fn signed_in(&self) -> Browser {
        let mut browser = Browser::new();
        browser.sign_in(&self.a, &self.provider).await;
        browser
    }
}

async fn a_hundred_requests_send_one_refresh(database: Database) {
    let fixture = Fixture::new(database).await;
    {
        let mut state = fixture.provider.state();
        // Expired when it arrives; the next one is valid for an hour.
        state.token_response = object(json!({"expires_in": 0}));
        state.refresh.rotates = true;
        state
            .delays
            .insert("/oidc/token", Duration::from_millis(150));
    }
    let browser = fixture.signed_in().await;
    let mut requests = JoinSet::new();
    for number in 0..100 {
        let mut browser = browser.clone();
        let origin = [&fixture.a, &fixture.b][number % 2].origin.clone();
        requests.spawn(async move {
            let url = format!("{origin}/profile");
            let answer = browser
                .try_send(reqwest::Method::GET, url, "")
                .await
                .unwrap();
            assert_eq!(answer.status(), 200);
            answer.text().await.unwrap()
        });
    }
    for page in requests.join_all().await {
        assert!(
            page.contains("offline_access"),
            "the page shows the token's scopes"
        );
        assert!(!page.contains(ACCESS_TOKEN), "and not the token");
    }
    assert_eq!(fixture.provider.state().refresh.sent, [REFRESH_TOKEN]);
    fixture.database.remove().await;
}

async fn a_session_ended_in_one_process_is_ended_in_the_other(database: Database) {
    let fixture = Fixture::new(database).await;
    let (a, b) = (&fixture.a, &fixture.b);

    let mut browser = fixture.signed_in().await;
    assert!(
        browser.is_signed_in(b).await,
        "both servers know the session"
    );
    let mut elsewhere = browser.clone();
    browser.post(a, "/api/auth/signout", "").await;
    assert!(!elsewhere.is_signed_in(b).await, "signed out");

    let (mut mine, mut other) = (fixture.signed_in().await, fixture.signed_in().await);
    assert!(other.is_signed_in(b).await);
    mine.post(a, "/api/sign_out_of", "which=others").await;
    assert!(!other.is_signed_in(b).await, "another session");
    assert!(mine.is_signed_in(b).await);

    let mut other = fixture.signed_in().await;
    mine.post(a, "/api/sign_out_of", "which=everywhere").await;
    assert!(!other.is_signed_in(b).await, "all sessions");
    assert!(mine.session_id().is_none());

    let mut other = fixture.signed_in().await;
    let list = a.operate(&["sessions", "list", "--user", SUB]).await;
    let id = list.lines().nth(1).unwrap().split('\t').next().unwrap();
    assert!(list.contains("Firefox on Linux"), "{list}");
    a.operate(&["sessions", "revoke", id]).await;
    assert!(!other.is_signed_in(b).await, "by an operator");
    fixture.database.remove().await;
}

async fn a_database_dump_contains_no_secrets(database: Database) {
    let mut fixture = Fixture::new(database).await;
    fixture.provider.state().token_response = object(json!({"expires_in": 0}));
    let mut browser = fixture.signed_in().await;
    browser.get(&fixture.a, "/profile").await;
    let secrets = [
        browser.session_id().unwrap().to_owned(),
        ACCESS_TOKEN.to_owned(),
        REFRESH_TOKEN.to_owned(),
        "eyJ".to_owned(),
        "alice@example.com".to_owned(),
        "alice".to_owned(),
        SUB.to_owned(),
        "sid-1".to_owned(),
        "Firefox".to_owned(),
        "127.0.0.1".to_owned(),
        "127.0.0.0".to_owned(),
    ];
    let clean = |dump: &[u8], place: &str, allowed: &[&str]| {
        for secret in secrets.iter().filter(|it| !allowed.contains(&it.as_str())) {
            let found = dump
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} is in {place}");
        }
    };
    // The files on the disk while both servers run, including the write-ahead log.
    if fixture.database.url.starts_with("sqlite") {
        let mut read = 0;
        for file in std::fs::read_dir(&fixture.database.folder).unwrap() {
            let path = file.unwrap().path();
            let dump = std::fs::read(&path).unwrap();
            read += dump.len();
            // The example's own table names its users.
            clean(&dump, &path.display().to_string(), &[SUB]);
        }
        assert!(read > 10_000, "the rows are there");
        let copy = fixture.database.folder.join("copy.db");
        let mut connection = SqliteConnection::connect(&fixture.database.url)
            .await
            .unwrap();
        let vacuum = format!("vacuum into '{}'", copy.display());
        connection.execute(vacuum.as_str()).await.unwrap();
        let url = format!("sqlite:{}", copy.display());
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        connection.execute("drop table users").await.unwrap();
        connection.execute("vacuum").await.unwrap();
        connection.close().await.unwrap();
        clean(&std::fs::read(&copy).unwrap(), "a table of sessions", &[]);
    } else {
        let mut connection = PgConnection::connect(&fixture.database.url).await.unwrap();
        let mut rows = 0;
        for table in [
            "tower_sessions",
            "auth_sessions",
            "auth_tokens",
            "auth_hash_keys",
        ] {
            let query = format!("select * from {table}");
            for row in sqlx::query(&query)
                .fetch_all(&mut connection)
                .await
                .unwrap()
            {
                rows += 1;
                for column in row.columns() {
                    let value = row.try_get_raw(column.ordinal()).unwrap();
                    clean(value.as_bytes().unwrap_or_default(), table, &[]);
                }
            }
        }
        assert!(rows >= 4, "the rows are there");
    }
    // The test looks for the right values: this cookie is valid.
    assert!(browser.is_signed_in(&fixture.b).await);
    fixture.a.kill().await;
    fixture.database.remove().await;
}

async fn sign_ins_are_counted_on_both_processes(database: Database) {
    let fixture = Fixture::new(database).await;
    fixture.signed_in().await;
    let mut browser = Browser::new();
    browser.sign_in(&fixture.b, &fixture.provider).await;
    for server in [&fixture.a, &fixture.b] {
        let page = browser.get(server, "/profile").await.text().await.unwrap();
        let page = page.replace("<!>", "");
        assert!(page.contains("<dt>Sign-ins here</dt><dd>2</dd>"), "{page}");
        assert!(page.contains("<dd>began with sign-in 2</dd>"), "{page}");
    }
    fixture.database.remove().await;
}

async fn sessions_survive_a_new_secret_during_a_rolling_restart(database: Database) {
    let mut fixture = Fixture::new(database).await;
    let mut browser = fixture.signed_in().await;
    let mut pending = Browser::new();
    let callback = pending.begin_sign_in(&fixture.a, &fixture.provider).await;

    let fresh = fixture.a.operate(&["secrets", "new"]).await;
    let fresh = fresh.trim();
    for server in [&mut fixture.a, &mut fixture.b] {
        server.kill().await;
        server.set("AUTH_SECRET_1", fresh);
        server.start_again().await;
        assert!(browser.is_signed_in(server).await);
    }
    let completed = pending
        .try_send(reqwest::Method::GET, callback, "")
        .await
        .unwrap();
    assert_eq!(server_process::location(&completed), "/");
    // A form of a page that was loaded before: its CSRF protection needs no secret.
    let answer = browser
        .post(&fixture.a, "/api/sign_out_of", "which=others")
        .await;
    assert!(answer.status().is_redirection(), "{answer:?}");
    pending.sign_in(&fixture.a, &fixture.provider).await;

    let said = fixture.a.operate(&["secrets", "rotate"]).await;
    assert!(said.starts_with("2 sessions"), "{said}");
    for server in [&mut fixture.a, &mut fixture.b] {
        server.kill().await;
        // Without the former secret.
        server.set("AUTH_SECRET", "");
        server.start_again().await;
        assert!(browser.is_signed_in(server).await);
        assert!(pending.is_signed_in(server).await);
    }
    fixture.database.remove().await;
}

crate::on_both_databases! {
    a_hundred_requests_send_one_refresh
    a_session_ended_in_one_process_is_ended_in_the_other
    a_database_dump_contains_no_secrets
    sign_ins_are_counted_on_both_processes
    sessions_survive_a_new_secret_during_a_rolling_restart
}
