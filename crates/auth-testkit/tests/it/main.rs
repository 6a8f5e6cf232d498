//! What auth-testkit offers to the tests of applications.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test states what it expects by unwrapping"
)]

mod browser;
mod conformance;
mod directory;
mod storage_state;
