//! `callbackUrl`: the cases of Auth.js's contract and hostile ones, through every
//! route that takes one. None leaves the origin, and none is a server error.

use std::collections::BTreeSet;

use auth_testkit::{Browser, TestSite};
use axum::{body::Body, http::Request};
use serde_json::Value;
use url::{Url, form_urlencoded::byte_serialize};

use crate::start_site;

const ORIGIN: &str = "http://localhost:3000";

fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

/// Returns where a sign-out of a visitor leads, by the field `url`.
async fn sign_out_target(browser: &mut Browser, target: &str) -> String {
    let request = Request::post("/api/auth/signout")
        .header("sec-fetch-site", "same-origin")
        .header("x-auth-return-redirect", "1")
        .header("content-type", "application/x-www-form-urlencoded");
    let form = format!("callbackUrl={}", encoded(target));
    let answer = browser.send(request.body(Body::from(form)).unwrap()).await;
    assert_eq!(answer.status, 200, "{target:?}: {answer:?}");
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    body["url"].as_str().unwrap().to_owned()
}

/// Auth.js's cases, for `https://app.test`. The third is where Auth.js leads: its
/// origin is the home page here, and so are the addresses that it answers with 500.
#[tokio::test]
async fn the_cases_of_the_contract() {
    let site = start_site().await;
    let mut browser = site.browser();
    for (target, expected) in [
        ("/a?b=c#d", "/a?b=c#d"),
        ("http://localhost:3000/x", "/x"),
        ("HTTP://LOCALHOST:3000/x", "/x"),
        ("http://localhost:3000", "/"),
        ("", "/"),
        // Auth.js appends these to its origin.
        ("//evil.test/x", "/"),
        ("/\\evil.test", "/"),
        // Auth.js accepts this one.
        ("http://user:pw@localhost:3000/x", "/"),
        ("https://localhost:3000/x", "/"),
        ("http://localhost:3000.evil.test/", "/"),
        ("https:evil.test", "/"),
        // Auth.js answers these with 500.
        ("javascript:alert(1)", "/"),
        ("data:text/html,x", "/"),
        ("dash", "/"),
        ("?x=1", "/"),
        ("%2F%2Fevil", "/"),
    ] {
        let url = sign_out_target(&mut browser, target).await;
        assert_eq!(url, format!("{ORIGIN}{expected}"), "{target}");
    }
}

/// Returns addresses that try to leave the origin.
fn hostile_targets() -> BTreeSet<String> {
    const STARTS: [&str; 16] = [
        "",
        "/",
        "//",
        "///",
        "/\\",
        "\\\\",
        "/\t/",
        "/\n/",
        " //",
        "/.//",
        "/%2e//",
        "/..//",
        "http:",
        "https:",
        "http://localhost:3000@",
        "http://localhost:3000:80@",
    ];
    const MIDDLES: [&str; 8] = [
        "evil.test",
        "//evil.test",
        "/\\evil.test",
        "evil.test:3000",
        "user@evil.test",
        "localhost:3000.evil.test",
        "%2f%2fevil.test",
        "[::1]",
    ];
    const ENDS: [&str; 5] = [
        "",
        "/x",
        "?a=b",
        "#http://localhost:3000/",
        "\\@localhost:3000",
    ];
    const WHOLE: [&str; 14] = [
        "javascript:alert(1)",
        "JaVaScRiPt://localhost:3000/%0aalert(1)",
        "data:text/html,<script>alert(1)</script>",
        "blob:http://localhost:3000/x",
        "file:///etc/passwd",
        "ftp://localhost:3000/",
        "ws://localhost:3000/",
        "http://localhost:30000/",
        "http://localhost/",
        "http://127.0.0.1:3000/",
        "/\r\nSet-Cookie: a=b",
        "/\u{0}",
        "\u{2028}//evil.test",
        "/\u{ff0f}evil.test",
    ];
    let mut targets: BTreeSet<String> = WHOLE.into_iter().map(str::to_owned).collect();
    for start in STARTS {
        for middle in MIDDLES {
            targets.extend(ENDS.map(|end| format!("{start}{middle}{end}")));
        }
    }
    targets.insert("/".repeat(2000));
    targets.insert(format!("{ORIGIN}/{}", "a".repeat(3000)));
    targets
}

/// Asserts that a browser that follows `location` stays on the origin.
fn stays(location: &str, case: &str) {
    let base = Url::parse(ORIGIN).unwrap();
    let url = base.join(location).unwrap();
    assert_eq!(url.origin(), base.origin(), "{case}: {location:?}");
    assert!(
        url.username().is_empty() && url.password().is_none(),
        "{case}"
    );
    assert!(
        location.bytes().all(|byte| byte.is_ascii_graphic()),
        "{case}"
    );
}

/// Returns the value of the hidden field in a page.
fn field(page: &str) -> String {
    let value = page.split("name=\"callbackUrl\" value=\"").nth(1).unwrap();
    let value = value.split('"').next().unwrap();
    value.replace("&amp;", "&").replace("&#39;", "'")
}

#[tokio::test]
async fn no_target_leaves_the_origin_or_is_a_server_error() {
    let site = start_site().await;
    let targets = hostile_targets();
    assert!(targets.len() >= 500, "{}", targets.len());
    let mut browser = site.browser();
    for target in &targets {
        let value = encoded(target);
        stays(&sign_out_target(&mut browser, target).await, target);
        for page in ["signin", "signin/logto", "signout", "error"] {
            let answer = browser
                .get(&format!("/api/auth/{page}?callbackUrl={value}"))
                .await;
            assert_eq!(answer.status, 200, "{page} {target:?}");
            stays(&field(&answer.body), target);
        }
        for (path, form) in [
            ("/api/auth/signin", format!("callbackUrl={value}")),
            (
                "/api/auth/signin/logto",
                format!("csrfToken=foreign&callbackUrl={value}"),
            ),
            (
                "/api/auth/signout",
                format!("csrfToken=foreign&callbackUrl={value}"),
            ),
        ] {
            let answer = browser.post(path, &form).await;
            assert_eq!(answer.status, 303, "{path} {target:?}");
            let location = Url::parse(ORIGIN).unwrap().join(answer.location()).unwrap();
            stays(location.as_str(), target);
            for (_, target) in location
                .query_pairs()
                .filter(|(name, _)| name == "callbackUrl")
            {
                stays(&target, &target);
            }
        }
    }
}

/// The cookie that Auth.js stores its target in is not read, so that nobody can
/// plant one.
#[tokio::test]
async fn a_poisoned_cookie_changes_nothing() {
    let site = start_site().await;
    for value in [
        "https://evil.test/",
        "javascript:alert(1)",
        "%%%",
        "\\",
        "dash",
    ] {
        let mut browser = site.browser();
        for name in ["authjs.callback-url", "__Secure-authjs.callback-url"] {
            browser.cookies.insert(name.to_owned(), value.to_owned());
        }
        assert_eq!(
            browser.get("/api/auth/session").await.body,
            "null",
            "{value}"
        );
        let page = browser.get("/api/auth/signin").await;
        assert_eq!(field(&page.body), "/", "{value}");
        browser.sign_in(&site.provider).await;
        assert!(!browser.is_signed_out(), "{value}");
    }
}

/// A whole sign-in for some of them, from the form to the page after the callback.
#[tokio::test]
async fn a_sign_in_ends_on_the_origin() {
    let site: TestSite = start_site().await;
    for target in hostile_targets().iter().step_by(8) {
        let mut browser = site.browser();
        let form = format!("callbackUrl={}", encoded(target));
        let started = browser.post("/api/auth/signin/logto", &form).await;
        let completed = browser
            .complete_sign_in(&site.provider, started.location())
            .await;
        assert_eq!(completed.status, 303, "{target:?}");
        stays(completed.location(), target);
        assert!(!browser.is_signed_out(), "{target:?}");
    }
}
