//! The data that pages show besides the session, and the reads of the store that
//! it needs.

use std::{sync::LazyLock, time::Duration};

use app::{App, shell};
use auth_core::{ConfigBuilder, ErrorKind};
use auth_leptos::{SessionLayer, auth_routes};
use auth_testkit::{
    ACCESS_TOKEN, Browser, REFRESH_TOKEN, RESOURCE, TestResponse, TestSite, object,
};
use axum::{
    Router,
    body::Body,
    http::{Method, Request},
};
use leptos::config::LeptosOptions;
use leptos_axum::{AxumRouteListing, LeptosRoutes as _, generate_route_list};
use serde_json::json;

const TOKEN: &str = "/oidc/token";
const HOUR: Duration = Duration::from_secs(61 * 60);
const NOT_RENEWED: &str =
    "The access token has expired and could not be refreshed. Try again in a minute.";

/// The routes of the pages. They are generated once per process, because a flag of
/// the process stops all resources from loading meanwhile
/// (<https://github.com/leptos-rs/leptos/issues/4773>).
static ROUTES: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| generate_route_list(App));

pub(crate) async fn start_site() -> TestSite {
    start_site_with(|settings| settings).await
}

async fn start_site_with(change: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> TestSite {
    TestSite::with_settings(change, |auth| {
        let options = LeptosOptions::builder().output_name("app").build();
        let document = {
            let options = options.clone();
            move || shell(&options)
        };
        Router::new()
            .leptos_routes(&options, ROUTES.clone(), document)
            .merge(auth_routes(auth.clone()))
            .route_layer(SessionLayer::new(auth.clone()))
            .with_state(options)
    })
    .await
}

/// Returns how often a session, a list of sessions and tokens were read since the
/// last call.
fn store_reads(site: &TestSite) -> [usize; 3] {
    ["load", "list_for_user", "load_tokens"].map(|method| site.store.take_calls(method))
}

async fn ask(browser: &mut Browser, method: Method, path: &str) -> TestResponse {
    let request = Request::builder().method(method).uri(path);
    browser.send(request.body(Body::empty()).unwrap()).await
}

fn is_signed_in(page: &str) -> bool {
    !page.contains(r#""session":null"#)
}

#[tokio::test]
async fn each_page_reads_only_the_data_that_it_shows() {
    let site = start_site().await;
    let mut signed_out = Browser::new(&site.app);
    for path in ["/", "/profile", "/sessions"] {
        assert_eq!(signed_out.get(path).await.status, 200, "{path}");
        assert_eq!(store_reads(&site), [0, 0, 0], "{path}");
    }
    let mut browser = site.signed_in().await;
    store_reads(&site);
    for (path, reads) in [
        ("/", [1, 0, 0]),
        // Its token is shown, and sent to the userinfo endpoint.
        ("/profile", [1, 0, 2]),
        ("/sessions", [1, 1, 0]),
        ("/auth/error", [1, 0, 0]),
    ] {
        for method in [Method::GET, Method::HEAD] {
            let answer = ask(&mut browser, method.clone(), path).await;
            assert_ne!(answer.status, 503, "{method} {path}");
            let expected = match method {
                // The session is read ahead only for `GET`.
                Method::HEAD if reads == [1, 0, 0] => [0, 0, 0],
                _ => reads,
            };
            assert_eq!(store_reads(&site), expected, "{method} {path}");
        }
    }
    for path in ["/profile", "/sessions"] {
        ask(&mut browser, Method::POST, path).await;
        assert_eq!(store_reads(&site), [0, 0, 0], "POST {path}");
    }
}

/// Out of order, content would be in a `<template>` that a script puts in its place.
/// The data is in the page only as HTML: no island needs it.
#[tokio::test]
async fn each_page_is_complete_without_javascript() {
    let site = start_site().await;
    let mut browser = site.signed_in().await;
    for (path, shown) in [
        ("/profile", "Where claims come from"),
        ("/organizations", "Another organization"),
        ("/resources", "For each API,"),
        ("/sessions", "This session"),
    ] {
        let page = browser.get(path).await.body;
        assert!(page.contains(shown), "{path}: {page}");
        assert!(page.contains("</footer>"), "{path}: {page}");
        for script in ["<template", "__RESOLVED_RESOURCES["] {
            assert!(!page.contains(script), "{script} in {path}: {page}");
        }
    }
}

#[tokio::test]
async fn a_page_answers_503_if_its_data_cannot_be_read() {
    let site = start_site().await;
    let mut browser = site.signed_in().await;
    for (path, method) in [("/sessions", "list_for_user"), ("/profile", "load_tokens")] {
        site.store.fail(method);
        for asked in [Method::GET, Method::HEAD] {
            let answer = ask(&mut browser, asked, path).await;
            assert_eq!(answer.status, 503, "{path}");
            assert_eq!(answer.header("retry-after"), Some("5"));
            let policy = answer.header("cache-control");
            assert_eq!(policy, Some("private, no-cache, no-store"));
        }
        assert_eq!(browser.get("/").await.status, 200);
        let mut signed_out = Browser::new(&site.app);
        assert_eq!(signed_out.get(path).await.status, 200, "{path}");
        site.store.repair(method);
        let page = browser.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(is_signed_in(&page.body));
    }
}

/// These two pages ask for tokens of APIs, and one of them streams its end: it has to
/// decide before its first part is sent.
#[tokio::test]
async fn pages_with_tokens_of_apis_decide_before_they_are_sent() {
    let site = start_site_with(|settings| {
        let settings = settings.resource(RESOURCE).scope("read");
        settings.scope("urn:logto:scope:organizations")
    })
    .await;
    for (path, invitation) in [
        ("/resources", "Sign in to use the APIs."),
        ("/organizations", "Sign in to see your organizations."),
    ] {
        let mut browser = site.signed_in().await;
        site.store.fail("load_tokens");
        let answer = browser.get(path).await;
        assert_eq!(answer.status, 503, "{path}");
        assert_eq!(answer.header("retry-after"), Some("5"), "{path}");
        assert!(!answer.body.contains("<main"), "{path}: {}", answer.body);
        site.store.repair("load_tokens");

        site.clock.advance(HOUR);
        site.provider
            .fail(TOKEN, 400, r#"{"error":"invalid_grant"}"#);
        let page = browser.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(!is_signed_in(&page.body), "{path}: {}", page.body);
        let sentence = ErrorKind::SessionRequired.sentence();
        assert!(page.body.contains(sentence), "{path}: {}", page.body);
        assert!(page.body.contains(">Sign in</button>"), "{path}");
        assert!(!page.body.contains("alice@example.com"), "{path}");
        let next = browser.get(path).await.body;
        assert!(next.contains(invitation), "{path}: {next}");
        site.provider.state().faults.remove(TOKEN);
    }
}

#[tokio::test]
async fn every_session_has_a_button_that_ends_it() {
    let site = start_site().await;
    let mut browser = site.signed_in().await;
    let page = browser.get("/sessions").await.body;
    assert!(page.contains("This session"), "{page}");
    assert!(!page.contains(r#"name="which" value="others""#), "{page}");
    assert!(
        page.contains(r#"name="which" value="everywhere""#),
        "{page}"
    );

    site.signed_in().await;
    site.signed_in().await;
    let page = browser.get("/sessions").await.body;
    assert_eq!(page.matches("<li>").count(), 3, "{page}");
    assert_eq!(page.matches("This session").count(), 1, "{page}");
    // In the list and in the user menu.
    assert_eq!(page.matches(r#"action="/api/sign_out""#).count(), 2);
    // Two other sessions, all others, all.
    assert_eq!(page.matches(r#"action="/api/sign_out_of""#).count(), 4);
    assert!(page.contains(r#"name="which" value="others""#), "{page}");
    let labels: Vec<_> = page
        .split("aria-label=\"Sign out of Unknown browser, signed in ")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert_eq!(labels.len(), 2, "{page}");
    assert_ne!(labels[0], labels[1], "each label is different");
}

#[tokio::test]
async fn the_profile_describes_the_token_without_showing_it() {
    let site = start_site().await;
    let mut browser = site.signed_in().await;
    let first = browser.get("/profile").await.body;
    site.clock.advance(HOUR);
    let renewed = browser.get("/profile").await.body;
    for page in [&first, &renewed] {
        assert!(page.contains("Valid until"), "{page}");
        assert!(page.contains("openid offline_access profile email"));
        for secret in [ACCESS_TOKEN, REFRESH_TOKEN, "eyJ"] {
            assert!(!page.contains(secret), "{secret} in {page}");
        }
    }
    let until = |page: &str| {
        let (_, rest) = page.split_once("Valid until").unwrap();
        let (_, rest) = rest.split_once("datetime=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    assert!(until(&renewed) > until(&first));
    assert_eq!(site.provider.state().refresh.sent.len(), 1);
}

#[tokio::test]
async fn a_session_ended_by_the_provider_leads_to_a_sign_in_button() {
    let site = start_site().await;
    let mut browser = site.signed_in().await;
    site.clock.advance(HOUR);
    site.provider
        .fail(TOKEN, 400, r#"{"error":"invalid_grant"}"#);
    let page = browser.get("/profile").await;
    assert_eq!(page.status, 200);
    assert!(!is_signed_in(&page.body), "{}", page.body);
    let sentence = ErrorKind::SessionRequired.sentence();
    assert!(page.body.contains(sentence), "{}", page.body);
    assert!(page.body.contains(">Sign in</button>"));
    assert!(page.body.contains(r#"name="redirect_to" value="/profile""#));
    for hidden in ["Access token", ">Sign out</button>", "alice@example.com"] {
        assert!(!page.body.contains(hidden), "{hidden} in {}", page.body);
    }
    // The next page does not repeat it.
    assert!(!browser.get("/profile").await.body.contains(sentence));
}

#[tokio::test]
async fn a_failed_refresh_keeps_the_user_signed_in() {
    let site = start_site().await;
    let mut browser = site.signed_in().await;
    site.clock.advance(HOUR);
    site.provider.fail(TOKEN, 503, "{}");
    let page = browser.get("/profile").await;
    assert_eq!(page.status, 200);
    assert!(is_signed_in(&page.body));
    assert!(page.body.contains(NOT_RENEWED), "{}", page.body);
    assert!(!page.body.contains("Valid until"), "{}", page.body);

    // A provider that issues no refresh token signs nobody out either.
    let site = start_site().await;
    site.provider.state().token_response = object(json!({"refresh_token": null}));
    let mut browser = site.signed_in().await;
    site.clock.advance(HOUR);
    let page = browser.get("/profile").await;
    assert!(is_signed_in(&page.body));
    let sentence = ErrorKind::NoToken.sentence();
    assert!(page.body.contains(sentence), "{}", page.body);
}

#[tokio::test]
async fn a_token_without_expiry_is_shown_as_unknown() {
    let site = start_site().await;
    site.provider.state().token_response = object(json!({"expires_in": null}));
    let mut browser = site.signed_in().await;
    let page = browser.get("/profile").await.body;
    assert!(page.contains("<dd>Unknown</dd>"), "{page}");
}

#[tokio::test]
async fn an_invalid_sign_in_option_shows_a_message() {
    const SENTENCE: &str = "One of these values is not valid.";
    let site = start_site().await;
    let mut browser = Browser::new(&site.app);
    let request = Request::post("/api/sign_in_with")
        .header("accept", "text/html")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("referer", "http://localhost:3000/sign-in");
    let refused = browser
        .send(request.body(Body::from("direct_sign_in=google")).unwrap())
        .await;
    let page = refused.location();
    let page = page.strip_prefix("http://localhost:3000").unwrap_or(page);
    assert!(browser.get(page).await.body.contains(SENTENCE), "{page}");
    for other in ["/sign-in", "/sign-in?__err=x", "/sign-in?__err=x&__path=x"] {
        assert!(!browser.get(other).await.body.contains(SENTENCE), "{other}");
    }
}

#[tokio::test]
async fn the_error_page_is_in_the_language_of_the_request() {
    let site = start_site().await;
    for (language, path, expected) in [
        ("th", "?error=Cancelled", "<p>คุณยกเลิกการลงชื่อเข้าใช้</p>"),
        ("th", "?error=Cancelled", "<h1>ยกเลิกการลงชื่อเข้าใช้แล้ว</h1>"),
        (
            "th",
            "",
            "<section role=\"alert\" lang=\"th\" class=\"hero\">",
        ),
        ("th", "", ">ลองอีกครั้ง</button>"),
        (
            "th",
            "?ref=a-b_9",
            "โปรดแจ้งหมายเลขอ้างอิงนี้แก่เรา: <code>a-b_9</code>",
        ),
        ("en", "?error=Cancelled", "<h1>Sign-in cancelled</h1>"),
        (
            "fr",
            "?ref=a-b_9",
            "tell us this reference: <code>a-b_9</code>",
        ),
    ] {
        let request =
            Request::get(format!("/auth/error{path}")).header("accept-language", language);
        let mut browser = Browser::new(&site.app);
        let page = browser.send(request.body(Body::empty()).unwrap()).await;
        assert!(page.body.contains(expected), "{expected}: {page:?}");
    }
}
