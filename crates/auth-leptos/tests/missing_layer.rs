//! Components of an application without `with_auth`. There is one test, because the
//! error is logged once per process.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use auth_leptos::{HasRole, SessionProvider, SignedIn, SignedOut, auth, sessions, use_session};
use auth_testkit::Browser;
use axum::Router;
use leptos::{config::LeptosOptions, prelude::*};
use leptos_axum::{LeptosRoutes as _, generate_route_list};
use leptos_router::{
    RouteList,
    components::{Route, Router as Pages, Routes},
    path,
};
use tracing_subscriber::fmt::MakeWriter;

/// The log.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn lines(&self) -> Vec<String> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().map(str::to_owned).collect()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[component]
fn Page() -> impl IntoView {
    view! {
        <header>{use_session().get_untracked().is_authenticated().then_some("signed in")}</header>
        <SignedIn>"signed in"</SignedIn>
        <SignedOut>"signed out"</SignedOut>
        <HasRole role="admin">"admin"</HasRole>
        <p>"the page itself"</p>
    }
}

/// A menu outside of the routes, so Leptos renders it while it lists the routes. It
/// loads data only then: in requests, each call would log the mistake. Leptos polls
/// other derived values while it lists routes, but not resources.
#[component]
fn App() -> impl IntoView {
    if RouteList::is_generating() {
        let _ = Resource::new(|| (), |()| async { auth().await.is_ok() });
        let _ = AsyncDerived::new(|| async { auth().await.is_ok() });
        let _ = AsyncDerived::new(|| async { sessions().await.is_ok() });
    }
    view! {
        <SessionProvider>
            <SignedOut>"menu"</SignedOut>
            <Pages>
                <Routes fallback=|| "not found">
                    <Route path=path!("/") view=Page />
                </Routes>
            </Pages>
        </SessionProvider>
    }
}

#[tokio::test]
async fn components_show_nothing_and_log_once_and_not_while_routes_are_listed() {
    let log = Log::default();
    tracing_subscriber::fmt()
        .with_writer(log.clone())
        .with_ansi(false)
        .init();
    let routes = generate_route_list(App);
    assert_eq!(log.lines(), [""; 0], "listing the routes is no mistake");

    let options = LeptosOptions::builder().output_name("test").build();
    let app = Router::new()
        .leptos_routes(&options, routes, App)
        .with_state(options);
    let mut browser = Browser::new(&app);
    for _ in 0..3 {
        let page = browser.get("/").await.body;
        assert!(page.contains("the page itself"), "{page}");
        for unknown in ["signed in", "signed out", "admin", "menu"] {
            assert!(!page.contains(unknown), "{unknown}: {page}");
        }
    }
    let lines = log.lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains(".with_auth(&auth)"), "{lines:?}");
}
