//! Users who sign in, open pages and sign out, at the rate that the machine bears, on
//! two servers with different clocks, while the servers are killed and provider and
//! database are taken away and given back.
//!
//! In every test run for some seconds; for as long as `SOAK_SECONDS` says (by default
//! ten minutes), on each database, with `make soak`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test says what it expects by unwrapping"
)]

mod aftermath;
mod deeds;
mod script;
#[path = "../server_process/mod.rs"]
mod server_process;
mod shadow;
mod tally;
#[path = "../../../auth-sqlx/tests/it/databases/tcp_proxy.rs"]
#[allow(dead_code, reason = "each test binary uses a part")]
mod tcp_proxy;
mod user;
mod windows;
mod world;

use std::{fmt::Write as _, time::Duration};

use server_process::Database;
use windows::GRACE;
use world::Stage;

/// How long the run in every test run is.
const SHORT: Duration = Duration::from_secs(10);
/// What a server may need more at the end than in the middle: of what it needed there,
/// and in megabytes.
const MORE: (f64, f64) = (0.1, 5.0);

async fn soak(database: Database, length: Duration) {
    let is_long = length >= Duration::from_secs(300);
    let lifetime = if is_long { 60 } else { 6 };
    let mut stage = Stage::new(database, Duration::from_secs(lifetime)).await;
    // Long enough to see that all is well again.
    let calm = if is_long {
        GRACE * 2
    } else {
        Duration::from_secs(3)
    };
    let memory = stage.run(length, calm).await;
    let requests = stage.world.tally.requests();
    let seen = stage.look_back().await;
    if is_long {
        for server in [0, 1] {
            let [middle, end] = [memory[1].1[server], memory[2].1[server]];
            if end > middle * (1.0 + MORE.0) + MORE.1 {
                let grows = format!("server {server} needs {middle:.1} and then {end:.1} MB");
                stage.world.tally.violated(grows);
            }
        }
    }

    let kind = if stage.postgres.is_some() {
        "PostgreSQL"
    } else {
        "SQLite"
    };
    let mut table = String::new();
    let (seconds, grace) = (length.as_secs(), GRACE.as_secs());
    let clocks = if stage.are_clocks_different {
        "different"
    } else {
        "the same"
    };
    writeln!(
        table,
        "\n{kind}, two servers, {seconds} s, {requests} requests and bursts; clocks of the \
         servers are {clocks}; errors are accepted up to {grace} s after what explains them\n"
    )
    .unwrap();
    stage.world.tally.write(&stage.world.windows, &mut table);
    seen.write(&stage, &mut table);
    writeln!(
        table,
        "\n| memory after | first server | second server |\n|---|---|---|"
    )
    .unwrap();
    for (part, [a, b]) in memory {
        writeln!(table, "| {part} | {a:.1} MB | {b:.1} MB |").unwrap();
    }
    eprintln!("{table}");

    let violations = stage.world.tally.violations();
    let first: Vec<_> = violations.iter().take(20).collect();
    assert!(violations.is_empty(), "{}: {first:#?}", violations.len());
    assert!(seen.refreshes > 0 && seen.revocations > 0 && seen.began > 20);
    for server in &mut stage.servers {
        server.kill().await;
    }
    stage.database.remove().await;
}

fn long() -> Duration {
    let seconds = std::env::var("SOAK_SECONDS").ok();
    let seconds = seconds.map(|it| it.parse().expect("SOAK_SECONDS is a number"));
    Duration::from_secs(seconds.unwrap_or(600))
}

mod sqlite {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn users_see_what_is_true_whatever_is_taken_away() {
        soak(Database::sqlite(), SHORT).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    #[ignore = "takes SOAK_SECONDS, by default ten minutes"]
    async fn soaked() {
        soak(Database::sqlite(), long()).await;
    }
}

mod postgres {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn users_see_what_is_true_whatever_is_taken_away() {
        if let Some(database) = Database::postgres().await {
            soak(database, SHORT).await;
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    #[ignore = "takes SOAK_SECONDS, by default ten minutes"]
    async fn soaked() {
        if let Some(database) = Database::postgres().await {
            soak(database, long()).await;
        }
    }
}
