//! The server's binary: its messages, its exit codes, and its commands.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path =
            std::env::temp_dir().join(format!("auth-binary-{}-{number}", std::process::id()));
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

/// Builds a command that starts the server in `folder`, with `vars` as its whole
/// environment.
fn command(folder: &Path, vars: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_server"));
    command
        .env_clear()
        .envs(vars.iter().copied())
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Settings for a provider that never gets a request.
const TENANT: [(&str, &str); 3] = [
    ("AUTH_LOGTO_ISSUER", "http://127.0.0.1:9/oidc"),
    ("AUTH_LOGTO_ID", "id"),
    ("AUTH_LOGTO_SECRET", "app-secret"),
];

fn with(more: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    [&TENANT, more].concat()
}

fn fails(folder: &Path, vars: &[(&str, &str)]) -> String {
    let output = command(folder, vars).output().unwrap();
    assert!(!output.status.success(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn missing_and_invalid_settings_are_all_named() {
    let folder = Folder::new();
    let said = fails(
        &folder.0,
        &[
            ("LEPTOS_SITE_ADDR", "nowhere"),
            ("DATABASE_URL", "redis://x"),
        ],
    );
    for name in [
        "AUTH_LOGTO_ISSUER is not set",
        "AUTH_LOGTO_ID is not set",
        "AUTH_LOGTO_SECRET is not set",
        "LEPTOS_SITE_ADDR",
        "DATABASE_URL",
        "-> ",
    ] {
        assert!(said.contains(name), "{name} in {said}");
    }
}

#[test]
fn a_remote_http_issuer_is_refused() {
    let folder = Folder::new();
    let said = fails(
        &folder.0,
        &[
            TENANT[1],
            TENANT[2],
            ("AUTH_LOGTO_ISSUER", "http://logto.example.com/oidc"),
        ],
    );
    assert!(said.contains("does not use https"), "{said}");
    assert!(said.contains("localhost"), "{said}");
}

#[test]
fn a_database_that_cannot_be_opened_is_named_in_the_error() {
    let folder = Folder::new();
    fs::write(folder.0.join("file"), "no folder").unwrap();
    let said = fails(
        &folder.0,
        &with(&[
            ("DATABASE_URL", "sqlite:file/auth.db"),
            ("AUTH_SECRET", "a secret of more than thirty-two characters"),
        ]),
    );
    assert!(said.contains("file/auth.db"), "{said}");
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn an_invalid_settings_file_is_reported_without_its_values() {
    let folder = Folder::new();
    fs::write(
        folder.0.join(".env"),
        "AUTH_LOGTO_SECRET=top secret value\n",
    )
    .unwrap();
    let said = fails(&folder.0, &TENANT);
    assert!(said.contains(".env"), "{said}");
    assert!(!said.contains("secret value"), "{said}");
}

#[test]
fn an_address_in_use_is_named_in_the_error() {
    let folder = Folder::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    let said = fails(
        &folder.0,
        &[&TENANT[..], &[("LEPTOS_SITE_ADDR", addr.as_str())]].concat(),
    );
    assert!(said.contains(&format!("cannot listen on {addr}")), "{said}");
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Reads the server's log until a line contains `text`. Returns that line.
fn wait_for(child: &mut Child, text: &str) -> String {
    let mut log = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while log.read_line(&mut line).unwrap() > 0 {
        if line.contains(text) {
            return line;
        }
        line.clear();
    }
    panic!("the server ended without logging {text:?}");
}

#[test]
fn three_variables_are_enough_and_the_redirect_uri_is_logged() {
    let folder = Folder::new();
    let vars = with(&[("LEPTOS_SITE_ADDR", "127.0.0.1:0")]);
    let mut running = Running(command(&folder.0, &vars).spawn().unwrap());
    let line = wait_for(&mut running.0, "ready");
    assert!(line.contains("/api/auth/callback/logto"), "{line}");
    assert!(!line.contains("app-secret"), "{line}");
    assert!(folder.0.join("data/auth.db").is_file());
    assert!(folder.0.join("data/auth-secret").is_file());
}

#[test]
fn the_environment_overrides_the_settings_file() {
    let folder = Folder::new();
    fs::write(
        folder.0.join(".env"),
        "AUTH_LOGTO_ISSUER=http://127.0.0.1:9/oidc\nAUTH_LOGTO_ID=from-file\n\
         AUTH_LOGTO_SECRET='quoted # secret'\nLEPTOS_SITE_ADDR=nonsense\n",
    )
    .unwrap();
    let vars = [("LEPTOS_SITE_ADDR", "127.0.0.1:0")];
    let mut running = Running(command(&folder.0, &vars).spawn().unwrap());
    wait_for(&mut running.0, "ready");
}

#[test]
fn a_misspelt_variable_and_a_missing_address_are_named_at_start() {
    for (vars, text) in [
        (
            ("AUTH_LOGTO_SCOPE", "roles"),
            "AUTH_LOGTO_SCOPE is no setting, and has no effect; did you mean AUTH_LOGTO_SCOPES?",
        ),
        (("LEPTOS_SITE_ADDR", "0.0.0.0:0"), "set AUTH_URL to the URL"),
    ] {
        let folder = Folder::new();
        let vars = [&with(&[("LEPTOS_SITE_ADDR", "127.0.0.1:0")])[..], &[vars]].concat();
        let mut running = Running(command(&folder.0, &vars).spawn().unwrap());
        wait_for(&mut running.0, text);
    }
    let folder = Folder::new();
    fs::write(folder.0.join(".env"), "AUTH_LOGTO_ISUER=http://x\n").unwrap();
    let vars = with(&[("LEPTOS_SITE_ADDR", "127.0.0.1:0")]);
    let mut running = Running(command(&folder.0, &vars).spawn().unwrap());
    wait_for(&mut running.0, "did you mean AUTH_LOGTO_ISSUER?");
}

#[test]
fn secrets_in_files_start_the_server() {
    let folder = Folder::new();
    fs::write(folder.0.join("logto"), "app-secret\n").unwrap();
    fs::write(folder.0.join("database"), "sqlite:of-a-file.db\n").unwrap();
    let vars = [
        TENANT[0],
        TENANT[1],
        ("AUTH_LOGTO_SECRET_FILE", "logto"),
        ("DATABASE_URL_FILE", "database"),
        ("LEPTOS_SITE_ADDR", "127.0.0.1:0"),
    ];
    let mut running = Running(command(&folder.0, &vars).spawn().unwrap());
    wait_for(&mut running.0, "ready");
    assert!(folder.0.join("of-a-file.db").is_file());
    drop(running);
    let missing = ("DATABASE_URL_FILE", "no-file");
    let said = fails(&folder.0, &[&vars[..3], &[missing]].concat());
    assert!(
        said.contains("DATABASE_URL_FILE names \"no-file\""),
        "{said}"
    );
}

#[cfg(unix)]
#[test]
fn a_signal_stops_the_server_at_once_with_exit_code_0() {
    use nix::{
        sys::signal::{Signal, kill},
        unistd::Pid,
    };

    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let folder = Folder::new();
        let vars = with(&[("LEPTOS_SITE_ADDR", "127.0.0.1:0")]);
        let mut running = Running(command(&folder.0, &vars).spawn().unwrap());
        wait_for(&mut running.0, "ready");
        let pid = Pid::from_raw(i32::try_from(running.0.id()).unwrap());
        kill(pid, signal).unwrap();
        let began = Instant::now();
        let status = running.0.wait().unwrap();
        assert!(status.success(), "{signal}: {status}");
        assert!(began.elapsed() < Duration::from_secs(3), "{signal}");
    }
}

/// Runs a command. Returns whether it succeeded, its standard output and its
/// standard error.
fn run(folder: &Path, arguments: &[&str]) -> (bool, String, String) {
    let vars = with(&[("AUTH_SECRET", "a secret of more than thirty-two characters")]);
    let output = command(folder, &vars).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.success(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn new_secrets_are_long_and_different() {
    let folder = Folder::new();
    let fresh = || {
        let (is_done, secret, said) = run(&folder.0, &["secrets", "new"]);
        assert!(is_done, "{said}");
        assert!(secret.trim().len() >= 32, "{secret}");
        secret
    };
    assert_ne!(fresh(), fresh());
    assert!(
        !folder.0.join("data").exists(),
        "the command needs no database and no settings"
    );
}

#[test]
fn commands_work_on_an_empty_database() {
    let folder = Folder::new();
    let (is_done, out, said) = run(&folder.0, &["sessions", "list"]);
    assert!(is_done, "{said}");
    assert_eq!(out.lines().count(), 1, "only the header: {out}");
    let id = "00000000000000000000000000000000";
    for (arguments, is_done, expected) in [
        (vec!["sessions", "revoke", id], false, "no such session"),
        (vec!["sessions", "revoke", "--user", "x"], false, "no such"),
        (
            vec!["sessions", "revoke", "--all"],
            true,
            "0 sessions ended",
        ),
        (vec!["secrets", "rotate"], true, "0 sessions are sealed"),
        (vec!["sessions", "revoke", "xyz"], false, "32 hexadecimal"),
        (vec!["sessions", "revoke"], false, "--user <SUB>"),
        (vec!["sessions", "revoke", id, "--all"], false, "cannot be"),
        (vec!["session"], false, "sessions"),
        (
            vec!["--help"],
            true,
            "Runs the server if no command is given",
        ),
    ] {
        let (success, out, said) = run(&folder.0, &arguments);
        assert_eq!(success, is_done, "{arguments:?}: {out}{said}");
        assert!(format!("{out}{said}").contains(expected), "{out}{said}");
    }
}
