//! Pages that are protected while they are rendered: by `<Protected>`, by the
//! conditions for `<ProtectedRoute>`, by server functions in blocking resources.
//! Nobody gets a page they may not see, nor a part of it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

mod pages;

use auth_testkit::{Browser, TestResponse, TestSite};
use axum::{body::Body, http::Request};

use self::pages::{LAYOUT, SECRET, start_site};

/// The ways to protect a page for signed-in users.
const FOR_SIGNED_IN: [&str; 9] = [
    "/protected",
    "/protected-in-order",
    "/protected-async",
    "/protected-partially-blocked",
    "/route",
    "/parent/child",
    "/blocking",
    "/blocking-in-order",
    "/blocking-async",
];

/// The ways to protect a page for a role that the test's user does not have.
const FOR_ADMINS: [&str; 6] = [
    "/protected-admin",
    "/protected-o1-admin",
    "/protected-o2-member",
    "/protected-without-role",
    "/route-admin",
    "/blocking-admin",
];

/// The ways to protect a page for a role that the test's user has.
const FOR_MEMBERS: [&str; 4] = [
    "/protected-shopper",
    "/protected-o1-member",
    "/route-o1-member",
    "/blocking-shopper",
];

async fn fetch(browser: &mut Browser, path: &str, headers: &[(&str, &str)]) -> TestResponse {
    let mut request = Request::get(path);
    for header in headers {
        request = request.header(header.0, header.1);
    }
    browser.send(request.body(Body::empty()).unwrap()).await
}

const JSON: &[(&str, &str)] = &[("accept", "application/json")];
const FETCH: &[(&str, &str)] = &[("accept", "*/*"), ("sec-fetch-mode", "cors")];

#[tokio::test]
async fn users_who_may_see_a_page_see_it() {
    let site = start_site().await;
    let mut browser = site.signed_in().await;
    for path in FOR_SIGNED_IN.into_iter().chain(FOR_MEMBERS) {
        let page = browser.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.body.contains(SECRET), "{path}: {}", page.body);
        assert!(page.body.contains(LAYOUT), "{path}: {}", page.body);
    }
}

#[tokio::test]
async fn a_signed_out_user_is_redirected_to_the_sign_in_and_returns_to_the_very_page() {
    let site = start_site().await;
    let all = FOR_SIGNED_IN
        .into_iter()
        .chain(FOR_ADMINS)
        .chain(FOR_MEMBERS);
    for path in all {
        // Also without `Accept: text/html`, where Leptos's own redirect is no redirect.
        for headers in [&[("accept", "text/html")][..], &[("accept", "*/*")], &[]] {
            let address = format!("{path}?a=b&c=%26");
            let answer = fetch(&mut site.browser(), &address, headers).await;
            assert_eq!(answer.status, 303, "{path} {headers:?}");
            let page = path.replace('/', "%2F");
            let expected = format!("/api/auth/signin?callbackUrl={page}%3Fa%3Db%26c%3D%2526");
            assert_eq!(answer.location(), expected, "{headers:?}");
            assert_eq!(answer.body, "", "{path} {headers:?}");
            assert!(
                answer.header("cache-control").unwrap().contains("no-store"),
                "{path}"
            );
        }
        for headers in [JSON, FETCH] {
            let answer = fetch(&mut site.browser(), path, headers).await;
            assert_eq!(answer.status, 401, "{path} {headers:?}");
            assert_eq!(answer.header("location"), None, "{path}");
            assert!(
                answer
                    .body
                    .starts_with(r#"{"kind":"SessionRequired","sentence":""#),
                "{path}: {}",
                answer.body
            );
        }
    }

    let mut browser = site.browser();
    let asked = browser.get("/protected?page=2").await;
    let form = asked.location().split_once('?').unwrap().1;
    let started = browser.post("/api/auth/signin/logto", form).await;
    let completed = browser
        .complete_sign_in(&site.provider, started.location())
        .await;
    assert_eq!(completed.location(), "/protected?page=2");
    assert!(browser.get("/protected?page=2").await.body.contains(SECRET));
}

#[tokio::test]
async fn a_user_without_the_role_gets_403_and_no_part_of_the_page() {
    let site = start_site().await;
    let mut browser = site.signed_in().await;
    for path in FOR_ADMINS {
        let page = browser.get(path).await;
        assert_eq!(page.status, 403, "{path}");
        assert_eq!(page.header("location"), None, "{path}");
        let sentence = "You do not have permission to see this page.";
        assert!(page.body.contains(sentence), "{path}: {}", page.body);
        for part in [SECRET, LAYOUT] {
            assert!(!page.body.contains(part), "{path}: {}", page.body);
        }
        let answer = fetch(&mut browser, path, FETCH).await;
        assert_eq!(answer.status, 403, "{path}");
        assert!(
            answer.body.starts_with(r#"{"kind":"AccessDenied""#),
            "{path}: {}",
            answer.body
        );
    }
}

/// The headers have been sent when these pages decide.
#[tokio::test]
async fn a_page_that_decides_too_late_contains_nothing_secret() {
    let site = start_site().await;
    for path in ["/late", "/late-resource"] {
        let page = site.browser().get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.body.contains(LAYOUT), "{path}");
        assert!(!page.body.contains(SECRET), "{path}: {}", page.body);
        let page = site.signed_in().await.get(path).await;
        assert!(page.body.contains(SECRET), "{path}: {}", page.body);
    }
}

/// Requests to pages in parallel: nobody gets the answer for somebody else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_requests_do_not_get_each_others_answers() {
    let site = start_site().await;
    let signed_in = site.signed_in().await;
    let signed_out = site.browser();
    let mut tasks = Vec::new();
    for round in 0..40 {
        let (mut browser, is_signed_in) = if round % 2 == 0 {
            (signed_in.clone(), true)
        } else {
            (signed_out.clone(), false)
        };
        let path = FOR_SIGNED_IN[round % FOR_SIGNED_IN.len()];
        tasks.push(tokio::spawn(async move {
            let page = browser.get(path).await;
            assert_eq!(page.status == 200, is_signed_in, "{path}");
            assert_eq!(page.body.contains(SECRET), is_signed_in, "{path}");
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
}

#[tokio::test]
async fn a_store_that_is_down_lets_nobody_in() {
    let site = start_site().await;
    let mut browser = site.signed_in().await;
    site.store.set_down(true);
    for path in FOR_SIGNED_IN.into_iter().chain(FOR_MEMBERS) {
        let page = browser.get(path).await;
        assert_eq!(page.status, 503, "{path}");
        assert!(!page.body.contains(SECRET), "{path}");
    }
}

/// The app's route that a `<ProtectedRoute>` navigates to in the browser.
#[tokio::test]
async fn the_route_that_opens_pages_leads_to_no_other_site() {
    let site = start_site().await;
    for (page, expected) in [
        ("%2Froute%3Fa%3Db%2526", "/route?a=b%26"),
        ("https%3A%2F%2Fevil.example.com%2F", "/"),
        ("%2F%2Fevil.example.com", "/"),
        ("%2F%5Cevil.example.com", "/"),
        ("", "/"),
    ] {
        let answer = site.browser().get(&format!("/open?page={page}")).await;
        assert_eq!(answer.status, 302, "{page}");
        assert_eq!(answer.location(), expected, "{page}");
    }
}

/// Without the session layer nobody is known, and nothing can refuse a request.
#[tokio::test]
async fn without_with_auth_nobody_sees_a_page() {
    let mut browser = Browser::new(&pages::without_auth());
    for path in FOR_SIGNED_IN {
        let page = browser.get(path).await;
        // A `<ProtectedRoute>` redirects by itself.
        let expected = if path.starts_with("/route") || path.starts_with("/parent") {
            302
        } else {
            500
        };
        assert_eq!(page.status, expected, "{path}");
        assert!(!page.body.contains(SECRET), "{path}: {}", page.body);
    }
}

#[tokio::test]
async fn a_page_outside_of_session_provider_is_protected_too() {
    let site: TestSite = pages::start_site_without_provider().await;
    let answer = site.browser().get("/protected").await;
    assert_eq!(answer.status, 303);
    assert_eq!(answer.body, "");
}
