//! The book in `docs` says what the code does: its tables of settings, routes,
//! errors and claims, its commands, and its blocks of code.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    missing_docs,
    reason = "a test says what it expects by unwrapping"
)]

mod authjs;
mod claims;
mod code;
mod commands;
mod dependencies;
mod errors;
mod page;
mod routes;
mod security;
mod settings;
mod translation;
