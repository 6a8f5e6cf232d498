//! A server with guarded pages, in a process of its own: it reads its settings from
//! the environment, like the example's.

use std::{
    net::SocketAddr,
    process::Stdio,
    time::{Duration, Instant},
};

use auth_core::{Auth, Config, GUARD_MAX_AGE};
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
/// How old claims may be for the guards, in milliseconds.
const AGE: &str = "GUARDED_SERVER_MAX_AGE";
/// `read` is that of [`RESOURCE`].
const SCOPES: &str = "read roles urn:logto:scope:organizations urn:logto:scope:organization_roles";

/// Serves at the address of [`ADDRESS`].
#[tokio::main]
pub async fn run(address: String) {
    let store = SqlStore::open(std::env::var("DATABASE_URL").unwrap());
    let auth = Auth::new(Config::from_env().unwrap(), store.await.unwrap()).unwrap();
    let page = || get(|_: CurrentSession| async { "a page" });
    let age = Duration::from_millis(std::env::var(AGE).unwrap().parse().unwrap());
    let read = RequireScope::new("read")
        .for_resource(RESOURCE)
        .max_age(age);
    let member = RequireOrganizationRole::new("o1", "member").max_age(age);
    let admin = RequireRole::new("admin").max_age(age);
    let router = Router::new()
        .route("/page", page())
        .route("/admin", page().route_layer(admin))
        .route("/member", page().route_layer(member))
        .route("/read", page().route_layer(read))
        .with_auth(&auth);
    let listener = TcpListener::bind(address).await.unwrap();
    serve(listener, router, &auth).await.unwrap();
}

/// The address for browsers of the application whose sessions tests create.
pub const BASE_URL: &str = "http://localhost:3000";

/// What a server is started with.
pub struct Setup {
    pub issuer: String,
    pub guard_max_age: Duration,
    pub webhook_key: &'static str,
    /// The address for browsers; that of the first process by default.
    pub base_url: Option<String>,
}

impl Setup {
    /// The default age, and no webhooks.
    pub fn at(provider: &TestProvider) -> Self {
        Self {
            issuer: provider.issuer(),
            guard_max_age: GUARD_MAX_AGE,
            webhook_key: "",
            base_url: Some(BASE_URL.to_owned()),
        }
    }
}

/// Returns an address with a port on which nothing listens.
pub fn free_address() -> SocketAddr {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    free.local_addr().unwrap()
}

/// A running server; it is killed when this is dropped.
pub struct GuardedServer {
    pub origin: String,
    _process: Child,
}

impl GuardedServer {
    /// Starts two processes of one application. As behind a load balancer, both have
    /// the same address for browsers.
    pub async fn start_two(setup: &Setup, database: &Database) -> [Self; 2] {
        let addresses = [free_address(), free_address()];
        let base_url = match &setup.base_url {
            Some(url) => url.clone(),
            None => format!("http://localhost:{}", addresses[0].port()),
        };
        let [a, b] = addresses.map(|address| Self::start(address, &base_url, setup, database));
        let (a, b) = tokio::join!(a, b);
        [a, b]
    }

    async fn start(
        address: SocketAddr,
        base_url: &str,
        setup: &Setup,
        database: &Database,
    ) -> Self {
        let process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "the_server", "--nocapture"])
            .env(ADDRESS, address.to_string())
            .env(AGE, setup.guard_max_age.as_millis().to_string())
            .env("AUTH_LOGTO_ISSUER", &setup.issuer)
            .env("AUTH_LOGTO_ID", CLIENT_ID)
            .env("AUTH_LOGTO_SECRET", CLIENT_SECRET)
            .env("AUTH_LOGTO_RESOURCES", RESOURCE)
            .env("AUTH_LOGTO_SCOPES", SCOPES)
            .env("AUTH_LOGTO_WEBHOOK_KEY", setup.webhook_key)
            .env("AUTH_SECRET", SECRET)
            .env("AUTH_URL", base_url)
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
