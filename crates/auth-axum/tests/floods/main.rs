//! Requests in numbers that no user sends: what they cost the application and the
//! provider, and what other users notice of them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

mod addresses;
mod forged_logouts;
mod forged_tokens;
mod networks;
mod organizations;
mod towards_provider;
mod unlisted_proxy;

use std::future::Future;

use auth_core::RequestCookies;
use auth_testkit::{Browser, TestResponse};
use tokio::task::JoinSet;

/// Runs all of `requests` at the same time and returns their answers.
async fn at_once<F>(requests: impl IntoIterator<Item = F>) -> Vec<TestResponse>
where
    F: Future<Output = TestResponse> + Send + 'static,
{
    requests
        .into_iter()
        .collect::<JoinSet<_>>()
        .join_all()
        .await
}

/// Returns the cookies of a browser.
fn cookies(browser: &Browser) -> RequestCookies {
    let pairs: Vec<_> = (browser.cookies.iter())
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    RequestCookies::parse([pairs.join("; ").as_bytes()])
}
