//! The binary and the site's files in one folder, as in a container, started from
//! another folder.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

/// A folder that is the working directory, with the folder `app` of the container.
struct Container(PathBuf);

impl Drop for Container {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// A running server; it is killed when this is dropped.
struct Running {
    child: Child,
    address: String,
    /// What it logged until it was ready.
    said: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Container {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("auth-container-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let app = folder.join("app");
        fs::create_dir_all(app.join("site/pkg")).unwrap();
        let server = app.join("server");
        fs::hard_link(env!("CARGO_BIN_EXE_server"), &server)
            .or_else(|_| fs::copy(env!("CARGO_BIN_EXE_server"), &server).map(drop))
            .unwrap();
        for (name, content) in [
            ("hash.txt", "js: J_1\nwasm: W-2\ncss: C3\n"),
            ("site/favicon.ico", "icon"),
            ("site/pkg/app.J_1.js", "script"),
            ("site/pkg/app.W-2.wasm", "wasm"),
            ("site/pkg/app.C3.css", "style"),
        ] {
            fs::write(app.join(name), content).unwrap();
        }
        Self(folder)
    }

    fn start(&self) -> Running {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap().to_string();
        drop(socket);
        // The provider never gets a request.
        let mut child = Command::new(self.0.join("app/server"))
            .env_clear()
            .env("AUTH_LOGTO_ISSUER", "http://127.0.0.1:9/oidc")
            .env("AUTH_LOGTO_ID", "id")
            .env("AUTH_LOGTO_SECRET", "app-secret")
            .env("AUTH_URL", format!("http://{address}"))
            .env("LEPTOS_SITE_ADDR", &address)
            .current_dir(&self.0)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        while log.read_line(&mut said).unwrap() > 0 && !said.contains("\"ready") {}
        assert!(said.contains("\"ready"), "{said}");
        Running {
            child,
            address,
            said,
        }
    }
}

impl Running {
    /// Sends a request and returns the whole answer.
    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let host = &self.address;
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nhost: {host}\r\naccept: text/html\r\nconnection: \
             close\r\n\r\n"
        )
        .unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }
}

#[test]
fn the_sites_files_are_found_beside_the_binary() {
    let container = Container::new();
    let server = container.start();
    assert!(!server.said.contains("no style"), "{}", server.said);
    let page = server.get("/");
    for file in ["/pkg/app.J_1.js", "/pkg/app.W-2.wasm", "/pkg/app.C3.css"] {
        assert!(page.contains(file), "{file} in {page}");
        assert!(server.get(file).starts_with("HTTP/1.1 200"), "{file}");
    }
    assert!(server.get("/favicon.ico").starts_with("HTTP/1.1 200"));
}

#[test]
fn a_missing_file_of_the_site_is_named_at_start() {
    for (missing, named) in [
        ("hash.txt", "hash.txt is missing"),
        ("site/pkg/app.C3.css", "app.C3.css is missing"),
        ("site/pkg/app.W-2.wasm", "app.W-2.wasm is missing"),
        ("site", "target/site/pkg, is missing"),
    ] {
        let container = Container::new();
        let path = container.0.join("app").join(missing);
        if path.is_dir() {
            fs::remove_dir_all(path).unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
        let server = container.start();
        assert!(server.said.contains(named), "{named} in {}", server.said);
        let page = server.get("/");
        assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    }
}
