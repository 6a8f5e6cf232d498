//! `make bench-peers`: Next.js with Auth.js, shield with axum, and the example's server.
//! Each signs alice in at the same local Logto and sends the same page, with her name and
//! the claims of her ID token. The apps of the peers are in `end2end/peers`.

use std::{
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use reqwest::{
    Client,
    cookie::{CookieStore as _, Jar},
    redirect::Policy,
};

use crate::{
    ROUNDS, Row, in_turns,
    load::{self, Measured},
    processes::{
        App, Bare, CLIENT_ID, CLIENT_SECRET, Logto, Process, Server, next_step, root, sign_in,
        unused_port,
    },
};

#[derive(Clone, Copy)]
enum Kind {
    Next,
    Shield,
}

impl Kind {
    const ALL: [Self; 2] = [Self::Next, Self::Shield];

    fn name(self) -> String {
        match self {
            Self::Next => format!("Next.js {}, Auth.js {}", npm("next"), npm("next-auth")),
            Self::Shield => format!("axum {}, shield {}", krate("axum"), krate("shield")),
        }
    }

    fn callback(self) -> &'static str {
        match self {
            Self::Next => "/api/auth/callback/logto",
            Self::Shield => "/api/auth/sign-in-callback/oidc/logto",
        }
    }

    /// How the names of its cookies begin. The local Logto's have the same host.
    fn cookies(self) -> &'static str {
        match self {
            Self::Next => "authjs.",
            Self::Shield => "id=",
        }
    }

    /// The address that answers with the session as JSON.
    fn session(self) -> &'static str {
        match self {
            Self::Next => "/api/auth/session",
            Self::Shield => "/api/auth/user",
        }
    }

    fn command(self) -> Command {
        let folder = root().join("end2end/peers");
        match self {
            Self::Next => {
                let mut command = Command::new("node");
                command.current_dir(folder.join("next"));
                command.args(["node_modules/next/dist/bin/next", "start"]);
                command.args(["--hostname", "127.0.0.1"]);
                command
            }
            Self::Shield => Command::new(folder.join("shield/target/release/shield-peer")),
        }
    }
}

struct Peer {
    kind: Kind,
    process: Process,
    origin: String,
    cookie: String,
}

impl Peer {
    async fn start(kind: Kind, port: u16, logto: &Logto) -> Self {
        let origin = origin(port);
        let child = kind
            .command()
            .env("PORT", port.to_string())
            .env("AUTH_URL", &origin)
            .env(
                "AUTH_SECRET",
                "only-for-a-benchmark-on-this-machine-0123456789",
            )
            .env("AUTH_LOGTO_ISSUER", &logto.issuer)
            .env("AUTH_LOGTO_ID", CLIENT_ID)
            .env("AUTH_LOGTO_SECRET", CLIENT_SECRET)
            .env("NEXT_TELEMETRY_DISABLED", "1")
            .stdout(Stdio::null())
            .spawn()
            .expect("the peer starts; if not, run `make bench-peers`, which builds it");
        let process = Process(child);
        for _ in 0..200 {
            if reqwest::get(&origin).await.is_ok() {
                let cookie = sign_in_at(kind, &origin).await;
                return Self {
                    kind,
                    process,
                    origin,
                    cookie,
                };
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{} does not answer", kind.name());
    }
}

fn origin(port: u16) -> String {
    format!("http://localhost:{port}")
}

/// Signs alice in, and returns the cookies that her browser has for the peer.
async fn sign_in_at(kind: Kind, origin: &str) -> String {
    let jar = Arc::new(Jar::default());
    let client = Client::builder()
        .cookie_provider(Arc::clone(&jar))
        .redirect(Policy::none())
        .build()
        .unwrap();
    let (path, body) = match kind {
        Kind::Next => {
            let answer = client.get(format!("{origin}/api/auth/csrf"));
            let json = answer.send().await.unwrap().text().await.unwrap();
            let token = json.split('"').nth(3).unwrap();
            ("/api/auth/signin/logto", format!("csrfToken={token}"))
        }
        Kind::Shield => (
            "/api/auth/sign-in/oidc/logto",
            format!("redirectOrigin={origin}"),
        ),
    };
    let mut response = client
        .post(format!("{origin}{path}"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
        .send()
        .await
        .unwrap();
    for _ in 0..10 {
        if response.url().as_str().trim_end_matches('/') == origin {
            let html = response.text().await.unwrap();
            assert!(html.contains("Alice Example"), "{html}");
            let cookies = jar.cookies(&origin.parse().unwrap()).unwrap();
            let own = cookies.to_str().unwrap().split("; ");
            let own: Vec<_> = own
                .filter(|cookie| cookie.starts_with(kind.cookies()))
                .collect();
            return own.join("; ");
        }
        response = next_step(&client, response).await;
    }
    panic!(
        "the sign-in at {} did not end after ten requests",
        kind.name()
    );
}

pub(crate) async fn compare() {
    let folder = std::env::temp_dir().join(format!("auth-bench-peers-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let database = folder.join("auth.db");

    let ports = Kind::ALL.map(|kind| (kind, unused_port()));
    let callbacks = ports.map(|(kind, port)| format!("{}{}", origin(port), kind.callback()));
    let logto = Logto::start_for(&callbacks);
    let server = Server::start(&App::example(), &logto, &database).await;
    let cookie = sign_in(&server.origin).await;
    let page = folder.join("page.html");
    std::fs::write(&page, load::body(&server.origin, "/", Some(&cookie)).await).unwrap();
    let bare = Bare::start(&database, &page).await;
    let mut peers = Vec::new();
    for (kind, port) in ports {
        peers.push(Peer::start(kind, port, &logto).await);
    }

    let this = format!("the example {}", env!("CARGO_PKG_VERSION"));
    let bare_name = "bare axum handler, same row and page | `/` signed in";
    let mut rows = vec![Row::new(bare_name, &bare.origin, "/", Some(&cookie))];
    rows.extend(rows_of(&this, &server.origin, "/api/auth/session", &cookie));
    for peer in &peers {
        let session = peer.kind.session();
        rows.extend(rows_of(
            &peer.kind.name(),
            &peer.origin,
            session,
            &peer.cookie,
        ));
    }
    in_turns(&mut rows).await;

    println!("{}", machine());
    println!(
        "{} connections from the same machine, median of {ROUNDS} rounds in turns\n",
        load::CONNECTIONS
    );
    println!("| server | request | requests/s | p99, ms | bytes |");
    println!("|---|---|---:|---:|---:|");
    for row in rows {
        let bytes = row.load.body().await.len();
        let result = Measured::median(row.rounds);
        println!(
            "| {} | {:.0} | {:.2} | {bytes} |",
            row.name,
            result.per_second,
            result.p99.as_secs_f64() * 1000.0,
        );
    }
    println!("\n| server | peak memory, MB |\n|---|---:|");
    let memory = peers
        .iter()
        .map(|peer| (peer.kind.name(), peer.process.peak_memory_mb()));
    for (name, memory) in std::iter::once((this, server.peak_memory_mb())).chain(memory) {
        let memory = memory.map_or("unknown".to_owned(), |memory| format!("{memory:.0}"));
        println!("| {name} | {memory} |");
    }
    drop((server, bare, logto, peers));
    drop(std::fs::remove_dir_all(folder));
}

/// The requests that are measured of each server.
fn rows_of(server: &str, origin: &str, session: &str, cookie: &str) -> [Row; 3] {
    [
        ("/", Some(cookie), "signed in"),
        ("/", None, "signed out"),
        (session, Some(cookie), "signed in"),
    ]
    .map(|(path, cookie, state)| {
        Row::new(format!("{server} | `{path}` {state}"), origin, path, cookie)
    })
}

/// Returns the installed version of an npm package of the peer.
fn npm(package: &str) -> String {
    let lock = read("end2end/peers/next/package-lock.json");
    version_after(&lock, &format!("\"node_modules/{package}\": {{"))
}

/// Returns the locked version of a crate of the peer.
fn krate(name: &str) -> String {
    let lock = read("end2end/peers/shield/Cargo.lock");
    version_after(&lock, &format!("name = \"{name}\"\n"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// Returns the first text in quotation marks after `version` after `place`.
fn version_after(lock: &str, place: &str) -> String {
    let (_, entry) = lock.split_once(place).unwrap();
    let (_, version) = entry.split_once("version").unwrap();
    version
        .split('"')
        .find(|part| part.starts_with(|first: char| first.is_ascii_digit()))
        .unwrap()
        .to_owned()
}

/// Describes the machine and what runs the servers.
fn machine() -> String {
    let processor = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processor
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("unknown processor", |(_, name)| name);
    let threads = std::thread::available_parallelism().unwrap();
    let version = |program: &str| {
        let output = Command::new(program).arg("--version").output();
        String::from_utf8(output.unwrap().stdout)
            .unwrap()
            .trim()
            .to_owned()
    };
    format!(
        "{processor}, {threads} threads; {}; Node.js {}",
        version("rustc"),
        version("node"),
    )
}
