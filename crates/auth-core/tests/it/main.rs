//! Tests of `auth-core` against a provider in the process: one binary, so that
//! one link builds them all.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

mod jwt;
mod session;
mod sign_in;
mod tokens;
mod two_apis;
mod user;
