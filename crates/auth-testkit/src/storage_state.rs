//! A signed-in browser for Playwright.

use auth_core::Auth;
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::{CookieJar, TestProvider, steps};

/// Signs a user in and returns the browser's state as Playwright's option
/// `storageState` reads it.
///
/// The session is created in the store of `auth`. So `auth` is that of the
/// application under test, or one with the same store and the same settings: the
/// application's process then finds the session in its database. Sign-in pages are
/// not opened, and the browser needs no access to the provider.
///
/// # Example
///
/// A test in Rust serves the application, writes the state, and runs Playwright:
///
/// ```no_run
/// # use auth_core::{Auth, MemoryStore};
/// # use auth_testkit::{TestProvider, TestUser, config, storage_state};
/// # use axum::Router;
/// # fn app(_: &Auth) -> Router { Router::new() }
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let provider = TestProvider::start().await;
/// provider.add_user(TestUser::new("alice").role("admin"));
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
/// let origin = format!("http://{}", listener.local_addr()?);
/// let auth = Auth::new(config(&provider, &origin), MemoryStore::new())?;
/// tokio::spawn(axum::serve(listener, app(&auth)).into_future());
///
/// let state = storage_state(&auth, &provider, "alice").await;
/// std::fs::write("e2e/alice.json", state.to_string())?;
/// let playwright = tokio::process::Command::new("npx")
///     .args(["playwright", "test"])
///     .env("ORIGIN", &origin)
///     .current_dir("e2e")
///     .status();
/// assert!(playwright.await?.success());
/// # Ok(())
/// # }
/// ```
///
/// `e2e/account.spec.ts`:
///
/// ```ts
/// import { expect, test } from '@playwright/test';
///
/// test.use({ baseURL: process.env.ORIGIN, storageState: 'alice.json' });
///
/// test('alice sees her account', async ({ page }) => {
///   await page.goto('/account');
///   await expect(page.getByText('Hello, alice')).toBeVisible();
/// });
/// ```
///
/// # Panics
///
/// If the sign-in fails.
pub async fn storage_state(auth: &Auth, provider: &TestProvider, user: impl AsRef<str>) -> Value {
    let mut browser = CookieJar::default();
    let address = steps::begin(auth, &mut browser, "/").await;
    let query = provider.authorize_as(&address, user);
    let completed = steps::complete(auth, &mut browser, &query).await.unwrap();
    let domain = auth.config().base_url().host_str().unwrap();
    // A browser counts with the system's time, not with a test's clock.
    let now = OffsetDateTime::now_utc();
    let kept = completed
        .cookies
        .iter()
        .filter(|cookie| !cookie.max_age.is_zero());
    let cookies = kept.map(|cookie| {
        json!({
            "name": cookie.name,
            "value": cookie.value,
            "domain": domain,
            "path": "/",
            "expires": (now + cookie.max_age).unix_timestamp(),
            "httpOnly": true,
            "secure": cookie.secure,
            "sameSite": "Lax",
        })
    });
    json!({ "cookies": cookies.collect::<Vec<_>>(), "origins": [] })
}
