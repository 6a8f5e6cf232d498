//! `cargo test --features ssr` runs these tests. They need no Logto, no database and no
//! network: `auth-testkit` has a provider for the test's process.
#![cfg(feature = "ssr")]

use auth_leptos::{Auth, MemoryStore};
use auth_testkit::{Browser, TestProvider, TestUser, settings};
use axum::Router;
use leptos::prelude::get_configuration;

use starter::router::router;

async fn start() -> (TestProvider, Router) {
    let provider = TestProvider::start().await;
    provider.add_user(TestUser::new("alice").name("Alice Example"));
    let config = settings(&provider, "http://localhost:3000")
        .build()
        .unwrap();
    let auth = Auth::new(config, MemoryStore::new()).unwrap();
    let options = get_configuration(Some("Cargo.toml"))
        .unwrap()
        .leptos_options;
    (provider, router(options, &auth))
}

#[tokio::test]
async fn the_home_page_greets_a_signed_in_user() {
    let (provider, app) = start().await;

    let page = Browser::new(&app).get("/").await.body;
    assert!(page.contains("You are signed out"), "{page}");

    let mut alice = Browser::signed_in(&app, &provider, "alice").await;
    let page = alice.get("/").await.body;
    assert!(page.contains("Alice Example"), "{page}");
    assert!(!page.contains("You are signed out"), "{page}");
}

#[tokio::test]
async fn only_signed_in_users_see_the_protected_page() {
    let (provider, app) = start().await;

    let refused = Browser::new(&app).get("/protected").await;
    assert!(
        refused.location().starts_with("/api/auth/signin"),
        "{refused:?}"
    );

    let mut alice = Browser::signed_in(&app, &provider, "alice").await;
    let page = alice.get("/protected").await;
    assert_eq!(page.status, 200);
    assert!(
        page.body.contains("Only signed-in users see this"),
        "{page:?}"
    );
}
