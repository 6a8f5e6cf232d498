//! The routes under another base path: nothing is left under the default one.

use auth_axum::{AuthSetup, CurrentSession, WithAuth};
use auth_core::ResponseMode;
use auth_testkit::{TestSite, param};
use axum::{Router, body::Body, http::Request, routing::get};
use serde_json::Value;
use url::Url;

const BASE_PATHS: [&str; 3] = ["/auth", "/app/login", "/v1.2/sign_in~a-b"];

/// Starts an application whose pages are near the base path, and one that is guarded.
async fn start(base_path: &str, mode: ResponseMode) -> TestSite {
    TestSite::with_settings(
        |settings| settings.base_path(base_path).response_mode(mode),
        |auth| {
            Router::new()
                .route("/authors", get(|| async { "authors" }))
                .route("/app", get(|| async { "app" }))
                .route("/account", get(async |_: CurrentSession| "account"))
                .fallback(async || "nothing here")
                .with_auth(AuthSetup::new(auth).refuse_all_cross_site_requests())
        },
    )
    .await
}

#[tokio::test]
async fn a_user_signs_in_and_out() {
    for base_path in BASE_PATHS {
        let site = start(base_path, ResponseMode::Query).await;
        let mut browser = site.browser();
        let guarded = browser.get("/account").await;
        let sign_in = guarded.location().to_owned();
        assert_eq!(
            sign_in,
            format!("{base_path}/signin?callbackUrl=%2Faccount")
        );
        let page = browser.get(&sign_in).await;
        assert!(
            page.body
                .contains(&format!("action=\"{base_path}/signin/logto\"")),
            "{page:?}"
        );
        let started = browser
            .post(&format!("{base_path}/signin/logto"), "callbackUrl=/account")
            .await;
        let address = Url::parse(started.location()).unwrap();
        assert_eq!(
            param(&address, "redirect_uri").unwrap(),
            format!("http://localhost:3000{base_path}/callback/logto")
        );
        for cookie in started.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            assert!(cookie.contains("; Path=/;"), "{cookie}");
        }
        let query = site.provider.authorize(&address);
        let completed = browser
            .get(&format!("{base_path}/callback/logto?{query}"))
            .await;
        assert_eq!(completed.location(), "/account");
        assert_eq!(browser.get("/account").await.body, "account");
        let session = browser.get(&format!("{base_path}/session")).await;
        assert!(session.body.contains("\"user\""), "{session:?}");
        // Somebody reloads the callback of a sign-in that failed.
        let mut other = site.browser();
        let failed = other
            .get(&format!("{base_path}/callback/logto?state=x&code=y"))
            .await;
        let error = format!("{base_path}/error?error=Expired");
        assert!(failed.location().starts_with(&error), "{failed:?}");
        let page = other.get(failed.location()).await;
        assert!(
            page.body
                .contains(&format!("action=\"{base_path}/signin/logto\"")),
            "{page:?}"
        );
        let signed_out = browser.post(&format!("{base_path}/signout"), "").await;
        assert!(
            signed_out.location().contains("/session/end?"),
            "{signed_out:?}"
        );
        assert!(browser.is_signed_out());
    }
}

#[tokio::test]
async fn clients_learn_the_addresses() {
    let site = start("/app/login", ResponseMode::Query).await;
    let answer = site.browser().get("/app/login/providers").await;
    let providers: Value = serde_json::from_str(&answer.body).unwrap();
    let base = "http://localhost:3000/app/login";
    assert_eq!(
        providers["logto"]["signinUrl"],
        format!("{base}/signin/logto")
    );
    assert_eq!(
        providers["logto"]["callbackUrl"],
        format!("{base}/callback/logto")
    );
}

#[tokio::test]
async fn the_application_keeps_all_other_paths() {
    for base_path in BASE_PATHS {
        let site = start(base_path, ResponseMode::Query).await;
        let mut browser = site.signed_in().await;
        for (path, body) in [
            ("/authors", "authors"),
            ("/app", "app"),
            ("/api/auth", "nothing here"),
            ("/api/auth/session", "nothing here"),
            ("/api/auth/signin/logto", "nothing here"),
            ("/app/loginx", "nothing here"),
        ] {
            assert_eq!(browser.get(path).await.body, body, "{base_path} {path}");
        }
        for path in ["", "/", "/bogus", "/session/extra", "/callback/github"] {
            let answer = browser.get(&format!("{base_path}{path}")).await;
            assert_eq!(answer.status, 400, "{base_path}{path}");
            assert_eq!(answer.body, "\"Bad request.\"", "{base_path}{path}");
        }
    }
}

/// Only the addresses that the provider sends to are reached from another site.
#[tokio::test]
async fn the_cross_site_check_knows_the_routes_of_the_provider() {
    let site = start("/app/login", ResponseMode::FormPost).await;
    let mut browser = site.signed_in().await;
    for (path, status) in [
        ("/app/login/callback/logto", 200),
        // Without a logout token. The only other status that the provider knows.
        ("/app/login/backchannel-logout/logto", 400),
        ("/app/login/signin/logto", 403),
        ("/app/login/signout", 403),
        ("/api/auth/callback/logto", 403),
        ("/api/auth/backchannel-logout/logto", 403),
        ("/app/login/callback/logto/", 403),
    ] {
        let request = Request::post(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "cross-site");
        let answer = browser
            .send(request.body(Body::from("state=x&code=y")).unwrap())
            .await;
        assert_eq!(answer.status, status, "{path}");
        if status == 200 {
            assert!(
                answer.body.contains("action=\"/app/login/callback/logto\""),
                "{answer:?}"
            );
        }
    }
    // A logout that a limit refuses is answered 400 under this path too.
    let request = Request::post("/app/login/backchannel-logout/logto")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("content-length", "1000000");
    let answer = browser.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 400);
}

#[tokio::test]
#[should_panic(expected = "this router has the routes under /app/login already")]
async fn a_second_call_names_the_base_path() {
    let site = start("/app/login", ResponseMode::Query).await;
    drop(site.app.with_auth(&site.auth));
}
