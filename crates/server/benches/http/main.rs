//! `make bench`: compares the release server with a bare axum handler that reads
//! the same session row from the same SQLite file and returns the same page.
//! Both run as separate processes and are measured in turns, so that the ratios
//! within one run are comparable.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a program for the terminal may stop at the first error"
)]

mod bare;
mod load;
mod processes;
mod site_size;

use std::time::Duration;

use load::{Load, Measured};
use processes::{Logto, Server, sign_in};

/// The server's allocator, so that the baseline is not slower because of its own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: usize = 5;
const WARM_UP: Duration = Duration::from_secs(1);
const ROUND: Duration = Duration::from_secs(2);

/// The project's performance targets.
const MIN_RATIO: f64 = 0.5;
const MAX_MEMORY_MB: f64 = 40.0;
const MAX_BYTES: usize = 90_000;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    match arguments.get(1).map(String::as_str) {
        Some("bare") => runtime.block_on(bare::serve(&arguments[2], &arguments[3])),
        // `cargo test --benches` starts the program, but must not measure.
        Some("--test") => {}
        _ => runtime.block_on(compare()),
    }
}

async fn compare() {
    let folder = std::env::temp_dir().join(format!("auth-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let database = folder.join("auth.db");

    let logto = Logto::start();
    let server = Server::start(&logto, &database).await;
    let cookie = sign_in(&server.origin).await;
    let page = folder.join("page.html");
    std::fs::write(&page, load::body(&server.origin, "/", Some(&cookie)).await).unwrap();
    let bare = processes::Bare::start(&database, &page).await;

    let targets = [
        (
            "bare handler, same row and page",
            &bare.origin,
            "/",
            Some(&cookie),
        ),
        ("/ signed in", &server.origin, "/", Some(&cookie)),
        ("/ signed out", &server.origin, "/", None),
        (
            "/api/auth/session",
            &server.origin,
            "/api/auth/session",
            Some(&cookie),
        ),
    ];
    let loads: Vec<Load> = targets
        .iter()
        .map(|(_, origin, path, cookie)| Load::new(origin, path, cookie.map(String::as_str)))
        .collect();
    for load in &loads {
        load.run(WARM_UP).await;
    }
    let mut rounds: Vec<Vec<Measured>> = targets.iter().map(|_| Vec::new()).collect();
    for _ in 0..ROUNDS {
        for (load, rounds) in loads.iter().zip(&mut rounds) {
            rounds.push(load.run(ROUND).await);
        }
    }
    let results: Vec<Measured> = rounds.into_iter().map(Measured::median).collect();

    println!(
        "{} connections, median of {ROUNDS} rounds",
        load::CONNECTIONS
    );
    println!(
        "{:<34} {:>10} {:>9} {:>8}",
        "", "requests/s", "p99", "ratio"
    );
    for ((name, ..), result) in targets.iter().zip(&results) {
        println!(
            "{name:<34} {:>10.0} {:>6.2} ms {:>8.2}",
            result.per_second,
            result.p99.as_secs_f64() * 1000.0,
            result.per_second / results[0].per_second,
        );
    }
    let memory = server.peak_memory_mb();
    let (parts, total) = site_size::of_page(&server.origin, &cookie).await;
    let ratio = results[1].per_second / results[0].per_second;
    println!();
    verdict(
        "signed in, ratio to bare",
        ratio,
        ">=",
        MIN_RATIO,
        ratio >= MIN_RATIO,
    );
    match memory {
        Some(memory) => verdict(
            "peak memory, MB",
            memory,
            "<=",
            MAX_MEMORY_MB,
            memory <= MAX_MEMORY_MB,
        ),
        None => println!("peak memory: unknown on this system"),
    }
    verdict(
        "bytes a browser downloads for /",
        total as f64,
        "<=",
        MAX_BYTES as f64,
        total <= MAX_BYTES,
    );
    for (name, bytes) in parts {
        println!("    {bytes:>8}  {name}");
    }
    drop((server, bare, logto));
    drop(std::fs::remove_dir_all(folder));
}

fn verdict(what: &str, value: f64, relation: &str, target: f64, is_met: bool) {
    let met = if is_met { "met" } else { "MISSED" };
    println!("{what}: {value:.2} (target {relation} {target}: {met})");
}
