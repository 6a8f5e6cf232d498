//! The processes of a benchmark: the local Logto, the release server, and the
//! bare handler. Dropping a value ends its process.

use std::{
    io::{BufRead as _, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use reqwest::{Client, Response};

pub(crate) const CLIENT_ID: &str = "leptos-app";
pub(crate) const CLIENT_SECRET: &str = "leptos-app-secret-for-local-use-only";

/// An application, and how to run it.
pub(crate) struct App {
    pub(crate) name: &'static str,
    program: PathBuf,
    arguments: &'static [&'static str],
    folder: PathBuf,
    environment: &'static [(&'static str, &'static str)],
}

impl App {
    /// This workspace's application, whose binary `BENCH_SERVER` names: `cargo bench`
    /// puts one with the features of its own dependencies in the place of the release.
    pub(crate) fn example() -> Self {
        let program = std::env::var_os("BENCH_SERVER");
        let program = program.unwrap_or_else(|| "target/release/server".into());
        Self {
            name: "example",
            program: root().join(program),
            arguments: &[],
            folder: root(),
            environment: &[],
        }
    }

    /// This workspace's application as `make pgo` builds it, whose binary `BENCH_PGO`
    /// names.
    pub(crate) fn profiled() -> Option<Self> {
        Some(Self {
            name: "example, pgo",
            program: root().join(std::env::var_os("BENCH_PGO")?),
            ..Self::example()
        })
    }

    /// `examples/starter`: streamed pages that hydrate as a whole.
    pub(crate) fn starter() -> Self {
        Self {
            name: "starter",
            program: root().join("target/release/starter"),
            arguments: &[],
            folder: root().join("examples/starter"),
            environment: &[
                ("LEPTOS_ENV", "PROD"),
                ("LEPTOS_OUTPUT_NAME", "starter"),
                ("LEPTOS_SITE_PKG_DIR", "pkg"),
                ("LEPTOS_SITE_ROOT", "target/site"),
            ],
        }
    }

    /// The application of README.md, whose binary `BENCH_README` names.
    pub(crate) fn readme() -> Option<Self> {
        Some(Self {
            name: "README's app",
            program: root().join(std::env::var_os("BENCH_README")?),
            arguments: &["--exact", "the_server", "--nocapture"],
            folder: root(),
            environment: &[
                ("README_SERVER", "1"),
                ("LEPTOS_OUTPUT_NAME", "readme"),
                ("LEPTOS_SITE_ROOT", "target/site"),
            ],
        })
    }
}

pub(crate) struct Process(pub(crate) Child);

impl Process {
    /// Returns the peak memory of the process, if the operating system reports it.
    pub(crate) fn peak_memory_mb(&self) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
        let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kilobytes / 1024.0)
    }
}

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

pub(crate) fn unused_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub(crate) struct Logto {
    _process: Process,
    pub(crate) issuer: String,
    app_port: u16,
}

impl Logto {
    pub(crate) fn start() -> Self {
        Self::start_for(&[])
    }

    /// Starts it with the redirect URIs of other applications too.
    pub(crate) fn start_for(redirect_uris: &[String]) -> Self {
        let app_port = unused_port();
        let callback = format!("http://localhost:{app_port}/api/auth/callback/logto");
        let callbacks = [&[callback], redirect_uris].concat().join(",");
        let mut child = Command::new("node")
            .arg("end2end/logto/start.mjs")
            .current_dir(root())
            .env("LOGTO_PORT", "0")
            .env("LOGTO_REDIRECT_URIS", callbacks)
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
    pub(crate) async fn start(app: &App, logto: &Logto, database: &Path) -> Self {
        let port = logto.app_port;
        let child = Command::new(&app.program)
            .args(app.arguments)
            .current_dir(&app.folder)
            .env_remove("LEPTOS_OUTPUT_NAME")
            .env("AUTH_LOGTO_ISSUER", &logto.issuer)
            .env("AUTH_LOGTO_ID", CLIENT_ID)
            .env("AUTH_LOGTO_SECRET", CLIENT_SECRET)
            .env("AUTH_SECRET", "only-for-a-benchmark-0123456789-0123456789")
            .env("AUTH_URL", format!("http://localhost:{port}"))
            .env("LEPTOS_SITE_ADDR", format!("127.0.0.1:{port}"))
            .env("DATABASE_URL", format!("sqlite:{}", database.display()))
            .envs(app.environment.iter().copied())
            .stdout(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}; run `make bench`", app.program.display()));
        let server = Self {
            process: Process(child),
            origin: format!("http://localhost:{port}"),
        };
        for _ in 0..100 {
            if let Ok(response) = reqwest::get(format!("{}/api/auth/session", server.origin)).await
                && response.status().is_success()
            {
                return server;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{} does not answer", app.name);
    }

    /// Returns the CPU time of the process until now, in milliseconds, if the
    /// operating system reports it (`proc_pid_stat(5)`: a tick is 10 ms).
    pub(crate) fn cpu_ms(&self) -> Option<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.0.id())).ok()?;
        let (_, fields) = stat.rsplit_once(") ")?;
        let ticks = fields.split_whitespace().skip(11).take(2);
        Some(
            ticks
                .filter_map(|ticks| ticks.parse::<f64>().ok())
                .sum::<f64>()
                * 10.0,
        )
    }

    /// Returns the peak memory of the process, if the operating system reports it.
    pub(crate) fn peak_memory_mb(&self) -> Option<f64> {
        self.process.peak_memory_mb()
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
    let client = Client::builder()
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
        response = next_step(&client, response).await;
    }
    panic!("the sign-in did not end after ten requests");
}

/// Does what a browser does with a response of a sign-in: follows the redirect, or
/// enters alice's password.
pub(crate) async fn next_step(client: &Client, response: Response) -> Response {
    let at = response.url().clone();
    match response.headers().get("location") {
        Some(location) => client.get(at.join(location.to_str().unwrap()).unwrap()),
        None => {
            let html = response.text().await.unwrap();
            let action = html.split("action=\"").nth(1);
            let action = action.unwrap_or_else(|| panic!("no form at {at}: {html}"));
            let action = action.split('"').next().unwrap();
            client
                .post(at.join(action).unwrap())
                .header("content-type", "application/x-www-form-urlencoded")
                .body("username=alice&password=password")
        }
    }
    .send()
    .await
    .unwrap()
}
