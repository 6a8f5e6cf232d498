//! The server functions that pages read their data with, called by a script: each is
//! a public endpoint.

use auth_testkit::{ACCESS_TOKEN, Browser, REFRESH_TOKEN, TestResponse};
use axum::{body::Body, http::Request};
use serde_json::Value;

use crate::pages::start_site;

const QUERIES: [&str; 5] = [
    "profile",
    "organizations",
    "api_resources",
    "shopping_list",
    "sessions",
];

async fn call(browser: &mut Browser, query: &str) -> TestResponse {
    let request = Request::post(format!("/api/{query}"))
        .header("accept", "application/json")
        .header("content-type", "application/x-www-form-urlencoded");
    browser
        .send(request.body(Body::from("asked=o1")).unwrap())
        .await
}

#[tokio::test]
async fn only_signed_in_users_get_data() {
    let site = start_site().await;
    for query in QUERIES {
        let answer = call(&mut site.browser(), query).await;
        assert_eq!(answer.status, 401, "{query}");
        assert!(
            answer.body.starts_with(r#"{"kind":"SessionRequired","#),
            "{query}: {}",
            answer.body
        );
    }
}

#[tokio::test]
async fn the_data_contains_no_token() {
    let site = start_site().await;
    let mut browser = site.signed_in().await;
    for query in QUERIES {
        let answer = call(&mut browser, query).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.body);
        let data: Value = serde_json::from_str(&answer.body).unwrap();
        // The shopping API is not set up.
        assert_eq!(data.is_null(), query == "shopping_list", "{query}: {data}");
        for secret in [ACCESS_TOKEN, REFRESH_TOKEN, "eyJ"] {
            assert!(!answer.body.contains(secret), "{secret} in {query}");
        }
        let policy = answer.header("cache-control");
        assert_eq!(policy, Some("private, no-store"), "{query}");
    }
}

#[tokio::test]
async fn a_store_that_is_down_answers_503() {
    let site = start_site().await;
    let mut browser = site.signed_in().await;
    site.store.set_down(true);
    for query in QUERIES {
        let answer = call(&mut browser, query).await;
        assert_eq!(answer.status, 503, "{query}");
        assert_eq!(answer.header("retry-after"), Some("5"), "{query}");
        assert!(
            answer.body.starts_with(r#"{"kind":"StoreUnavailable","#),
            "{query}: {}",
            answer.body
        );
    }
}
