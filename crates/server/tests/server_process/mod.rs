//! Runs the server as a process that a test can kill and start again, and sends it
//! requests like a browser.

#![allow(dead_code, reason = "each test binary uses a part")]

use std::{
    collections::HashMap,
    path::PathBuf,
    process::{Output, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use auth_testkit::{CLIENT_ID, CLIENT_SECRET, TestProvider};
use reqwest::{
    Client, Method, Response,
    header::{COOKIE, LOCATION, SET_COOKIE},
    redirect::Policy,
};
use sqlx::{Connection as _, Executor as _, PgConnection};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    time::timeout,
};
use url::Url;

const START: Duration = Duration::from_secs(20);

/// A database for one test. Dropping it deletes an SQLite database; see also
/// [`Database::remove`].
pub struct Database {
    pub url: String,
    pub folder: PathBuf,
    /// The URL for the connection that drops the database, and the database's name.
    postgres: Option<(String, String)>,
}

static NUMBER: AtomicU32 = AtomicU32::new(0);

impl Database {
    pub fn sqlite() -> Self {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("auth-processes-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        drop(std::fs::remove_dir_all(&folder)); // Of a killed test with the same process id.
        std::fs::create_dir_all(&folder).unwrap();
        Self {
            url: format!("sqlite:{}", folder.join("auth.db").display()),
            folder,
            postgres: None,
        }
    }

    /// Creates a PostgreSQL database. Without PostgreSQL prints how to set it up.
    pub async fn postgres() -> Option<Self> {
        let Ok(admin) = std::env::var("TEST_POSTGRES_URL") else {
            eprintln!("skipped: set TEST_POSTGRES_URL, or run end2end/postgres.sh cargo test");
            return None;
        };
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("auth_processes_{}_{number}", std::process::id());
        let mut connection = PgConnection::connect(&admin).await.unwrap();
        connection
            .execute(format!("create database {name}").as_str())
            .await
            .unwrap();
        let mut url = Url::parse(&admin).unwrap();
        url.set_path(&name);
        Some(Self {
            url: url.into(),
            folder: std::env::temp_dir(),
            postgres: Some((admin, name)),
        })
    }

    /// Drops a PostgreSQL database. It cannot be done in `drop`, which is not
    /// async: call it at the end of the test.
    pub async fn remove(self) {
        if let Some((admin, name)) = &self.postgres {
            let mut connection = PgConnection::connect(admin).await.unwrap();
            connection
                .execute(format!("drop database if exists {name} with (force)").as_str())
                .await
                .unwrap();
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if self.postgres.is_none() {
            drop(std::fs::remove_dir_all(&self.folder));
        }
    }
}

/// A running server.
pub struct Server {
    child: Child,
    pub origin: String,
    vars: Vec<(String, String)>,
    /// Warnings and errors in its log, and the standard error, where a panic is.
    pub complaints: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub async fn start(provider: &TestProvider, database: &Database) -> Self {
        Self::start_with(provider, database, &[]).await
    }

    /// Starts a server with further variables, or other values.
    pub async fn start_with(
        provider: &TestProvider,
        database: &Database,
        others: &[(&str, &str)],
    ) -> Self {
        let port = free_port();
        Self::start_at(port, port, provider, database, others).await
    }

    /// Starts two processes of one application at the same time. As behind a load
    /// balancer, both have the same address for browsers.
    pub async fn start_two(provider: &TestProvider, database: &Database) -> (Self, Self) {
        let (a, b) = (free_port(), free_port());
        tokio::join!(
            Self::start_at(a, a, provider, database, &[]),
            Self::start_at(b, a, provider, database, &[])
        )
    }

    async fn start_at(
        port: u16,
        public_port: u16,
        provider: &TestProvider,
        database: &Database,
        others: &[(&str, &str)],
    ) -> Self {
        let mut vars = [
            ("AUTH_LOGTO_ISSUER", provider.issuer()),
            ("AUTH_LOGTO_ID", CLIENT_ID.to_owned()),
            ("AUTH_LOGTO_SECRET", CLIENT_SECRET.to_owned()),
            (
                "AUTH_SECRET",
                "a secret of more than thirty-two characters".to_owned(),
            ),
            ("AUTH_URL", format!("http://localhost:{public_port}")),
            ("LEPTOS_SITE_ADDR", format!("127.0.0.1:{port}")),
            ("DATABASE_URL", database.url.clone()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec();
        // The last one counts.
        vars.extend(others.iter().map(|(n, v)| (n.to_string(), v.to_string())));
        let complaints = Arc::default();
        Self {
            child: spawn(&vars, &complaints).await,
            origin: format!("http://localhost:{port}"),
            vars,
            complaints,
        }
    }

    /// Kills the process like `kill -9`.
    pub async fn kill(&mut self) {
        self.child.start_kill().unwrap();
        self.child.wait().await.unwrap();
    }

    pub async fn start_again(&mut self) {
        self.child = spawn(&self.vars, &self.complaints).await;
    }

    /// Sets a variable for the next start.
    pub fn set(&mut self, name: &str, value: &str) {
        self.vars.retain(|(set, _)| set != name);
        self.vars.push((name.to_owned(), value.to_owned()));
    }

    pub fn pid(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// Limits the size of the files that the server writes: `0`, `unlimited`.
    pub async fn limit_files(&self, size: &str) {
        let status = Command::new("prlimit")
            .arg(format!("--pid={}", self.pid()))
            .arg(format!("--fsize={size}:unlimited"))
            .status()
            .await
            .unwrap();
        assert!(status.success());
    }

    /// Runs an operator's command beside the server. Returns its output.
    pub async fn operate(&self, arguments: &[&str]) -> String {
        let output = self.try_operate(arguments).await;
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs an operator's command, which may fail.
    pub async fn try_operate(&self, arguments: &[&str]) -> Output {
        let mut command = command(SERVER, &self.vars);
        command.args(arguments).output().await.unwrap()
    }
}

const SERVER: &str = env!("CARGO_BIN_EXE_server");

fn command(program: &str, vars: &[(String, String)]) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .envs(vars.iter().cloned())
        .current_dir(std::env::temp_dir())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Returns a port that the system chooses. A server keeps it when it restarts.
fn free_port() -> u16 {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    socket.local_addr().unwrap().port()
}

/// Starts the server and waits until it listens.
async fn spawn(vars: &[(String, String)], complaints: &Arc<Mutex<Vec<String>>>) -> Child {
    // With the signal ignored, a write beyond the limit of a file's size fails,
    // like on a full disk. Otherwise it ends the process.
    let mut child = command("/bin/sh", vars)
        .args(["-c", "trap '' XFSZ; exec \"$0\"", SERVER])
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut errors = BufReader::new(child.stderr.take().unwrap()).lines();
    let heard = Arc::clone(complaints);
    tokio::spawn(async move {
        while let Ok(Some(line)) = errors.next_line().await {
            eprintln!("{line}");
            heard.lock().unwrap().push(line);
        }
    });
    let ready = async {
        while let Some(line) = log.next_line().await.unwrap() {
            if line.contains("\"ready") {
                return;
            }
        }
        panic!("the server ended before it was ready");
    };
    timeout(START, ready)
        .await
        .expect("the server starts in time");
    // Somebody has to read the pipe: a full pipe blocks the server.
    let heard = Arc::clone(complaints);
    tokio::spawn(async move {
        while let Ok(Some(line)) = log.next_line().await {
            if line.contains("\"WARN\"") || line.contains("\"ERROR\"") {
                heard.lock().unwrap().push(line);
            }
        }
    });
    child
}

/// A browser that keeps cookies and follows no redirect. Cookies ignore ports, so
/// all servers get them.
#[derive(Clone)]
pub struct Browser {
    client: Client,
    pub cookies: HashMap<String, String>,
}

impl Browser {
    pub fn new() -> Self {
        let client = Client::builder()
            .redirect(Policy::none())
            .timeout(Duration::from_secs(30))
            .build()
            .unwrap();
        Self {
            client,
            cookies: HashMap::new(),
        }
    }

    pub async fn try_send(
        &mut self,
        method: Method,
        url: String,
        form: &str,
    ) -> reqwest::Result<Response> {
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(n, v)| format!("{n}={v}"))
            .collect();
        let response = self
            .client
            .request(method, url)
            .header(COOKIE, cookies.join("; "))
            .header("accept", "text/html")
            .header("content-type", "application/x-www-form-urlencoded")
            .header(
                "user-agent",
                "Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0",
            )
            .body(form.to_owned())
            .send()
            .await?;
        for cookie in response.headers().get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let (name, value) = cookie.split_once(';').unwrap().0.split_once('=').unwrap();
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(response)
    }

    /// Returns the value of the session cookie.
    pub fn session_id(&self) -> Option<&str> {
        let mut cookies = self.cookies.iter();
        cookies.find_map(|(name, value)| name.ends_with(".session-token").then_some(value.as_str()))
    }

    pub async fn get(&mut self, server: &Server, path: &str) -> Response {
        let url = format!("{}{path}", server.origin);
        self.try_send(Method::GET, url, "").await.unwrap()
    }

    pub async fn post(&mut self, server: &Server, path: &str, form: &str) -> Response {
        let url = format!("{}{path}", server.origin);
        self.try_send(Method::POST, url, form).await.unwrap()
    }

    /// Begins a sign-in and signs in at the provider. Returns the address of the
    /// callback.
    pub async fn begin_sign_in(&mut self, server: &Server, provider: &TestProvider) -> String {
        let started = self.post(server, "/api/auth/signin/logto", "").await;
        let url = Url::parse(location(&started)).unwrap();
        format!(
            "{}/api/auth/callback/logto?{}",
            server.origin,
            provider.authorize(&url)
        )
    }

    pub async fn sign_in(&mut self, server: &Server, provider: &TestProvider) {
        let callback = self.begin_sign_in(server, provider).await;
        let completed = self.try_send(Method::GET, callback, "").await.unwrap();
        assert_eq!(location(&completed), "/");
    }

    pub async fn is_signed_in(&mut self, server: &Server) -> bool {
        let answer = self.get(server, "/api/auth/session").await;
        assert_eq!(answer.status(), 200);
        answer.text().await.unwrap() != "null"
    }
}

pub fn location(response: &Response) -> &str {
    response
        .headers()
        .get(LOCATION)
        .unwrap_or_else(|| panic!("no redirect: {response:?}"))
        .to_str()
        .unwrap()
}

/// Runs each test on both databases.
#[macro_export]
macro_rules! on_both_databases {
    ($($test:ident)*) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                super::$test(super::Database::sqlite()).await;
            })*
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                if let Some(database) = super::Database::postgres().await {
                    super::$test(database).await;
                }
            })*
        }
    };
}
