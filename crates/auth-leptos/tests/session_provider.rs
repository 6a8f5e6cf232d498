//! The session of a page: one snapshot for a request, the same in the HTML and
//! in the seed, and never that of another request.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

use std::sync::{Arc, LazyLock};

use auth_core::{Auth, MemoryStore};
use auth_leptos::{
    RequestSession, SessionProvider, SessionState, SignInButton, SignOutButton, SignedIn,
    SignedOut, WithAuth as _, use_session,
};
use auth_testkit::{Browser, TestProvider, TestUser, config};
use axum::{Router, http::request::Parts};
use leptos::{config::LeptosOptions, prelude::*};
use leptos_axum::{AxumRouteListing, LeptosRoutes as _, generate_route_list};
use leptos_router::{
    components::{Route, Router as Pages, Routes},
    path,
};
use tokio::sync::Barrier;

/// Two requests meet here in the middle of their pages.
#[derive(Clone)]
struct Meeting(Arc<Barrier>);

#[component]
fn Name() -> impl IntoView {
    let session = use_session();
    move || match session.get() {
        SessionState::Authenticated(session) => session.user.id,
        SessionState::Unauthenticated => "nobody".to_owned(),
        SessionState::Loading => "loading".to_owned(),
    }
}

/// The second half is rendered after both requests have rendered the first.
#[component]
fn Streamed() -> impl IntoView {
    let meeting = use_context::<Meeting>();
    let met = Resource::new(
        || (),
        move |()| {
            let meeting = meeting.clone();
            async move {
                if let Some(Meeting(barrier)) = meeting {
                    barrier.wait().await;
                }
            }
        },
    );
    view! {
        <p>"first: " <Name /></p>
        <Suspense>
            {move || Suspend::new(async move {
                met.await;
                view! {
                    <p>"second: " <Name /></p>
                    <SignedIn>"streamed for " <Name /></SignedIn>
                }
            })}
        </Suspense>
    }
}

/// Signs out while the page is rendered: the page stays of one piece.
#[component]
fn EndsWhileRendered() -> impl IntoView {
    let ended = Resource::new(
        || (),
        |()| async {
            let session = use_context::<Parts>()
                .and_then(|parts| parts.extensions.get::<RequestSession>().cloned());
            if let Some(session) = session
                && session.loaded().is_some()
            {
                session.end_all_sessions().await.unwrap();
                assert!(session.loaded().is_none());
            }
        },
    );
    view! {
        <p>"before: " <Name /></p>
        <Suspense>
            {move || Suspend::new(async move {
                ended.await;
                view! {
                    <SignedOut>"signed out already"</SignedOut>
                    <SessionProvider><p>"after: " <Name /></p></SessionProvider>
                }
            })}
        </Suspense>
    }
}

#[component]
fn Front() -> impl IntoView {
    view! {
        <SignedIn><SignOutButton redirect_to="/bye?a=1&b=2" /></SignedIn>
        <SignedOut><SignInButton class="primary">"Log in"</SignInButton></SignedOut>
    }
}

#[component]
fn App() -> impl IntoView {
    view! {
        <SessionProvider>
            <Pages>
                <Routes fallback=|| "not found">
                    <Route path=path!("/") view=Front />
                    <Route path=path!("/streamed") view=Streamed />
                    <Route path=path!("/ends") view=EndsWhileRendered />
                </Routes>
            </Pages>
        </SessionProvider>
    }
}

/// Generated once per process: while Leptos lists routes, a flag of the whole
/// process keeps resources from loading.
static ROUTES: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| generate_route_list(App));

struct Fixture {
    provider: TestProvider,
    app: Router,
}

impl Fixture {
    async fn new(meeting: Option<Meeting>) -> Self {
        let provider = TestProvider::start().await;
        provider.add_user(TestUser::new("alice").name("Alice </script><script>alert(1)</script>"));
        provider.add_user(TestUser::new("bob").name("Bob"));
        let config = config(&provider, "http://localhost:3000");
        let auth = Auth::new(config, MemoryStore::new()).unwrap();
        let options = LeptosOptions::builder().output_name("test").build();
        let context = move || {
            if let Some(meeting) = meeting.clone() {
                provide_context(meeting);
            }
        };
        let app = Router::new()
            .leptos_routes_with_context(&options, ROUTES.clone(), context, App)
            .with_auth(&auth)
            .with_state(options);
        Self { provider, app }
    }
}

/// Returns the JSON of the seed.
fn seed(page: &str) -> serde_json::Value {
    let (_, rest) = page
        .split_once(
            r#"<script type="application/json" id="auth-session" data-base-path="/api/auth">"#,
        )
        .unwrap_or_else(|| panic!("no seed: {page}"));
    let (seed, _) = rest.split_once("</script>").unwrap();
    serde_json::from_str(seed).unwrap_or_else(|error| panic!("{error}: {seed}"))
}

/// Returns the text of a page, without the marks that Leptos puts between texts.
fn text(page: &str) -> String {
    page.replace("<!>", "")
}

#[tokio::test]
async fn two_pages_rendered_at_once_show_each_its_own_user() {
    let meeting = Meeting(Arc::new(Barrier::new(2)));
    let fixture = Fixture::new(Some(meeting)).await;
    let mut alice = Browser::signed_in(&fixture.app, &fixture.provider, "alice").await;
    let mut bob = Browser::signed_in(&fixture.app, &fixture.provider, "bob").await;
    for _ in 0..10 {
        let pages = tokio::join!(alice.get("/streamed"), bob.get("/streamed"));
        for (page, own, other) in [(pages.0, "alice", "bob"), (pages.1, "bob", "alice")] {
            let page = text(&page.body);
            for part in ["first: ", "second: ", "streamed for "] {
                assert!(
                    page.contains(&format!("{part}{own}")),
                    "{part}{own}: {page}"
                );
            }
            assert!(!page.contains(other), "{other}: {page}");
            assert_eq!(seed(&page)["session"]["user"]["id"], own);
        }
    }
}

#[tokio::test]
async fn a_session_that_ends_while_the_page_is_rendered_ends_with_the_next_page() {
    let fixture = Fixture::new(None).await;
    let mut alice = Browser::signed_in(&fixture.app, &fixture.provider, "alice").await;
    let page = text(&alice.get("/ends").await.body);
    assert!(page.contains("before: alice"), "{page}");
    assert!(page.contains("after: alice"), "{page}");
    assert!(!page.contains("signed out already"), "{page}");
    assert_eq!(page.matches(r#""id":"alice""#).count(), 2, "{page}");

    let page = text(&alice.get("/ends").await.body);
    assert!(page.contains("before: nobody"), "{page}");
    assert!(page.contains("signed out already"), "{page}");
    assert!(seed(&page)["session"].is_null(), "{page}");
}

#[tokio::test]
async fn a_name_with_markup_does_not_leave_the_seed() {
    let fixture = Fixture::new(None).await;
    let mut alice = Browser::signed_in(&fixture.app, &fixture.provider, "alice").await;
    let page = alice.get("/").await.body;
    assert!(!page.contains("<script>alert"), "{page}");
    assert_eq!(
        seed(&page)["session"]["user"]["name"],
        "Alice </script><script>alert(1)</script>"
    );
}

#[tokio::test]
async fn the_buttons_are_plain_forms() {
    let fixture = Fixture::new(None).await;
    let mut browser = Browser::new(&fixture.app);
    let page = text(&browser.get("/").await.body);
    assert!(
        page.contains(r#"<form method="post" action="/api/auth/signin/logto"><button type="submit" class="primary">Log in</button></form>"#),
        "{page}"
    );
    browser.sign_in_as(&fixture.provider, "bob").await;
    let page = text(&browser.get("/").await.body);
    assert!(
        page.contains(r#"<form method="post" action="/api/auth/signout"><button type="submit" class="">Sign out</button><input type="hidden" name="callbackUrl" value="/bye?a=1&amp;b=2">"#),
        "{page}"
    );
    let ended = browser
        .post("/api/auth/signout", "callbackUrl=%2Fbye%3Fa%3D1%26b%3D2")
        .await;
    assert!(ended.location().contains("/session/end?"), "{ended:?}");
    assert!(seed(&browser.get("/").await.body)["session"].is_null());
}
