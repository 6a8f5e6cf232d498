//! The shopping API, from request to response.

use app::shopping_api;
use auth_core::AccessTokenVerifier;
use auth_testkit::{Browser, RESOURCE, TestProvider, TestResponse};
use axum::{
    Router,
    body::Body,
    http::{Method, Request},
};
use serde_json::{Value, json};

const ITEMS: &str = "/api/shopping/items";

struct Fixture {
    provider: TestProvider,
    app: Router,
}

impl Fixture {
    async fn new() -> Self {
        let provider = TestProvider::start().await;
        let verifier = AccessTokenVerifier::new(&provider.issuer(), RESOURCE).unwrap();
        Self {
            provider,
            app: shopping_api(verifier),
        }
    }

    fn caller(&self, sub: &str, scope: &str) -> Caller {
        let mut draft = self.provider.draft_access_token();
        draft.claims.insert("sub".to_owned(), json!(sub));
        draft.claims.insert("scope".to_owned(), json!(scope));
        Caller {
            browser: Browser::new(&self.app),
            token: draft.sign(),
        }
    }
}

struct Caller {
    browser: Browser,
    token: String,
}

impl Caller {
    async fn send(&mut self, method: Method, content_type: &str, body: &str) -> TestResponse {
        let request = Request::builder()
            .method(method)
            .uri(ITEMS)
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", content_type)
            .body(Body::from(body.to_owned()));
        self.browser.send(request.unwrap()).await
    }

    async fn list(&mut self) -> Value {
        let answer = self.send(Method::GET, "text/plain", "").await;
        assert_eq!(answer.status, 200, "{answer:?}");
        serde_json::from_str(&answer.body).unwrap()
    }

    async fn add(&mut self, name: &str) -> TestResponse {
        let body = json!({ "name": name }).to_string();
        self.send(Method::POST, "application/json", &body).await
    }
}

#[tokio::test]
async fn each_user_has_a_separate_list() {
    let fixture = Fixture::new().await;
    let mut alice = fixture.caller("alice", "read write");
    assert_eq!(alice.list().await, json!({"items": []}));
    let added = alice.add(" Bread ").await;
    assert_eq!(added.status, 201);
    assert_eq!(added.header("cache-control"), Some("no-store"));
    let bread: Value = serde_json::from_str(&added.body).unwrap();
    assert_eq!(bread, json!({"id": 1, "name": "Bread"}));
    alice.add("Butter").await;
    assert_eq!(
        alice.list().await,
        json!({"items": [bread, {"id": 2, "name": "Butter"}]})
    );
    assert_eq!(
        fixture.caller("bob", "read").list().await,
        json!({"items": []})
    );
}

#[tokio::test]
async fn reading_and_writing_require_their_scopes() {
    let fixture = Fixture::new().await;
    for (scope, get, post) in [
        ("read", 200, 403),
        ("write", 403, 201),
        ("", 403, 403),
        ("readwrite", 403, 403),
    ] {
        let mut caller = fixture.caller("alice", scope);
        let answer = caller.send(Method::GET, "text/plain", "").await;
        assert_eq!(answer.status, get, "{scope}");
        assert_eq!(caller.add("Bread").await.status, post, "{scope}");
    }
    let refused = fixture.caller("alice", "read").add("Bread").await;
    let challenge = refused.header("www-authenticate").unwrap();
    assert!(challenge.contains(r#"scope="write""#), "{challenge}");
    let nobody = Browser::new(&fixture.app).get(ITEMS).await;
    assert_eq!(nobody.status, 401);
    let metadata = Browser::new(&fixture.app)
        .get("/.well-known/oauth-protected-resource/api")
        .await;
    assert_eq!(metadata.status, 200);
}

#[tokio::test]
async fn invalid_items_are_refused() {
    let fixture = Fixture::new().await;
    let mut alice = fixture.caller("alice", "read write");
    let long = "ü".repeat(80);
    assert_eq!(alice.add(&long).await.status, 201);
    for name in ["", "  \n", &format!("{long}ü")] {
        assert_eq!(alice.add(name).await.status, 422, "{name:?}");
    }
    for (content_type, body, status) in [
        ("application/json", "", 400),
        ("application/json", "{", 400),
        ("application/json", "[]", 422),
        ("application/json", r#"{"name": 1}"#, 422),
        ("text/plain", r#"{"name": "Bread"}"#, 415),
        ("application/x-www-form-urlencoded", "name=Bread", 415),
        ("application/json", &"x".repeat(5000), 413),
    ] {
        let answer = alice.send(Method::POST, content_type, body).await;
        assert_eq!(answer.status, status, "{content_type} {body}");
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(body["error"], "invalid_item", "{body}");
    }
    assert_eq!(alice.list().await["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_list_has_at_most_100_items() {
    let fixture = Fixture::new().await;
    let mut alice = fixture.caller("alice", "read write");
    for number in 0..100 {
        assert_eq!(alice.add(&format!("Item {number}")).await.status, 201);
    }
    assert_eq!(alice.add("one more").await.status, 409);
    assert_eq!(alice.list().await["items"].as_array().unwrap().len(), 100);
    let mut bob = fixture.caller("bob", "write");
    assert_eq!(bob.add("Bread").await.status, 201);
}
