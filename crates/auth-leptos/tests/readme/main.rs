//! The application of README.md, *Add it to your own Leptos app*, and of the
//! book's tutorial, compiled and run: `account.rs` and `server.rs` are their text.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    missing_docs,
    reason = "a test says what it expects by unwrapping; the guide's code has no comments"
)]

mod account;
mod client;
mod pages;

use std::{
    env, fs,
    net::{SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command},
    thread,
    time::{Duration, Instant},
};

use auth_testkit::{CLIENT_ID, CLIENT_SECRET, SUB, TestProvider};
use url::Url;

use client::Client;

const README: &str = include_str!("../../../../README.md");
const TUTORIAL: &str = include_str!("../../../../docs/src/tutorial/own-app.md");
const GUIDE: &str = include_str!("../../../../docs/src/guide.md");

mod server {
    include!("server.rs");

    pub(super) fn run() {
        main().unwrap();
    }
}

/// Is set in the process in which `the_server` below is the server.
const IS_SERVER: &str = "README_SERVER";

/// Runs the server of the guide if [`Server::start`] started this process.
#[test]
fn the_server() {
    if env::var_os(IS_SERVER).is_some() {
        server::run();
    }
}

/// The server of the guide in a process of its own, because it reads the
/// environment and is stopped by a signal.
struct Server {
    process: Child,
    address: SocketAddr,
    folder: PathBuf,
}

impl Server {
    fn start(provider: &TestProvider) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let folder = env::temp_dir().join(format!("readme-{}", std::process::id()));
        fs::create_dir_all(folder.join("site")).unwrap();
        fs::write(folder.join("site/style.css"), "body {}").unwrap();
        let process = Command::new(env::current_exe().unwrap())
            .args(["--exact", "the_server", "--nocapture"])
            .current_dir(&folder)
            .env(IS_SERVER, "1")
            .env("AUTH_LOGTO_ISSUER", provider.issuer())
            .env("AUTH_LOGTO_ID", CLIENT_ID)
            .env("AUTH_LOGTO_SECRET", CLIENT_SECRET)
            .env("AUTH_SECRET", "0123456789012345678901234567890123456789")
            .env("AUTH_URL", format!("http://localhost:{}", address.port()))
            .env("LEPTOS_OUTPUT_NAME", "readme")
            .env("LEPTOS_SITE_ROOT", "site")
            .env("LEPTOS_SITE_ADDR", address.to_string())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(
                begun.elapsed() < Duration::from_secs(30),
                "it did not start"
            );
            thread::sleep(Duration::from_millis(20));
        }
        Self {
            process,
            address,
            folder,
        }
    }

    /// Stops the server as an operator does. Returns whether it exited successfully.
    fn stop(&mut self) -> bool {
        let pid = self.process.id().to_string();
        let kill = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(kill.unwrap().success());
        let begun = Instant::now();
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status.success();
            }
            assert!(begun.elapsed() < Duration::from_secs(15), "it did not stop");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// Returns the address of the form on a page that has one button.
fn form(page: &str, button: &str) -> String {
    let before = page.split(&format!(">{button}<")).next().unwrap();
    let action = before.rsplit("action=\"").next().unwrap();
    action.split('"').next().unwrap().to_owned()
}

#[test]
fn the_guide_shows_this_code_in_forty_lines_at_most() {
    let mut lines = 0;
    for code in [include_str!("account.rs"), include_str!("server.rs")] {
        assert!(README.contains(code), "README.md does not have:\n{code}");
        assert!(TUTORIAL.contains(code), "own-app.md does not have:\n{code}");
        lines += code
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with("//"))
            .filter(|line| !line.starts_with("use "))
            .count();
    }
    assert!(lines <= 40, "{lines}");
    assert!(
        GUIDE.contains(include_str!("account.rs")),
        "guide.md, section 6"
    );
}

#[test]
fn readme_has_150_lines_at_most() {
    let lines = README.lines().count();
    assert!(lines <= 150, "{lines}: move text to the book in docs");
}

#[test]
fn the_app_signs_in_and_out_and_refuses_other_sites_and_streams_at_full_speed() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let provider = runtime.block_on(TestProvider::start());
    let mut server = Server::start(&provider);
    let mut browser = Client::new(server.address);

    // Sign-in, by the form of the page.
    let page = browser.get("/");
    assert_eq!(page.status, 200, "{page:?}");
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "SAMEORIGIN"),
        ("referrer-policy", "same-origin"),
        ("cache-control", "private, no-store"),
    ] {
        assert_eq!(page.header(name), Some(value), "{name}");
    }
    let sign_in = form(&page.body, "Sign in");
    let html = ("accept", "text/html");
    let started = browser.send("POST", &sign_in, &[html]);
    let to_provider = Url::parse(started.header("location").unwrap()).unwrap();
    let query = provider.authorize(&to_provider);
    let completed = browser.get(&format!("/api/auth/callback/logto?{query}"));
    assert_eq!(completed.header("location"), Some("/"), "{completed:?}");
    let page = browser.get("/");
    assert!(
        page.body.contains("Hello, ") && page.body.contains(SUB),
        "{page:?}"
    );
    assert!(server.folder.join("data/auth.db").is_file());

    // Protection: a user without the role, and a signed-out one.
    let refused = browser.get("/users");
    let location = refused.header("location").unwrap();
    assert!(
        location.starts_with("/api/auth/error?error=AccessDenied"),
        "{location}"
    );
    let refused = Client::new(server.address).get("/users");
    let location = refused.header("location").unwrap();
    assert!(location.starts_with("/api/auth/signin?"), "{location}");

    // Pages of other sites: an auth route, server functions, the user's route.
    let sign_out = form(&page.body, "Sign out");
    for foreign in [
        ("sec-fetch-site", "cross-site"),
        ("origin", "https://evil.test"),
    ] {
        for path in [
            "/api/auth/signin/logto?login_hint=attacker",
            &sign_in,
            &sign_out,
            "/orders",
        ] {
            let answer = browser.send("POST", path, &[foreign, html]);
            assert_eq!(answer.status, 403, "{path} {foreign:?}");
        }
        let stranger = &mut Client::new(server.address);
        for path in ["/api/auth/signin/logto?login_hint=attacker", &*sign_in] {
            let answer = stranger.send("POST", path, &[foreign, html]);
            assert_eq!(answer.status, 403, "signed out: {path} {foreign:?}");
        }
        // An API that pages of other origins call with access tokens.
        let bearer = format!("Bearer {}", provider.draft_access_token().sign());
        let headers = [foreign, ("authorization", &*bearer)];
        let answer = stranger.send("POST", "/items", &headers);
        assert_eq!((answer.status, &*answer.body), (200, SUB), "{answer:?}");
    }
    assert_eq!(browser.send("POST", "/orders", &[]).body, "ordered");

    // Files, which caches may keep.
    let file = browser.send("GET", "/style.css", &[("accept", "text/css,*/*;q=0.1")]);
    assert_eq!(file.body, "body {}");
    assert_eq!(file.header("cache-control"), None);

    // A streamed page: without TCP_NODELAY each takes 40 ms and more.
    const TIMES: u32 = 50;
    browser.get_often("/streamed", 3);
    let measure = || {
        let begun = Instant::now();
        let page = browser.get_often("/streamed", TIMES);
        assert!(page.contains("late"), "{page}");
        begun.elapsed()
    };
    // The fastest, because the machine may be busy. A delay would be in each.
    let fastest = (0..4).map(|_| measure()).min().unwrap();
    let delayed = Duration::from_millis(40) * TIMES;
    assert!(fastest < delayed * 3 / 4, "{fastest:?}");

    // Sign-out.
    let ended = browser.send("POST", &sign_out, &[html]);
    let location = ended.header("location").unwrap();
    assert!(location.contains("/session/end?"), "{location}");
    assert!(browser.get("/").body.contains("Sign in"));

    assert!(server.stop(), "a signal ends it without an error");
}
