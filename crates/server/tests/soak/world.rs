//! Two servers on one database, a provider, and users.

use std::{
    path::Path,
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use auth_testkit::{TestClock, TestProvider, TestUser, object};
use serde_json::json;
use time::OffsetDateTime;
use tokio::task::JoinSet;
use url::Url;

use crate::{
    server_process::{Browser, Database, Server},
    tally::Tally,
    tcp_proxy::TcpProxy,
    user::{User, Visitor},
    windows::Windows,
};

const USERS: usize = 12;
const BROWSERS_PER_USER: usize = 2;
/// How far the clock of the second server is ahead of this machine's, in seconds.
const SECOND_SERVER: &str = "40";
/// How far the provider's clock is from this machine's, in seconds, in the first half
/// and in the second: almost a minute, the tolerance, ahead of the first server, and
/// almost a minute behind the second.
pub const PROVIDER: [i64; 2] = [57, -17];
/// How often the provider's clock moves.
const TICK: Duration = Duration::from_millis(100);

/// What users need.
pub struct World {
    pub provider: TestProvider,
    pub origins: [String; 2],
    pub users: Vec<User>,
    pub lifetime: Duration,
    pub windows: Windows,
    pub tally: Tally,
    is_over: AtomicBool,
}

impl World {
    pub fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }
}

/// What can be taken away.
pub struct Stage {
    pub world: Arc<World>,
    pub servers: [Server; 2],
    pub database: Database,
    /// In front of the provider.
    pub provider: TcpProxy,
    /// In front of PostgreSQL.
    pub postgres: Option<TcpProxy>,
    pub provider_conduct: Conduct,
    pub are_clocks_different: bool,
    visitors: JoinSet<()>,
}

impl Stage {
    pub async fn new(mut database: Database, lifetime: Duration) -> Self {
        let provider = TestProvider::start().await;
        let address = Url::parse(&provider.issuer()).unwrap();
        let proxy = TcpProxy::start(authority(&address)).await;
        provider.state().issuer = format!("http://127.0.0.1:{}/oidc", proxy.port);
        let postgres = if database.url.starts_with("sqlite") {
            None
        } else {
            let mut url = Url::parse(&database.url).unwrap();
            let proxy = TcpProxy::start(authority(&url)).await;
            url.set_host(Some("127.0.0.1")).unwrap();
            url.set_port(Some(proxy.port)).unwrap();
            database.url = url.into();
            Some(proxy)
        };
        let provider_conduct = Conduct::default();
        provider_conduct.begin(&provider);
        prepare(&provider);

        let seconds = format!("{}s", lifetime.as_secs());
        let common = [
            ("AUTH_SESSION_IDLE", seconds.as_str()),
            ("AUTH_SESSION_LIFETIME", &seconds),
        ];
        let a = Server::start_with(&provider, &database, &common).await;
        let library = compile_clock();
        let mut of_b = common.to_vec();
        of_b.push(("AUTH_URL", &a.origin));
        if let Some(library) = &library {
            of_b.push(("LD_PRELOAD", library));
            of_b.push(("SOAK_AHEAD", SECOND_SERVER));
        }
        let b = Server::start_with(&provider, &database, &of_b).await;
        // The name of the first refresh token does not have the code in it.
        let mut first = Browser::new();
        first.sign_in(&a, &provider).await;
        first.post(&a, "/api/auth/signout", "").await;
        let world = World {
            provider,
            origins: [a.origin.clone(), b.origin.clone()],
            users: (0..USERS).map(User::new).collect(),
            lifetime,
            windows: Windows::default(),
            tally: Tally::default(),
            is_over: AtomicBool::new(false),
        };
        for user in &world.users {
            let email = format!("{}@example.com", user.name);
            let known = TestUser::new(&user.name).name(&user.name).email(&email);
            world.provider.add_user(known);
        }
        Self {
            world: Arc::new(world),
            servers: [a, b],
            database,
            provider: proxy,
            postgres,
            provider_conduct,
            are_clocks_different: library.is_some(),
            visitors: JoinSet::new(),
        }
    }

    pub fn let_users_in(&mut self) {
        for number in (0..USERS * BROWSERS_PER_USER).map(|n| n / BROWSERS_PER_USER) {
            let visitor = Visitor {
                world: Arc::clone(&self.world),
                number,
                browser: Browser::new(),
                session: None,
            };
            self.visitors.spawn(visitor.live());
        }
    }

    /// Lets all users finish what they do.
    pub async fn close(&mut self) {
        self.world.is_over.store(true, Ordering::Relaxed);
        while let Some(visitor) = self.visitors.join_next().await {
            visitor.unwrap();
        }
    }

    /// Returns the memory of each server that is resident, in megabytes.
    pub fn memory(&self) -> [f64; 2] {
        [0, 1].map(|n| resident(self.servers[n].pid()))
    }
}

/// Returns host and port of an address.
fn authority(url: &Url) -> String {
    let port = url.port().unwrap_or(5432);
    format!("{}:{port}", url.host_str().unwrap())
}

/// How the provider behaves over time. Clones share one state.
#[derive(Clone, Debug)]
pub struct Conduct(Arc<Mutex<Rules>>);

#[derive(Debug)]
struct Rules {
    /// How far its clock is ahead of this machine's, in seconds.
    ahead: i64,
    /// It replaces refresh tokens from this time on.
    replaces_from: Instant,
}

impl Default for Conduct {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Rules {
            ahead: PROVIDER[0],
            replaces_from: Instant::now(),
        })))
    }
}

impl Conduct {
    pub fn set_clock(&self, ahead: i64) {
        self.0.lock().unwrap().ahead = ahead;
    }

    /// Lets the provider replace refresh tokens, but not before this time.
    pub fn replace_from(&self, at: Instant) {
        self.0.lock().unwrap().replaces_from = at;
    }

    fn begin(&self, provider: &TestProvider) {
        let (rules, provider) = (self.clone(), provider.clone());
        rules.apply(&provider);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(TICK).await;
                rules.apply(&provider);
            }
        });
    }

    pub fn apply(&self, provider: &TestProvider) {
        let rules = self.0.lock().unwrap();
        let now = OffsetDateTime::now_utc() + time::Duration::seconds(rules.ahead);
        let mut state = provider.state();
        state.clock = Some(TestClock::at(now));
        state.refresh.rotates = Instant::now() >= rules.replaces_from;
    }
}

/// Each sign-in is a session of the provider of its own. Its access token has expired
/// when it arrives; those of refreshes are valid for five seconds.
fn prepare(provider: &TestProvider) {
    let mut state = provider.state();
    state.token_response = object(json!({"expires_in": 0}));
    state.refresh.token_response = object(json!({"expires_in": 5}));
    drop(state);
    provider.tamper(|draft| {
        if let Some(nonce) = draft.claims.get("nonce").and_then(|it| it.as_str()) {
            let sid = format!("sid-{nonce}");
            draft.claims.insert("sid".to_owned(), sid.into());
        }
    });
}

/// Compiles what puts a server's clock ahead. Returns `None`, and says so, without a C
/// compiler or on another system than Linux.
fn compile_clock() -> Option<String> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);

    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let new = folder.join(format!("ahead-{}-{number}.so", std::process::id()));
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/soak/ahead.c");
    let compiled = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .arg(&new)
        .arg(source)
        .arg("-ldl")
        .status();
    if cfg!(target_os = "linux") && compiled.is_ok_and(|status| status.success()) {
        let library = folder.join("ahead.so");
        std::fs::rename(new, &library).unwrap();
        return Some(library.to_str().unwrap().to_owned());
    }
    eprintln!("the servers' clocks are the same: that needs Linux and a C compiler");
    None
}

#[cfg(target_os = "linux")]
fn resident(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.unwrap().trim().trim_end_matches(" kB").parse::<f64>();
    kilobytes.unwrap() / 1024.0
}

#[cfg(not(target_os = "linux"))]
fn resident(_: u32) -> f64 {
    0.0
}

/// Waits until a time.
pub async fn until(at: Instant) {
    tokio::time::sleep_until(at.into()).await;
}
