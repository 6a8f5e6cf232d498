//! Logging: readable text in a terminal, otherwise one JSON object per line.

use std::io::IsTerminal as _;

use tracing_subscriber::{EnvFilter, fmt, prelude::*};

/// Starts logging to standard output, for the server. `RUST_LOG` sets the level:
/// `info` by default; `server=debug` shows every request.
pub(crate) fn log_to_stdout() {
    let registry = tracing_subscriber::registry().with(filter("info"));
    // Under `cargo leptos watch` standard output is a pipe to the terminal.
    let is_watched = std::env::var_os("LEPTOS_WATCH").is_some();
    if is_watched || std::io::stdout().is_terminal() {
        registry.with(fmt::layer().with_target(false)).init();
    } else {
        registry
            .with(fmt::layer().json().flatten_event(true))
            .init();
    }
}

/// Starts logging to standard error, for commands that print their result to
/// standard output. `RUST_LOG` sets the level: `warn` by default.
pub(crate) fn log_to_stderr() {
    let layer = fmt::layer().with_writer(std::io::stderr).with_target(false);
    tracing_subscriber::registry()
        .with(filter("warn"))
        .with(layer)
        .init();
}

fn filter(default: &str) -> EnvFilter {
    EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default))
}
