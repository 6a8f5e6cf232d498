//! How a guard answers, by what sent the request; guards of a path; and requests
//! that are refused by their handler.

use auth_axum::{
    RequestSession, RequestSource, RequireOrganizationRole, RequireRole, RequireSession,
    WithAuth as _,
};
use auth_core::{Auth, AuthError};
use auth_testkit::{Browser, TestResponse, TestSite, signing};
use axum::{
    Router,
    body::Body,
    http::{Method, Request, header::SET_COOKIE},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;

const SECRET: &str = "for members only";

/// Guards by a path, around all routes and the fallback.
fn router(auth: &Auth) -> Router {
    let page = || get(|| async { SECRET }).post(|| async { SECRET });
    let nested = Router::new()
        .route("/members", page())
        .route("/open", page())
        .layer(RequireSession::new().under("/shop/members"));
    Router::new()
        .nest("/shop", nested)
        .route("/open", get(|| async { "for everybody" }))
        .route("/members", page())
        .route("/members/list", page())
        .route("/admin", page())
        .route("/o1", page())
        .route("/o2", page())
        .route("/o1-admin", page())
        .route(
            "/by-handler",
            get(refused_by_handler).post(refused_by_handler),
        )
        // As Leptos's fallback, which renders pages for every path.
        .fallback(|| async { SECRET })
        .layer(RequireSession::new().under("/members"))
        .layer(RequireRole::new("admin").under("/admin/"))
        .layer(RequireOrganizationRole::new("o1", "member").under("o1"))
        .layer(RequireOrganizationRole::new("o2", "member").under("/o2"))
        .layer(RequireOrganizationRole::new("o1", "admin").under("/o1-admin"))
        .with_auth(auth)
}

/// Decides only when the response is under way, as a component does.
async fn refused_by_handler(request: Request<Body>) -> Response {
    let (parts, _) = request.into_parts();
    let session = parts.extensions.get::<RequestSession>().unwrap();
    let error = match session.get().await.unwrap() {
        None => AuthError::NotSignedIn,
        Some(_) => AuthError::Forbidden {
            what: "the secret role".to_owned(),
        },
    };
    session.refuse(&RequestSource::of(&parts), &error);
    // Only the first counts.
    session.refuse(&RequestSource::Script, &AuthError::Expired);
    ([(SET_COOKIE, "language=th; Path=/")], SECRET).into_response()
}

async fn start_site() -> TestSite {
    let site = TestSite::new(router).await;
    let roles = signing::claim("organization_roles", json!(["o1:member"]));
    site.provider.tamper(roles);
    site
}

/// Sends a request with these headers.
async fn send(
    browser: &mut Browser,
    method: &Method,
    path: &str,
    headers: &[(&str, &str)],
) -> TestResponse {
    let mut request = Request::builder().method(method).uri(path);
    for header in headers {
        request = request.header(header.0, header.1);
    }
    let request = request.header("sec-fetch-site", "same-origin");
    browser.send(request.body(Body::empty()).unwrap()).await
}

const HTML: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
const ANYTHING: (&str, &str) = ("accept", "*/*");
const JSON: (&str, &str) = ("accept", "application/json");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const NAVIGATE: (&str, &str) = ("sec-fetch-mode", "navigate");
const CORS: (&str, &str) = ("sec-fetch-mode", "cors");

/// The requests that scripts and programs send.
const SCRIPTS: [(Method, &[(&str, &str)]); 7] = [
    (Method::GET, &[ANYTHING, CORS]),
    (Method::GET, &[JSON]),
    (Method::GET, &[JSON, NAVIGATE]),
    // A `fetch` of HTML.
    (Method::GET, &[HTML, CORS]),
    (Method::POST, &[JSON, CORS, FORM]),
    (Method::POST, &[HTML, CORS, FORM]),
    (Method::POST, &[FORM]),
];

fn assert_json(answer: &TestResponse, status: u16, kind: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.header("location"), None, "{answer:?}");
    let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(body["kind"], kind);
    assert!(body["sentence"].as_str().unwrap().ends_with('.'));
    assert_eq!(body.as_object().unwrap().len(), 2, "{body}");
    assert!(answer.header("cache-control").unwrap().contains("no-store"));
}

#[tokio::test]
async fn a_signed_out_user_is_answered_by_what_sent_the_request() {
    let site = start_site().await;
    for path in ["/members/list?a=b&c=%26", "/by-handler?a=b&c=%26"] {
        let page = url::form_urlencoded::byte_serialize(path.as_bytes()).collect::<String>();
        for headers in [&[HTML, NAVIGATE][..], &[HTML], &[ANYTHING], &[]] {
            for method in [Method::GET, Method::HEAD] {
                let answer = send(&mut site.browser(), &method, path, headers).await;
                assert_eq!(answer.status, 303, "{method} {path} {headers:?}");
                let expected = format!("/api/auth/signin?callbackUrl={page}");
                assert_eq!(answer.location(), expected, "{method} {path} {headers:?}");
                assert_eq!(answer.body, "", "{method} {path} {headers:?}");
            }
        }
        for (referer, page) in [
            (Some("http://localhost:3000/form?x=1"), "%2Fform%3Fx%3D1"),
            (Some("https://evil.example.com/form"), "%2F"),
            (None, "%2F"),
        ] {
            for mode in [Some(NAVIGATE), None] {
                let referer = referer.map(|referer| ("referer", referer));
                let headers: Vec<_> = [HTML, FORM]
                    .into_iter()
                    .chain(referer)
                    .chain(mode)
                    .collect();
                let answer = send(&mut site.browser(), &Method::POST, path, &headers).await;
                assert_eq!(answer.status, 303, "{path} {headers:?}");
                let expected = format!("/api/auth/signin?callbackUrl={page}");
                assert_eq!(answer.location(), expected, "{path} {headers:?}");
            }
        }
        for (method, headers) in SCRIPTS {
            let answer = send(&mut site.browser(), &method, path, headers).await;
            assert_json(&answer, 401, "SessionRequired");
        }
    }
}

#[tokio::test]
async fn a_user_without_the_permission_is_answered_by_what_sent_the_request() {
    let site = start_site().await;
    let mut browser = site.signed_in().await;
    for path in ["/admin", "/by-handler"] {
        for (method, headers) in [
            (Method::GET, &[HTML, NAVIGATE][..]),
            (Method::GET, &[]),
            (Method::POST, &[HTML, NAVIGATE, FORM]),
        ] {
            let answer = send(&mut browser, &method, path, headers).await;
            assert_eq!(answer.status, 403, "{path}: {answer:?}");
            let sentence = "You do not have permission to see this page.";
            assert!(answer.body.contains(sentence), "{path}: {answer:?}");
            assert!(!answer.body.contains(SECRET), "{path}: {answer:?}");
        }
        for (method, headers) in SCRIPTS {
            let answer = send(&mut browser, &method, path, headers).await;
            assert_json(&answer, 403, "AccessDenied");
        }
    }
}

#[tokio::test]
async fn a_refusal_keeps_the_cookies_that_the_handler_sets() {
    let site = start_site().await;
    let mut browser = site.browser();
    let answer = browser.get("/by-handler").await;
    assert_eq!(
        answer.location(),
        "/api/auth/signin?callbackUrl=%2Fby-handler"
    );
    assert_eq!(browser.cookies["language"], "th");
}

#[tokio::test]
async fn a_guard_of_a_path_covers_every_spelling_and_nothing_else() {
    let site = start_site().await;
    let mut alice = site.signed_in().await;
    for path in [
        "/members",
        "/members/",
        "/members/list",
        "//members",
        "/%6dembers",
        "/open/../members",
        "/open/%2e%2e/members",
        "/members/no-such-page",
    ] {
        let answer = send(&mut site.browser(), &Method::GET, path, &[HTML]).await;
        assert_eq!(answer.status, 303, "{path}: {answer:?}");
        assert!(answer.location().starts_with("/api/auth/signin?"), "{path}");
        assert_eq!(answer.body, "", "{path}");
        let answer = send(&mut alice, &Method::GET, path, &[HTML]).await;
        assert_eq!(answer.body, SECRET, "{path}");
    }
    let open = send(&mut site.browser(), &Method::GET, "/open", &[HTML]).await;
    assert_eq!(open.body, "for everybody");
    let other = send(&mut site.browser(), &Method::GET, "/membership", &[HTML]).await;
    assert_eq!(other.body, SECRET, "the fallback");
    let sign_in = send(
        &mut site.browser(),
        &Method::GET,
        "/api/auth/signin",
        &[HTML],
    )
    .await;
    assert_eq!(sign_in.status, 200);
}

/// A nested router sees its paths without the prefix.
#[tokio::test]
async fn a_guard_in_a_nested_router_covers_the_path_that_the_browser_sent() {
    let site = start_site().await;
    let refused = site.browser().get("/shop/members").await;
    assert_eq!(refused.status, 303, "{refused:?}");
    assert_eq!(refused.body, "");
    assert_eq!(site.browser().get("/shop/open").await.body, SECRET);
    let mut alice = site.signed_in().await;
    assert_eq!(alice.get("/shop/members").await.body, SECRET);
}

#[tokio::test]
async fn each_guard_of_a_path_decides_by_its_own_requirement() {
    let site = start_site().await;
    let mut alice = site.signed_in().await;
    for (path, status) in [
        ("/members", 200),
        ("/o1", 200),
        ("/o2", 403),
        ("/o1-admin", 403),
        ("/admin", 403),
    ] {
        let answer = alice.get(path).await;
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(answer.body == SECRET, status == 200, "{path}");
        let answer = site.browser().get(path).await;
        assert_eq!(answer.status, 303, "{path}");
    }
}
