//! Logs: readable in a terminal, one JSON object a line elsewhere.

use std::io::IsTerminal as _;

use tracing_subscriber::{EnvFilter, fmt, prelude::*};

/// Starts logging to standard output. `RUST_LOG` chooses what is logged
/// (`info` by default; `server=debug` shows every request).
pub fn start_logging() {
    let registry = tracing_subscriber::registry().with(filter("info"));
    // cargo-leptos stands between the server and the terminal.
    let is_watched = std::env::var_os("LEPTOS_WATCH").is_some();
    if is_watched || std::io::stdout().is_terminal() {
        registry.with(fmt::layer().with_target(false)).init();
    } else {
        registry
            .with(fmt::layer().json().flatten_event(true))
            .init();
    }
}

/// Starts logging to standard error, for commands whose output is on standard
/// output: warnings, if `RUST_LOG` says nothing else.
pub fn log_to_standard_error() {
    let layer = fmt::layer().with_writer(std::io::stderr).with_target(false);
    tracing_subscriber::registry()
        .with(filter("warn"))
        .with(layer)
        .init();
}

fn filter(default: &str) -> EnvFilter {
    EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default))
}
