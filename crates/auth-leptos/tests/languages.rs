//! The texts of components are in the language of the request.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

use std::sync::LazyLock;

use auth_core::{Auth, ConfigBuilder, MemoryStore};
use auth_leptos::{SessionProvider, SignInButton, SignOutButton, WithAuth as _};
use auth_testkit::{Browser, TestProvider, TestResponse, settings};
use axum::{
    Router,
    body::Body,
    http::{HeaderValue, Request, header::CACHE_CONTROL},
    middleware::map_response,
    response::Response,
};
use leptos::{config::LeptosOptions, hydration::HydrationScripts, prelude::*};
use leptos_axum::{AxumRouteListing, LeptosRoutes as _, generate_route_list};
use leptos_router::{
    components::{Route, Router as Pages, Routes},
    path,
};

#[component]
fn Front() -> impl IntoView {
    view! {
        <SignInButton />
        <SignOutButton />
        <SignInButton>"Come in"</SignInButton>
    }
}

#[component]
fn App() -> impl IntoView {
    view! {
        <Pages>
            <Routes fallback=|| "not found">
                <Route path=path!("/") view=Front />
                <Route
                    path=path!("/islands")
                    view=|| {
                        let options = LeptosOptions::builder().output_name("test").build();
                        view! {
                            <HydrationScripts options islands=true />
                            <SessionProvider>"an island"</SessionProvider>
                        }
                    }
                />
                <Route path=path!("/plain") view=|| "nothing of the library" />
            </Routes>
        </Pages>
    }
}

/// Generated once per process: while Leptos lists routes, a flag of the whole
/// process keeps resources from loading.
static ROUTES: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| generate_route_list(App));

async fn site(change: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> Router {
    let provider = TestProvider::start().await;
    let settings = change(settings(&provider, "http://localhost:3000"));
    let auth = Auth::new(settings.build().unwrap(), MemoryStore::new()).unwrap();
    let options = LeptosOptions::builder().output_name("test").build();
    Router::new()
        .leptos_routes(&options, ROUTES.clone(), App)
        .layer(map_response(in_shared_caches))
        .with_auth(&auth)
        .with_state(options)
}

async fn in_shared_caches(mut response: Response) -> Response {
    let public = HeaderValue::from_static("public, max-age=60");
    response.headers_mut().insert(CACHE_CONTROL, public);
    response
}

async fn open(app: &Router, path: &str, language: &str) -> TestResponse {
    let request = Request::get(path)
        .header("accept", "text/html")
        .header("accept-language", language);
    Browser::new(app)
        .send(request.body(Body::empty()).unwrap())
        .await
}

fn assert_contains(page: &TestResponse, html: &[&str]) {
    for html in html {
        assert!(page.body.contains(html), "{html}: {page:?}");
    }
}

#[tokio::test]
async fn the_buttons_are_in_the_language_of_the_request() {
    let app = site(|settings| settings).await;
    let page = open(&app, "/", "th-TH,th;q=0.9,en;q=0.8").await;
    assert_contains(
        &page,
        &[
            "lang=\"th\" class=\"\">ลงชื่อเข้าใช้</button>",
            "lang=\"th\" class=\"\">ออกจากระบบ</button>",
            // What the application says, it says in its own language.
            "<button type=\"submit\" class=\"\">Come in</button>",
        ],
    );
    let page = open(&app, "/", "en-GB").await;
    assert_contains(
        &page,
        &[
            "lang=\"en\" class=\"\">Sign in<",
            "lang=\"en\" class=\"\">Sign out<",
        ],
    );
    // Nobody asked for English.
    for other in ["fr", "", "*", "\u{e9}t\u{e9};q=x"] {
        let page = open(&app, "/", other).await;
        assert_contains(
            &page,
            &[
                "\"submit\" class=\"\">Sign in<",
                "\"submit\" class=\"\">Sign out<",
            ],
        );
    }
}

#[tokio::test]
async fn a_language_of_the_application_is_used_and_escaped() {
    let german = "sign-in = Anmelden & <los>\n\
                  sign-in-changed = Nun <b>anders</b>.\n\
                  reload-page = Neu & <laden>\n";
    let app = site(|settings| settings.language("de", german)).await;
    let page = open(&app, "/", "de").await;
    assert_contains(
        &page,
        &[
            "lang=\"de\" class=\"\">Anmelden &amp; &lt;los&gt;</button>",
            // What it leaves out is English, as in the built-in pages.
            "lang=\"de\" class=\"\">Sign out</button>",
        ],
    );
    let page = open(&app, "/islands", "de").await;
    assert_contains(
        &page,
        &[
            "<p lang=\"de\" class=\"auth-notice\">Nun &lt;b&gt;anders&lt;/b&gt;. ",
            "<button type=\"button\">Neu &amp; &lt;laden&gt;</button>",
        ],
    );
}

#[tokio::test]
async fn the_notice_of_a_page_with_islands_is_in_the_language_of_the_request() {
    let app = site(|settings| settings).await;
    let page = open(&app, "/islands", "th").await;
    assert_contains(
        &page,
        &[
            "<p lang=\"th\" class=\"auth-notice\">การลงชื่อเข้าใช้ของคุณ",
            "<button type=\"button\">โหลดหน้านี้ใหม่</button>",
        ],
    );
    let page = open(&app, "/islands", "en").await;
    assert_contains(
        &page,
        &["Your sign-in has changed", "Reload the page</button>"],
    );
}

/// Or a cache would show a user the language of another.
#[tokio::test]
async fn a_page_that_caches_may_store_says_that_it_depends_on_the_language() {
    let app = site(|settings| settings).await;
    for (path, expected) in [
        ("/", vec!["accept-language"]),
        ("/islands", vec!["accept-language"]),
        ("/plain", vec![]),
    ] {
        let page = open(&app, path, "th").await;
        let vary: Vec<_> = page.headers.get_all("vary").iter().collect();
        assert_eq!(vary, expected, "{path}: {page:?}");
    }
}
