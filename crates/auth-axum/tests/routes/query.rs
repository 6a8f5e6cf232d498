//! What the query of a sign-in may say.

use auth_axum::{SessionLayer, auth_routes};
use auth_core::{Auth, Prompt};
use auth_testkit::{Browser, TestProvider, TestStore, param, settings};
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use url::Url;

use super::start_site;

#[tokio::test]
async fn a_query_says_how_to_sign_in_and_cannot_weaken_it() {
    let site = start_site().await;
    let mut browser = site.browser();
    let query = "login_hint=alice%40example.com&first_screen=register&max_age=60\
                 &redirect_uri=https%3A%2F%2Fevil.test%2F&scope=none&state=x&nonce=x\
                 &code_challenge=x&resource=x&client_id=x&response_type=token";
    let started = browser
        .post(&format!("/api/auth/signin/logto?{query}"), "")
        .await;
    let url = Url::parse(started.location()).unwrap();
    for (name, value) in [
        ("login_hint", "alice@example.com"),
        ("first_screen", "register"),
        ("max_age", "60"),
        (
            "redirect_uri",
            "http://localhost:3000/api/auth/callback/logto",
        ),
        ("response_type", "code"),
        ("client_id", auth_testkit::CLIENT_ID),
    ] {
        let all: Vec<_> = url.query_pairs().filter(|(n, _)| n == name).collect();
        assert_eq!(all.len(), 1, "{name}");
        assert_eq!(all[0].1, value, "{name}");
    }
    for name in ["state", "nonce", "code_challenge"] {
        assert_ne!(param(&url, name).as_deref(), Some("x"), "{name}");
    }
    assert_eq!(param(&url, "resource"), None);
    for wrong in ["max_age=soon", "prompt=none+login", "first_screen=admin"] {
        let answer = browser
            .post(&format!("/api/auth/signin/logto?{wrong}"), "")
            .await;
        assert_eq!(answer.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn a_query_adds_to_the_configured_prompt_and_never_weakens_it() {
    let provider = TestProvider::start().await;
    let config = settings(&provider, "http://localhost:3000").prompt([Prompt::Login]);
    let auth = Auth::new(config.build().unwrap(), TestStore::default()).unwrap();
    let app = auth_routes(auth.clone()).route_layer(SessionLayer::new(auth));
    for (query, sent) in [
        ("", "login"),
        ("prompt=consent", "login consent"),
        ("prompt=none", "login"),
        ("prompt=", "login"),
        ("prompt=none&prompt=consent", "login consent"),
    ] {
        let started = Browser::new(&app)
            .post(&format!("/api/auth/signin/logto?{query}"), "")
            .await;
        let url = Url::parse(started.location()).unwrap();
        assert_eq!(param(&url, "prompt").as_deref(), Some(sent), "{query}");
    }
}

#[tokio::test]
async fn a_one_time_token_is_taken_from_our_own_pages_only() {
    let site = start_site().await;
    for (headers, status) in [
        (
            &[("sec-fetch-site", "same-origin")][..],
            StatusCode::SEE_OTHER,
        ),
        (
            &[("origin", "http://localhost:3000")],
            StatusCode::SEE_OTHER,
        ),
        // A browser or a program that does not say which page sent it.
        (&[], StatusCode::FORBIDDEN),
        (&[("sec-fetch-site", "none")], StatusCode::FORBIDDEN),
        (&[("sec-fetch-site", "same-site")], StatusCode::FORBIDDEN),
        (&[("origin", "null")], StatusCode::FORBIDDEN),
        (
            &[
                ("sec-fetch-site", "cross-site"),
                ("origin", "https://evil.test"),
            ],
            StatusCode::FORBIDDEN,
        ),
    ] {
        let uri = "/api/auth/signin/logto?login_hint=a%40example.com&one_time_token=secret";
        let mut request = Request::post(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).unwrap();
        let answer = site.browser().send(request).await;
        assert_eq!(answer.status, status, "{headers:?}");
        if status == StatusCode::SEE_OTHER {
            let url = Url::parse(answer.location()).unwrap();
            assert_eq!(param(&url, "one_time_token").as_deref(), Some("secret"));
        } else {
            assert_eq!(answer.header("location"), None);
            assert_eq!(answer.header("set-cookie"), None);
        }
    }
}
