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
mod peers;
mod processes;
mod site_size;

use std::{path::Path, time::Duration};

use load::{Load, Measured};
use processes::{App, Logto, Server, sign_in};

/// The server's allocator, so that the baseline is not slower because of its own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Many and short: a machine that becomes slower does so for all rows alike.
const ROUNDS: usize = 11;
const ROUND: Duration = Duration::from_secs(1);
const WARM_UP: Duration = Duration::from_secs(1);

/// The project's performance targets.
const MAX_MEMORY_MB: f64 = 25.0;
const MAX_BYTES: usize = 40_000;
/// What the example's three rows reach of the bare handler's.
const OF_BARE: [Target; 3] = [
    Target::of(0, "the bare handler", 0.65),
    Target::of(1, "a constant", 0.37),
    Target::of(0, "the bare handler", 0.9),
];
/// What other applications reach of the example's.
const OF_EXAMPLE: [Target; 3] = [
    Target::of(3, "the example", 0.8),
    Target::of(4, "the example", 0.8),
    Target::of(5, "the example", 0.8),
];
const MAX_SIGN_IN_MS: f64 = 2.0;
/// Enough for the clock of the process, which counts in hundredths of a second.
const SIGN_INS: u32 = 500;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    match arguments.get(1).map(String::as_str) {
        Some("bare") => runtime.block_on(bare::serve(&arguments[2], &arguments[3])),
        Some("peers") => runtime.block_on(peers::compare()),
        // `cargo test --benches` starts the program, but must not measure.
        Some("--test") => {}
        _ => runtime.block_on(compare()),
    }
}

/// The least ratio of a row's requests per second to those of another row.
#[derive(Clone, Copy)]
struct Target {
    row: usize,
    name: &'static str,
    least: f64,
}

impl Target {
    const fn of(row: usize, name: &'static str, least: f64) -> Self {
        Self { row, name, least }
    }
}

/// A row of the table.
struct Row {
    name: String,
    target: Option<Target>,
    load: Load,
    rounds: Vec<Measured>,
}

impl Row {
    fn new(name: impl Into<String>, origin: &str, path: &str, cookie: Option<&str>) -> Self {
        Self {
            name: name.into(),
            target: None,
            load: Load::new(origin, path, cookie),
            rounds: Vec::new(),
        }
    }

    /// The three rows of an application.
    fn of_app(app: &Running, targets: [Target; 3]) -> [Self; 3] {
        let signed_in = Some(app.cookie.as_str());
        let mut rows = [
            ("/ signed in", "/", signed_in),
            ("/ signed out", "/", None),
            ("/api/auth/session", "/api/auth/session", signed_in),
        ]
        .map(|(what, path, cookie)| {
            Self::new(
                format!("{}: {what}", app.name),
                &app.server.origin,
                path,
                cookie,
            )
        });
        for (row, target) in rows.iter_mut().zip(targets) {
            row.target = Some(target);
        }
        rows
    }
}

/// An application that signs in, with the Logto that it uses.
struct Running {
    name: &'static str,
    server: Server,
    cookie: String,
    _logto: Logto,
}

async fn run(app: &App, database: &Path) -> Running {
    let logto = Logto::start();
    let server = Server::start(app, &logto, database).await;
    let cookie = sign_in(&server.origin).await;
    Running {
        name: app.name,
        server,
        cookie,
        _logto: logto,
    }
}

async fn compare() {
    let folder = std::env::temp_dir().join(format!("auth-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let database = folder.join("auth.db");

    let mut examples = vec![run(&App::example(), &database).await];
    if let Some(app) = App::profiled() {
        examples.push(run(&app, &folder.join("pgo.db")).await);
    }
    let Running { server, cookie, .. } = &examples[0];
    let page = folder.join("page.html");
    std::fs::write(&page, load::body(&server.origin, "/", Some(cookie)).await).unwrap();
    let bare = processes::Bare::start(&database, &page).await;
    let mut others = vec![run(&App::starter(), &folder.join("starter.db")).await];
    if let Some(app) = App::readme() {
        others.push(run(&app, &folder.join("readme.db")).await);
    }

    let mut rows = vec![
        Row::new(
            "bare handler, same row and page",
            &bare.origin,
            "/",
            Some(cookie),
        ),
        Row::new("bare handler, a constant", &bare.origin, "/constant", None),
        Row::new("Leptos, a constant", &bare.origin, "/leptos", None),
    ];
    rows.extend(examples.iter().flat_map(|app| Row::of_app(app, OF_BARE)));
    rows.extend(others.iter().flat_map(|app| Row::of_app(app, OF_EXAMPLE)));
    in_turns(&mut rows).await;
    let names: Vec<(String, Option<Target>)> = rows
        .iter()
        .map(|row| (row.name.clone(), row.target))
        .collect();
    let results: Vec<Measured> = rows
        .into_iter()
        .map(|row| Measured::median(row.rounds))
        .collect();

    println!(
        "{} connections, median of {ROUNDS} rounds",
        load::CONNECTIONS
    );
    println!(
        "{:<34} {:>10} {:>9} {:>8}",
        "", "requests/s", "p99", "ratio"
    );
    for ((name, _), result) in names.iter().zip(&results) {
        println!(
            "{name:<34} {:>10.0} {:>6.2} ms {:>8.2}",
            result.per_second,
            result.p99.as_secs_f64() * 1000.0,
            result.per_second / results[0].per_second,
        );
    }
    println!();
    for ((name, target), result) in names.iter().zip(&results) {
        let Some(Target {
            row,
            name: other,
            least,
        }) = *target
        else {
            continue;
        };
        let ratio = result.per_second / results[row].per_second;
        let what = format!("{name}, ratio to {other}");
        verdict(&what, ratio, ">=", least, ratio >= least);
    }
    for app in examples.iter().chain(&others) {
        let Some(memory) = app.server.peak_memory_mb() else {
            println!("peak memory: unknown on this system");
            continue;
        };
        let what = format!("{}: peak memory, MB", app.name);
        verdict(&what, memory, "<=", MAX_MEMORY_MB, memory <= MAX_MEMORY_MB);
    }
    for app in &examples {
        let Some(ms) = cpu_of_a_sign_in(&app.server).await else {
            println!("CPU of a sign-in: unknown on this system");
            continue;
        };
        let what = format!("{}: CPU of a sign-in, ms", app.name);
        verdict(&what, ms, "<=", MAX_SIGN_IN_MS, ms <= MAX_SIGN_IN_MS);
    }
    let (parts, total) = site_size::of_page(&server.origin, cookie).await;
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
    drop((examples, others, bare));
    drop(std::fs::remove_dir_all(folder));
}

/// Measures the rows in turns.
async fn in_turns(rows: &mut [Row]) {
    for row in &*rows {
        row.load.run(WARM_UP).await;
    }
    for _ in 0..ROUNDS {
        for row in &mut *rows {
            let measured = row.load.run(ROUND).await;
            row.rounds.push(measured);
        }
    }
}

/// Signs in many times and returns the mean CPU time that the server needs, in
/// milliseconds: the start of the sign-in, the callback, and the calls of the
/// provider. What Logto needs does not count.
async fn cpu_of_a_sign_in(server: &Server) -> Option<f64> {
    let before = server.cpu_ms()?;
    for _ in 0..SIGN_INS {
        sign_in(&server.origin).await;
    }
    Some((server.cpu_ms()? - before) / f64::from(SIGN_INS))
}

fn verdict(what: &str, value: f64, relation: &str, target: f64, is_met: bool) {
    let met = if is_met { "met" } else { "MISSED" };
    println!("{what}: {value:.2} (target {relation} {target}: {met})");
}
