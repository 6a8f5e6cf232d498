//! The binary: runs the server or an operator's command, and reports errors.

use std::{
    error::Error,
    io::{self, Write as _},
    process::ExitCode,
};

use clap::Parser as _;
use server::{CommandLine, serve};

/// Rendering makes many small allocations; with the system's allocator they
/// take a fifth of a page's time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let (result, heading) = match CommandLine::parse().command {
        None => (
            serve().await.map_err(Box::<dyn Error>::from),
            "The server cannot run.\n",
        ),
        Some(command) => (command.run(&mut io::stdout()).await.map_err(Into::into), ""),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print_error(heading, &*error);
            ExitCode::FAILURE
        }
    }
}

/// Prints to standard error, for a person at a terminal: the error may come
/// before logging starts.
fn print_error(heading: &str, error: &dyn Error) {
    drop(writeln!(io::stderr(), "{heading}{error}"));
    let mut cause = error.source();
    while let Some(error) = cause {
        drop(writeln!(io::stderr(), "  because: {error}"));
        cause = error.source();
    }
}
