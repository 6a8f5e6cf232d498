//! Tests of `auth-core` against a provider in the same process. One binary, so
//! that they are linked only once.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

mod jwt;
mod private_authority;
mod provider;
mod session;
mod sign_in;
mod tokens;
mod two_apis;
mod user;
