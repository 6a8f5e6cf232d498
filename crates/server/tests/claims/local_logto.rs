//! The local Logto, and what an administrator changes there: roles, memberships
//! and suspensions, with webhooks and without.

use std::{
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use auth_core::GUARD_MAX_AGE;
use auth_testkit::{CLIENT_ID, CLIENT_SECRET};
use reqwest::{
    Client, Method, Response,
    header::{CONTENT_TYPE, LOCATION},
};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::{
    GUARDED, get,
    guarded_server::{GuardedServer, Setup, free_address},
    server_process::{Browser, Database},
};
use Outcome::{AskedToSignIn, Denied, Opened};

const AGE: Duration = Duration::from_secs(4);
const WEBHOOK_KEY: &str = "the signing key of the webhook";

/// A running local Logto; it is stopped when this is dropped.
struct LocalLogto {
    origin: String,
    client: Client,
    _process: Child,
}

impl LocalLogto {
    /// Starts it on a free port. Returns `None`, and prints how to set it up, if its
    /// packages are not installed.
    async fn start() -> Option<Self> {
        let end2end = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../end2end");
        if !end2end.join("node_modules/oidc-provider").exists() {
            eprintln!("skipped: the local Logto needs its packages; run `make setup`");
            return None;
        }
        let port = free_address().port();
        let process = Command::new("node")
            .arg(end2end.join("logto/start.mjs"))
            .env("LOGTO_PORT", port.to_string())
            .env("LOGTO_TEST", "1")
            .env("LOGTO_BACKCHANNEL_URI", "")
            .env("AUTH_LOGTO_ID", CLIENT_ID)
            .env("AUTH_LOGTO_SECRET", CLIENT_SECRET)
            .env_remove("AUTH_LOGTO_WEBHOOK_KEY")
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let origin = format!("http://localhost:{port}");
        let client = Client::new();
        let started = Instant::now();
        while client
            .get(format!("{origin}/test/healthy"))
            .send()
            .await
            .is_err()
        {
            assert!(started.elapsed() < Duration::from_secs(20), "it listens");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Some(Self {
            origin,
            client,
            _process: process,
        })
    }

    async fn order(&self, path: &str, body: &Value) -> Response {
        let request = self
            .client
            .post(format!("{}/test/{path}", self.origin))
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_string());
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer
    }

    /// Changes the user, as an administrator can. Returns how many webhooks the
    /// application has accepted.
    async fn change(&self, change: &Value) -> usize {
        let answer = self
            .order("users/alice", change)
            .await
            .text()
            .await
            .unwrap();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let statuses = answer["statuses"].as_array().unwrap();
        assert!(statuses.iter().all(|status| *status == 204), "{answer}");
        statuses.len()
    }

    async fn refreshes(&self) -> u64 {
        let url = format!("{}/test/grants", self.origin);
        let answer = self.client.get(url).send().await.unwrap();
        let counts: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        counts["refresh_token"].as_u64().unwrap()
    }
}

/// Two processes of an application at the local Logto, and a signed-in browser of an
/// administrator who is a member of `o1`.
struct Fixture {
    logto: LocalLogto,
    servers: [GuardedServer; 2],
    client: Client,
    cookies: String,
}

impl Fixture {
    async fn start(database: &Database, guard_max_age: Duration) -> Option<Self> {
        let logto = LocalLogto::start().await?;
        let setup = Setup {
            issuer: format!("{}/oidc", logto.origin),
            guard_max_age,
            webhook_key: WEBHOOK_KEY,
            base_url: None,
        };
        let servers = GuardedServer::start_two(&setup, database).await;
        let origin = &servers[0].origin;
        let redirect_uri = format!("{origin}/api/auth/callback/logto");
        let application = json!({"redirectUris": [redirect_uri]});
        logto.order("application", &application).await;
        let user = json!({
            "roles": ["shopper", "admin"],
            "organizations": {"o1": ["member"]},
        });
        logto.change(&user).await;
        let cookies = sign_in(origin).await;
        Some(Self {
            logto,
            servers,
            client: Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
            cookies,
        })
    }

    /// Lets Logto send its webhooks to the first of the two processes.
    async fn send_webhooks(&self) {
        let uri = format!("{}/api/auth/webhooks/logto", self.servers[0].origin);
        let webhook = json!({"webhook": {"uri": uri, "key": WEBHOOK_KEY}});
        self.logto.order("application", &webhook).await;
    }

    /// Opens a page in both processes at the same time, which has to have one
    /// outcome.
    async fn open(&self, path: &str) -> Outcome {
        let [a, b] = &self.servers;
        let (a, b) = tokio::join!(
            get(&self.client, &a.origin, path, &self.cookies),
            get(&self.client, &b.origin, path, &self.cookies)
        );
        let [a, b] = [a, b].map(|answer| match (answer.status, answer.location) {
            (200, _) => Opened,
            (303, to) if to.starts_with("/api/auth/signin") => AskedToSignIn,
            (403, to) if to.is_empty() => Denied,
            other => panic!("{path}: {other:?}"),
        });
        assert_eq!(a, b, "{path}");
        a
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Opened,
    Denied,
    AskedToSignIn,
}
/// Signs alice in, request by request. Returns the header `Cookie`.
async fn sign_in(origin: &str) -> String {
    let mut browser = Browser::new();
    let send = async |browser: &mut Browser, method, url: &str, form: &str| {
        let answer = browser
            .try_send(method, url.to_owned(), form)
            .await
            .unwrap();
        let location = answer.headers().get(LOCATION)?.to_str().ok()?;
        let url = answer.url().join(location).unwrap();
        Some(String::from(url))
    };
    let mut page = format!("{origin}/api/auth/signin/logto");
    let mut method = Method::POST;
    while let Some(next) = send(&mut browser, method.clone(), &page, "").await {
        (page, method) = (next, Method::GET);
    }
    let form = "username=alice&password=password";
    let mut next = send(&mut browser, Method::POST, &page, form).await;
    while let Some(page) = next {
        if page == format!("{origin}/") {
            break;
        }
        next = send(&mut browser, Method::GET, &page, "").await;
    }
    let session = browser.cookies.iter();
    let session = session.filter(|(name, _)| name.contains("session-token"));
    let pairs: Vec<_> = session
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    assert_eq!(pairs.len(), 1, "signed in");
    pairs.join("; ")
}

/// Waits until claims of now are older than the guards of this test accept.
async fn pass_the_age() {
    tokio::time::sleep(AGE + Duration::from_millis(300)).await;
}

pub async fn a_suspension_is_noticed_at_the_age_of_a_guard(database: Database) {
    let Some(fixture) = Fixture::start(&database, AGE).await else {
        return;
    };
    for path in GUARDED {
        assert_eq!(fixture.open(path).await, Opened, "{path}");
    }
    fixture.logto.change(&json!({"suspended": true})).await;
    assert_eq!(fixture.open("/admin").await, Opened, "within the age");
    pass_the_age().await;
    for path in ["/admin", "/member", "/read", "/page"] {
        assert_eq!(fixture.open(path).await, AskedToSignIn, "{path}");
    }
    database.remove().await;
}

pub async fn roles_and_memberships_are_noticed_at_the_age_of_a_guard(database: Database) {
    let Some(fixture) = Fixture::start(&database, AGE).await else {
        return;
    };
    let none = json!({"roles": [], "organizations": {}});
    let all = json!({"roles": ["shopper", "admin"], "organizations": {"o1": ["member"]}});
    for (change, before, after) in [
        (&none, Opened, Denied),
        (&all, Denied, Opened),
        (&none, Opened, Denied),
    ] {
        pass_the_age().await;
        assert_eq!(fixture.open("/admin").await, before);
        fixture.logto.change(change).await;
        assert_eq!(fixture.open("/admin").await, before, "within the age");
        pass_the_age().await;
        let sent = fixture.logto.refreshes().await;
        assert_eq!(fixture.open("/admin").await, after);
        assert_eq!(fixture.logto.refreshes().await, sent + 1, "one for both");
        for path in GUARDED {
            assert_eq!(fixture.open(path).await, after, "{path}");
        }
        assert_eq!(fixture.open("/page").await, Opened, "still signed in");
    }
    database.remove().await;
}

/// How long a change takes that a webhook reports.
const AT_ONCE: Duration = Duration::from_secs(1);

pub async fn a_webhook_makes_it_quick(database: Database) {
    let Some(fixture) = Fixture::start(&database, GUARD_MAX_AGE).await else {
        return;
    };
    fixture.send_webhooks().await;
    let logto = &fixture.logto;
    for (organizations, after) in [(json!({}), Denied), (json!({"o1": ["member"]}), Opened)] {
        let changed = Instant::now();
        let change = json!({"organizations": organizations});
        assert_eq!(logto.change(&change).await, 1, "reported");
        assert_eq!(fixture.open("/member").await, after);
        assert!(changed.elapsed() < AT_ONCE, "{:?}", changed.elapsed());
    }
    // Logto does not report roles. With the next report they are noticed.
    assert_eq!(logto.change(&json!({"roles": ["shopper"]})).await, 0);
    assert_eq!(fixture.open("/admin").await, Opened, "within the age");
    for (change, after) in [
        (json!({"name": "Alice II"}), Denied),
        (
            json!({"name": "Alice", "roles": ["shopper", "admin"]}),
            Opened,
        ),
    ] {
        assert_eq!(logto.change(&change).await, 1);
        assert_eq!(fixture.open("/admin").await, after);
    }

    let changed = Instant::now();
    assert_eq!(logto.change(&json!({"suspended": true})).await, 1);
    for path in ["/admin", "/member", "/read", "/page"] {
        assert_eq!(fixture.open(path).await, AskedToSignIn, "{path}");
    }
    assert!(changed.elapsed() < AT_ONCE, "{:?}", changed.elapsed());
    // Reinstated, the user signs in at once.
    assert_eq!(logto.change(&json!({"suspended": false})).await, 1);
    sign_in(&fixture.servers[0].origin).await;
    database.remove().await;
}
