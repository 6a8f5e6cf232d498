//! Tests of the pages, their data and the shopping API against a provider in the same
//! process.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test says what it expects by unwrapping"
)]

mod load;
mod log;
mod pages;
mod queries;
mod shopping;
