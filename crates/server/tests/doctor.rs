//! `server doctor` at the local Logto: what is right is said to be, and each fault is
//! named.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test says what it expects by unwrapping"
)]

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

const SECRET: &str = "Zk3v9QpL0xT7mNb2RfYc8WdHs5JgUa1EoIe6KrVq";

/// A running local Logto.
struct Logto {
    process: Child,
    issuer: String,
}

impl Logto {
    /// Returns `None`, and prints how to set it up, if its packages are not installed.
    fn start() -> Option<Self> {
        let end2end = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../end2end");
        if !end2end.join("node_modules/oidc-provider").exists() {
            eprintln!("skipped: the local Logto needs its packages; run `make setup`");
            return None;
        }
        let mut process = Command::new("node")
            .arg(end2end.join("logto/start.mjs"))
            .env("LOGTO_PORT", "0")
            .env("AUTH_LOGTO_ID", "leptos-app")
            .env("AUTH_LOGTO_SECRET", "app-secret")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let issuer = line
            .split_whitespace()
            .find(|word| word.starts_with("http"));
        Some(Self {
            issuer: issuer.unwrap().to_owned(),
            process,
        })
    }
}

impl Drop for Logto {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("auth-doctor-{}-{name}", std::process::id()));
        // A test that was killed may have left it, and its process id comes again.
        drop(fs::remove_dir_all(&path));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

fn doctor(folder: &Folder, arguments: &[&str], vars: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_server"))
        .arg("doctor")
        .args(arguments)
        .env_clear()
        .envs(vars.iter().copied())
        .current_dir(&folder.0)
        .output()
        .unwrap()
}

fn good(issuer: &str) -> Vec<(&str, &str)> {
    vec![
        ("AUTH_LOGTO_ISSUER", issuer),
        ("AUTH_LOGTO_ID", "leptos-app"),
        ("AUTH_LOGTO_SECRET", "app-secret"),
        ("AUTH_SECRET", SECRET),
        ("AUTH_URL", "http://localhost:3000"),
    ]
}

/// Returns each subject with its verdict.
fn verdicts(output: &Output) -> Vec<(String, String)> {
    let findings: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |finding: &Value, name: &str| finding[name].as_str().unwrap().to_owned();
    let findings = findings.as_array().unwrap().iter();
    findings
        .map(|finding| (text(finding, "subject"), text(finding, "verdict")))
        .collect()
}

#[test]
fn a_good_set_up_is_said_to_be_one_in_under_two_seconds() {
    let Some(logto) = Logto::start() else { return };
    let folder = Folder::new("good");
    let began = Instant::now();
    let output = doctor(&folder, &["--json"], &good(&logto.issuer));
    let took = began.elapsed();
    let found = verdicts(&output);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    assert!(took < Duration::from_secs(2), "{took:?}");
    for subject in [
        "settings",
        "AUTH_URL",
        "discovery",
        "clock",
        "client",
        "redirect URI",
        "scopes and resources",
        "post sign-out redirect URI",
        "refresh tokens",
        "database",
    ] {
        let right = (subject.to_owned(), "ok".to_owned());
        assert!(found.contains(&right), "{subject}: {text}");
    }
    assert_eq!(found.len(), 10, "{text}");
    assert!(
        !text.contains(SECRET) && !text.contains("app-secret"),
        "{text}"
    );
}

#[test]
fn every_fault_of_a_bad_set_up_is_named_at_once() {
    let Some(logto) = Logto::start() else { return };
    let folder = Folder::new("bad");
    fs::write(folder.0.join("file"), "no folder").unwrap();
    let output = doctor(
        &folder,
        &[],
        &[
            ("AUTH_LOGTO_ISSUER", &logto.issuer),
            ("AUTH_LOGTO_ID", "leptos-app"),
            ("AUTH_LOGTO_SECRET", "not-the-app-secret"),
            ("AUTH_LOGTO_PROMPT", "login"),
            ("AUTH_LOGTO_RESOURCES", "https://unknown.example.com"),
            ("AUTH_LOGTO_SCOPE", "roles"),
            ("AUTH_SECRET", "short"),
            ("AUTH_SESSION_IDLE", "4 fortnights"),
            ("AUTH_URL", "http://localhost:3999"),
            ("LEPTOS_SITE_ADDR", "0.0.0.0:3000"),
            ("TRUSTED_PROXIES", "the proxy"),
            ("DATABASE_URL", "sqlite:file/auth.db"),
        ],
    );
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!output.status.success(), "{text}");
    for fault in [
        "wrong  setting: AUTH_SECRET has 5 characters",
        "wrong  setting: AUTH_SESSION_IDLE is \"4 fortnights\"",
        "wrong  setting: TRUSTED_PROXIES",
        "check  setting: AUTH_LOGTO_SCOPE is no setting, and has no effect; did you mean AUTH_LOGTO_SCOPES?",
        "check  AUTH_URL: all addresses begin with http://localhost:3999/, but",
        "ok     discovery",
        "wrong  client: Logto does not authenticate leptos-app",
        "wrong  redirect URI: Logto does not redirect to http://localhost:3999/api/auth/callback/logto",
        "wrong  post sign-out redirect URI: Logto does not redirect to http://localhost:3999/",
        "check  refresh tokens: AUTH_LOGTO_PROMPT has no consent",
        "wrong  database: ",
    ] {
        assert!(text.contains(fault), "{fault}: {text}");
    }
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("checks that found something wrong: 7"),
        "{said}"
    );
    for line in text.lines().filter(|line| line.starts_with("wrong")) {
        let after = text.split_once(line).unwrap().1;
        let next = after.lines().nth(1).unwrap_or_default();
        assert!(
            next.trim_start().starts_with("->") || line.contains("database"),
            "no remedy: {line}"
        );
    }
}

#[test]
fn a_resource_that_logto_does_not_know_is_named() {
    let Some(logto) = Logto::start() else { return };
    let folder = Folder::new("resource");
    let mut vars = good(&logto.issuer);
    vars.push(("AUTH_LOGTO_RESOURCES", "https://unknown.example.com"));
    let output = doctor(&folder, &[], &vars);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("wrong  scopes and resources: Logto does not know a resource"),
        "{text}"
    );
    assert!(text.contains("AUTH_LOGTO_RESOURCES"), "{text}");
}

#[test]
fn an_empty_secret_counts_as_not_set() {
    let folder = Folder::new("empty-secret");
    for empty in ["", "  "] {
        let mut vars = good("http://127.0.0.1:9/oidc");
        vars.push(("AUTH_SECRET", empty));
        let output = doctor(&folder, &[], &vars);
        let found = String::from_utf8(output.stdout).unwrap();
        assert!(found.contains("ok     settings"), "{found}");
        assert!(!found.contains("AUTH_SECRET"), "{found}");
    }
}

#[test]
fn a_wrong_issuer_and_a_silent_one_are_named() {
    let Some(logto) = Logto::start() else { return };
    let folder = Folder::new("issuer");
    let without_path = logto.issuer.replace("/oidc", "");
    for (issuer, text) in [
        (
            without_path.as_str(),
            "is the path of AUTH_LOGTO_ISSUER right?",
        ),
        ("http://127.0.0.1:9/oidc", "refused"),
    ] {
        let output = doctor(&folder, &[], &good(issuer));
        let found = String::from_utf8(output.stdout).unwrap();
        assert!(!output.status.success(), "{found}");
        assert!(found.contains("wrong  discovery"), "{found}");
        assert!(found.contains(text), "{found}");
    }
}
