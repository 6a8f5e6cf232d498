//! `make bench`, of the store: what a session read costs with a thousand and
//! with a million sessions, and how long requests wait while a hundred thousand
//! expired ones are swept away. SQLite, and PostgreSQL where one is at hand
//! (`TEST_POSTGRES_URL`).

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a program for the terminal that may stop at the first surprise"
)]

mod fill;
mod probe;

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use auth_core::SessionStore as _;
use fill::{Fill, Life};
use probe::{Probe, Waited};
use server::{DatabaseUrl, Sessions, sweep};

const FEW: u32 = 1_000;
const MANY: u32 = 1_000_000;
const EXPIRED: u32 = 100_000;
const READS: usize = 30_000;
const READERS: usize = 4;

/// What the project promises.
const MOST_RATIO: f64 = 1.5;
const MOST_WAIT: Duration = Duration::from_millis(50);

fn main() {
    // `cargo test --benches` only builds and starts it.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = Folder::new();
    let file = folder.0.join("auth.db");
    runtime.block_on(measure("SQLite", &format!("sqlite:{}", file.display())));
    println!(
        "    {:.1} GB on the disk",
        file.metadata().unwrap().len() as f64 / 1e9
    );
    match std::env::var("TEST_POSTGRES_URL") {
        Ok(url) => runtime.block_on(async {
            let (admin, url) = fill::new_postgres_database(&url).await;
            measure("PostgreSQL", &url).await;
            fill::drop_postgres_database(&admin, &url).await;
        }),
        Err(_) => println!("PostgreSQL: not measured; TEST_POSTGRES_URL names none"),
    }
}

async fn measure(name: &str, url: &str) {
    let sessions = Sessions::open(&DatabaseUrl::parse(url).unwrap())
        .await
        .unwrap();
    let mut fill = Fill::new(url).await;
    println!("\n{name}");
    fill.add(FEW, Life::Current).await;
    let few = read(&sessions, &fill).await;
    let began = Instant::now();
    fill.add(MANY - FEW, Life::Current).await;
    println!("    filled in {:.0} s", began.elapsed().as_secs_f64());
    let many = read(&sessions, &fill).await;
    println!(
        "    a read, median: {:.1} us with {FEW} sessions, {:.1} us with {MANY}",
        micros(few.median),
        micros(many.median)
    );
    println!(
        "    a read, mean:   {:.1} us with {FEW} sessions, {:.1} us with {MANY}",
        micros(few.mean),
        micros(many.mean)
    );
    let ratio = many.mean.as_secs_f64() / few.mean.as_secs_f64();
    verdict(
        &format!("{name}: a read's mean, a million to a thousand"),
        &format!("{ratio:.2}"),
        &MOST_RATIO.to_string(),
        ratio <= MOST_RATIO,
    );

    fill.add(EXPIRED, Life::Expired).await;
    let quiet = Probe::start(&sessions, &fill);
    tokio::time::sleep(Duration::from_secs(5)).await;
    print_waits("at rest", &quiet.stop().await);
    let probe = Probe::start(&sessions, &fill);
    let began = Instant::now();
    let swept = sweep(&sessions).await.unwrap();
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
    sessions.close().await;
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

struct Read {
    median: Duration,
    mean: Duration,
}

/// Reads sessions picked at random, by a few readers at once.
async fn read(sessions: &Sessions, fill: &Fill) -> Read {
    let mut took = Vec::new();
    // The first pass warms up caches and statements.
    for _ in 0..2 {
        let readers = (0..READERS).map(|_| {
            let (sessions, keys) = (sessions.clone(), fill.sample(READS / READERS));
            tokio::spawn(async move {
                let mut took = Vec::with_capacity(keys.len());
                for key in keys {
                    let began = Instant::now();
                    assert!(sessions.load(&key).await.unwrap().is_some());
                    took.push(began.elapsed());
                }
                took
            })
        });
        took.clear();
        for reader in readers.collect::<Vec<_>>() {
            took.extend(reader.await.unwrap());
        }
    }
    took.sort_unstable();
    let total: Duration = took.iter().sum();
    Read {
        median: took[took.len() / 2],
        mean: total / u32::try_from(took.len()).unwrap(),
    }
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn verdict(what: &str, value: &str, target: &str, is_met: bool) {
    let met = if is_met { "met" } else { "MISSED" };
    println!("{what}: {value} (target <= {target}: {met})");
}

/// A folder of its own, gone with its value.
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
