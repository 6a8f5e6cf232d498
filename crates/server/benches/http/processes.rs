//! The processes of a benchmark: the local Logto, the release server, and the
//! bare handler. Dropping a value ends its process.

use std::{
    io::{BufRead as _, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

const CLIENT_ID: &str = "leptos-app";
const CLIENT_SECRET: &str = "leptos-app-secret-for-local-use-only";

struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Reads the first line that a process prints.
fn first_line(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    line.trim().to_owned()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub(crate) struct Logto {
    _process: Process,
    issuer: String,
    app_port: u16,
}

impl Logto {
    pub(crate) fn start() -> Self {
        let app_port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let callback = format!("http://localhost:{app_port}/api/auth/callback/logto");
        let mut child = Command::new("node")
            .arg("end2end/logto/start.mjs")
            .current_dir(root())
            .env("LOGTO_PORT", "0")
            .env("LOGTO_REDIRECT_URIS", callback)
            .env("LOGTO_BACKCHANNEL_URI", "")
            .stdout(Stdio::piped())
            .spawn()
            .expect("node starts; if not, run `make setup`");
        let line = first_line(&mut child);
        let issuer = line
            .split_whitespace()
            .find(|word| word.starts_with("http"))
            .expect("the local Logto prints its address")
            .to_owned();
        Self {
            _process: Process(child),
            issuer,
            app_port,
        }
    }
}

pub(crate) struct Server {
    process: Process,
    pub(crate) origin: String,
}

impl Server {
    pub(crate) async fn start(logto: &Logto, database: &Path) -> Self {
        let port = logto.app_port;
        let child = Command::new("target/release/server")
            .current_dir(root())
            .env_remove("LEPTOS_OUTPUT_NAME")
            .env("AUTH_LOGTO_ISSUER", &logto.issuer)
            .env("AUTH_LOGTO_ID", CLIENT_ID)
            .env("AUTH_LOGTO_SECRET", CLIENT_SECRET)
            .env("LEPTOS_SITE_ADDR", format!("127.0.0.1:{port}"))
            .env("DATABASE_URL", format!("sqlite:{}", database.display()))
            .stdout(Stdio::null())
            .spawn()
            .expect("target/release/server starts; if not, run `make build`");
        let server = Self {
            process: Process(child),
            origin: format!("http://localhost:{port}"),
        };
        for _ in 0..100 {
            if let Ok(response) = reqwest::get(format!("{}/healthz", server.origin)).await
                && response.status().is_success()
            {
                return server;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the server does not answer");
    }

    /// Returns the peak memory of the process, if the operating system reports it.
    pub(crate) fn peak_memory_mb(&self) -> Option<f64> {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.process.0.id())).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
        let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kilobytes / 1024.0)
    }
}

pub(crate) struct Bare {
    _process: Process,
    pub(crate) origin: String,
}

impl Bare {
    pub(crate) async fn start(database: &Path, page: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .arg("bare")
            .arg(database)
            .arg(page)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let origin = first_line(&mut child);
        Self {
            _process: Process(child),
            origin,
        }
    }
}

/// Signs alice in at the local Logto, like a browser without JavaScript.
/// Returns the session's cookie.
pub(crate) async fn sign_in(origin: &str) -> String {
    let client = reqwest::Client::builder()
        .cookie_store(true)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let mut response = client
        .post(format!("{origin}/api/auth/signin/logto"))
        .send()
        .await
        .unwrap();
    for _ in 0..10 {
        if let Some(cookie) = response
            .cookies()
            .find(|cookie| cookie.name().ends_with(".session-token"))
        {
            return format!("{}={}", cookie.name(), cookie.value());
        }
        let at = response.url().clone();
        response = match response.headers().get("location") {
            Some(location) => client.get(at.join(location.to_str().unwrap()).unwrap()),
            None => {
                let html = response.text().await.unwrap();
                let action = html.split("action=\"").nth(1).unwrap();
                let action = action.split('"').next().unwrap();
                client
                    .post(at.join(action).unwrap())
                    .header("content-type", "application/x-www-form-urlencoded")
                    .body("username=alice&password=password")
            }
        }
        .send()
        .await
        .unwrap();
    }
    panic!("the sign-in did not end after ten requests");
}
