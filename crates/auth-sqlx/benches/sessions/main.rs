//! The store's part of `make bench`: how long reading a session takes among a
//! thousand and among a million sessions, and how long requests wait while a
//! hundred thousand expired ones are swept. On SQLite, and on PostgreSQL if
//! `TEST_POSTGRES_URL` is set.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a program for the terminal that may panic"
)]

mod fill;
mod probe;

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use auth_core::SessionStore as _;
use auth_sqlx::SqlStore;
use fill::{Fill, Life};
use probe::{Probe, Waited};

const FEW: u32 = 1_000;
const MANY: u32 = 1_000_000;
const EXPIRED: u32 = 100_000;
/// The two sizes are read in turns, so that other load on the machine affects
/// both.
const ROUNDS: usize = 15;
const READS: usize = 2_000;

/// The project's targets.
const MOST_RATIO: f64 = 1.5;
const MOST_WAIT: Duration = Duration::from_millis(50);

fn main() {
    // `cargo test --benches` only checks that the program starts.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = Folder::new();
    let file = |name: &str| format!("sqlite:{}", folder.0.join(name).display());
    runtime.block_on(measure("SQLite", &file("few.db"), &file("many.db")));
    let size = folder.0.join("many.db").metadata().unwrap().len();
    println!("    {:.1} GB on the disk", size as f64 / 1e9);
    match std::env::var("TEST_POSTGRES_URL") {
        Ok(admin) => runtime.block_on(async {
            let few = fill::new_postgres_database(&admin, "few").await;
            let many = fill::new_postgres_database(&admin, "many").await;
            measure("PostgreSQL", &few, &many).await;
            for url in [few, many] {
                fill::drop_postgres_database(&admin, &url).await;
            }
        }),
        Err(_) => println!("PostgreSQL: not measured; TEST_POSTGRES_URL is not set"),
    }
}

async fn measure(name: &str, few: &str, many: &str) {
    println!("\n{name}");
    let began = Instant::now();
    let mut few = Filled::new(few).await;
    few.fill.add(FEW, Life::Current).await;
    let mut many = Filled::new(many).await;
    many.fill.add(MANY, Life::Current).await;
    println!("    filled in {:.0} s", began.elapsed().as_secs_f64());
    compare_reads(name, &few, &many).await;
    sweep_expired(name, &mut many).await;
    few.store.close().await;
    many.store.close().await;
}

/// A store, and what filled it.
struct Filled {
    store: SqlStore,
    fill: Fill,
}

impl Filled {
    async fn new(url: &str) -> Self {
        Self {
            store: SqlStore::open(url).await.unwrap(),
            fill: Fill::new(url).await,
        }
    }

    /// Measures the mean time of reading a random session.
    async fn read(&self) -> Duration {
        let keys = self.fill.sample(READS);
        let began = Instant::now();
        for key in &keys {
            assert!(self.store.load(key).await.unwrap().is_some());
        }
        began.elapsed() / u32::try_from(READS).unwrap()
    }
}

async fn compare_reads(name: &str, few: &Filled, many: &Filled) {
    // Fills caches and prepares statements.
    few.read().await;
    many.read().await;
    let mut rounds = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        rounds[0].push(few.read().await);
        rounds[1].push(many.read().await);
    }
    let [few, many] = rounds.map(|mut rounds| {
        rounds.sort_unstable();
        rounds[rounds.len() / 2]
    });
    let micros = |time: Duration| time.as_secs_f64() * 1e6;
    println!(
        "    a read: {:.1} us of {FEW} sessions, {:.1} us of {MANY}; median of {ROUNDS} rounds",
        micros(few),
        micros(many)
    );
    let ratio = many.as_secs_f64() / few.as_secs_f64();
    verdict(
        &format!("{name}: a read of a million to one of a thousand"),
        &format!("{ratio:.2}"),
        &MOST_RATIO.to_string(),
        ratio <= MOST_RATIO,
    );
}

async fn sweep_expired(name: &str, many: &mut Filled) {
    many.fill.add(EXPIRED, Life::Expired).await;
    let Filled { store, fill } = many;
    let quiet = Probe::start(store, fill);
    tokio::time::sleep(Duration::from_secs(5)).await;
    print_waits("at rest", &quiet.stop().await);
    let probe = Probe::start(store, fill);
    let began = Instant::now();
    let swept = store.sweep().await.unwrap();
    let took = began.elapsed();
    let waited = probe.stop().await;
    println!("    {swept} swept in {:.1} s", took.as_secs_f64());
    assert_eq!(swept, u64::from(EXPIRED));
    print_waits("while sweeping", &waited);
    let longest = waited.reads.longest.max(waited.writes.longest);
    verdict(
        &format!("{name}: longest wait while sweeping, ms"),
        &format!("{:.1}", longest.as_secs_f64() * 1000.0),
        &MOST_WAIT.as_millis().to_string(),
        longest <= MOST_WAIT,
    );
}

fn print_waits(when: &str, waited: &Waited) {
    for (what, waits) in [("read", &waited.reads), ("sign-in or -out", &waited.writes)] {
        println!(
            "    {when}: {} requests of kind {what}: p99 {:.1} ms, longest {:.1} ms",
            waits.count,
            waits.p99.as_secs_f64() * 1000.0,
            waits.longest.as_secs_f64() * 1000.0
        );
    }
}

fn verdict(what: &str, value: &str, target: &str, is_met: bool) {
    let met = if is_met { "met" } else { "MISSED" };
    println!("{what}: {value} (target <= {target}: {met})");
}

/// A temporary folder, deleted on drop.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("auth-bench-sessions-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(Path::new(&self.0)));
    }
}
