//! A signed-in state for Playwright, in a request and in Chromium.

use std::{io::Write as _, path::Path};

use auth_core::{Auth, MemoryStore};
use auth_testkit::{Browser, TestProvider, TestUser, auth, config, storage_state};
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::{net::TcpListener, process::Command};

use crate::browser::app;

#[tokio::test]
async fn the_state_holds_the_session_cookie_as_playwright_reads_it() {
    let provider = TestProvider::start().await;
    provider.add_user(TestUser::new("alice"));
    let auth = auth(&provider);
    let state = storage_state(&auth, &provider, "alice").await;
    assert_eq!(state["origins"], json!([]));
    let [cookie] = state["cookies"].as_array().unwrap().as_slice() else {
        panic!("one cookie: {state}");
    };
    let expires = cookie["expires"].as_i64().unwrap();
    assert!(expires > OffsetDateTime::now_utc().unix_timestamp() + 3600);
    assert_eq!(
        *cookie,
        json!({
            "name": "authjs.3000.session-token",
            "value": cookie["value"],
            "domain": "localhost",
            "path": "/",
            "expires": expires,
            "httpOnly": true,
            "secure": false,
            "sameSite": "Lax",
        })
    );

    let mut browser = Browser::new(&app(&auth));
    let text = |member: &str| cookie[member].as_str().unwrap().to_owned();
    browser.cookies.insert(text("name"), text("value"));
    assert_eq!(browser.get("/account").await.body, "Hello, alice");
}

#[tokio::test]
async fn the_cookie_of_an_https_application_is_secure() {
    let provider = TestProvider::start().await;
    let config = config(&provider, "https://app.example.com");
    let auth = Auth::new(config, MemoryStore::new()).unwrap();
    let state = storage_state(&auth, &provider, "alice").await;
    let cookie = &state["cookies"][0];
    assert_eq!(cookie["name"], "__Host-authjs.session-token");
    assert_eq!(
        (&cookie["secure"], &cookie["domain"]),
        (&json!(true), &json!("app.example.com"))
    );
}

/// Opens a page with a state, and prints its text and the names of the cookies.
const SCRIPT: &str = "
import { chromium } from 'playwright';
import { browserOptions } from './browser/options.mjs';
const [url, state, https] = process.argv.slice(1);
const browser = await chromium.launch(browserOptions);
const context = await browser.newContext({ storageState: JSON.parse(state) });
const page = await context.newPage();
await page.goto(url);
const text = await page.locator('body').innerText();
const other = await browser.newContext({ storageState: JSON.parse(https) });
const names = (await other.cookies()).map(({ name }) => name);
await browser.close();
console.log(JSON.stringify({ text, names }));
";

#[tokio::test(flavor = "multi_thread")]
async fn chromium_is_signed_in() {
    let end2end = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../end2end");
    // Prints where Chromium is, and fails if there is none.
    let chromium = Command::new("node")
        .arg("browser/chromium.mjs")
        .current_dir(&end2end)
        .output();
    let has_chromium = chromium.await.is_ok_and(|found| found.status.success());
    if !has_chromium || !end2end.join("node_modules/playwright").exists() {
        drop(writeln!(
            std::io::stderr(),
            "The test in Chromium did not run: install it with `make setup`."
        ));
        return;
    }
    let provider = TestProvider::start().await;
    provider.add_user(TestUser::new("alice"));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let auth = Auth::new(config(&provider, &origin), MemoryStore::new()).unwrap();
    let served = app(&auth);
    tokio::spawn(async move { axum::serve(listener, served).await.unwrap() });
    let state = storage_state(&auth, &provider, "alice").await;

    let https = config(&provider, "https://app.example.com");
    let https = Auth::new(https, MemoryStore::new()).unwrap();
    let https = storage_state(&https, &provider, "alice").await;
    let node = Command::new("node")
        .args(["--input-type=module", "-e", SCRIPT, "--"])
        .args([
            format!("{origin}/account"),
            state.to_string(),
            https.to_string(),
        ])
        .current_dir(end2end)
        .output();
    let node = node.await.unwrap();
    assert!(
        node.status.success(),
        "{}",
        String::from_utf8_lossy(&node.stderr)
    );
    let seen: Value = serde_json::from_slice(&node.stdout).unwrap();
    assert_eq!(seen["text"], "Hello, alice");
    assert_eq!(seen["names"], json!(["__Host-authjs.session-token"]));
}
