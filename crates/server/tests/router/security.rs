//! Cross-site requests, security headers, and the address of the application.

use axum::{body::Body, http::Request};

use super::{Fixture, LOCAL};

#[tokio::test]
async fn cross_site_requests_are_refused() {
    let fixture = Fixture::new(LOCAL).await;
    let mut browser = fixture.signed_in().await;
    for path in [
        "/api/sign_in",
        "/api/sign_out",
        "/api/sign_out_of",
        "/api/auth/signin/logto",
        "/api/auth/signout",
    ] {
        for (header, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://evil.test"),
            ("origin", "null"),
        ] {
            let request = Request::post(path)
                .header("host", "localhost:3000")
                .header("accept", "text/html")
                .header(header, value);
            let answer = browser.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status, 403, "{path} {header}: {value}");
        }
    }
    assert!(browser.get("/").await.body.contains(">Sign out</button>"));
    let own = Request::post("/api/sign_out")
        .header("host", "localhost:3000")
        .header("origin", LOCAL)
        .header("accept", "text/html");
    let answer = browser.send(own.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 302);
}

#[tokio::test]
async fn every_response_has_its_security_headers() {
    let fixture = Fixture::new("https://app.test").await;
    let issuer = fixture.provider.issuer();
    let origin = issuer.strip_suffix("/oidc").unwrap();
    let mut browser = fixture.browser();
    for path in [
        "/",
        "/nowhere",
        "/api/auth/session",
        "/api/auth/signin",
        "/pkg/app.abc.js",
        "/healthz",
    ] {
        let answer = browser.get(path).await;
        for (header, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("strict-transport-security", "max-age=63072000"),
        ] {
            assert_eq!(answer.header(header), Some(value), "{path}");
        }
        let policy = answer.header("content-security-policy").unwrap();
        assert!(
            policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert!(
            policy.contains(&format!("form-action 'self' {origin}")),
            "{path}: {policy}"
        );
        assert!(
            !policy.contains("unsafe-inline") && !policy.contains("unsafe-eval' "),
            "{policy}"
        );
    }
}

#[tokio::test]
async fn every_script_has_the_nonce_of_the_policy() {
    let fixture = Fixture::new(LOCAL).await;
    let mut browser = fixture.browser();
    let mut nonces = Vec::new();
    for _ in 0..2 {
        let page = browser.get("/").await;
        let policy = page.header("content-security-policy").unwrap();
        let nonce = policy
            .split("'nonce-")
            .nth(1)
            .unwrap()
            .split('\'')
            .next()
            .unwrap();
        for script in page.body.split("<script").skip(1) {
            let tag = script.split('>').next().unwrap();
            // Data, which no browser runs (HTML §4.12.1).
            if tag.contains(r#"type="application/json""#) {
                continue;
            }
            assert!(tag.contains(&format!("nonce=\"{nonce}\"")), "<script{tag}>");
        }
        nonces.push(nonce.to_owned());
    }
    assert_ne!(nonces[0], nonces[1]);
}

#[tokio::test]
async fn another_name_of_this_machine_redirects_to_the_configured_one() {
    let get = |host: &str| {
        Request::get("/profile?a=b")
            .header("host", host)
            .header("accept", "text/html,*/*;q=0.8")
            .body(Body::empty())
            .unwrap()
    };
    let fixture = Fixture::new(LOCAL).await;
    for host in ["127.0.0.1:3000", "[::1]:3000"] {
        let answer = fixture.browser().send(get(host)).await;
        assert_eq!(answer.status, 307, "{host}");
        assert_eq!(answer.location(), "http://localhost:3000/profile?a=b");
    }
    for host in [
        "localhost:3000",
        "evil.test",
        "127.0.0.1:4000",
        "10.0.0.1:3000",
        "\"<>",
    ] {
        let answer = fixture.browser().send(get(host)).await;
        assert_eq!(answer.status, 200, "{host}");
    }
    let public = Fixture::new("https://app.test").await;
    let answer = public.browser().send(get("127.0.0.1")).await;
    assert_eq!(answer.status, 200, "a proxy may have changed it");
}
