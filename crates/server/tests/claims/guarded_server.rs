//! A server with guarded pages, in a process of its own: it reads its settings from
//! the environment, like the example's.

use std::{
    net::SocketAddr,
    process::Stdio,
    time::{Duration, Instant},
};

use auth_core::{Auth, Config};
use auth_leptos::{
    CurrentSession, RequireOrganizationRole, RequireRole, RequireScope, WithAuth as _, serve,
};
use auth_sqlx::SqlStore;
use auth_testkit::{CLIENT_ID, CLIENT_SECRET, RESOURCE, TestProvider};
use axum::{Router, routing::get};
use tokio::{
    net::{TcpListener, TcpStream},
    process::{Child, Command},
};

use crate::server_process::Database;

/// Tells the process of `the_server` that it is the server.
pub const ADDRESS: &str = "GUARDED_SERVER";
pub const SECRET: &str = "a secret of more than thirty-two characters";

/// Serves at the address of [`ADDRESS`].
#[tokio::main]
pub async fn run(address: String) {
    let store = SqlStore::open(std::env::var("DATABASE_URL").unwrap());
    let auth = Auth::new(Config::from_env().unwrap(), store.await.unwrap()).unwrap();
    let page = || get(|_: CurrentSession| async { "a page" });
    let read = RequireScope::new("read").for_resource(RESOURCE);
    let member = RequireOrganizationRole::new("o1", "member");
    let router = Router::new()
        .route("/page", page())
        .route("/admin", page().route_layer(RequireRole::new("admin")))
        .route("/member", page().route_layer(member))
        .route("/read", page().route_layer(read))
        .with_auth(&auth);
    let listener = TcpListener::bind(address).await.unwrap();
    serve(listener, router, &auth).await.unwrap();
}

/// A running server; it is killed when this is dropped.
pub struct GuardedServer {
    pub origin: String,
    _process: Child,
}

impl GuardedServer {
    pub async fn start(provider: &TestProvider, database: &Database) -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address: SocketAddr = free.local_addr().unwrap();
        drop(free);
        let process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "the_server", "--nocapture"])
            .env(ADDRESS, address.to_string())
            .env("AUTH_LOGTO_ISSUER", provider.issuer())
            .env("AUTH_LOGTO_ID", CLIENT_ID)
            .env("AUTH_LOGTO_SECRET", CLIENT_SECRET)
            .env("AUTH_LOGTO_RESOURCES", RESOURCE)
            .env("AUTH_LOGTO_SCOPES", "read")
            .env("AUTH_SECRET", SECRET)
            .env("AUTH_URL", format!("http://localhost:{}", address.port()))
            .env("DATABASE_URL", &database.url)
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let started = Instant::now();
        while TcpStream::connect(address).await.is_err() {
            assert!(started.elapsed() < Duration::from_secs(20), "it listens");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Self {
            origin: format!("http://localhost:{}", address.port()),
            _process: process,
        }
    }
}
