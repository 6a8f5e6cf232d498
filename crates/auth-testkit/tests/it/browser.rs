//! Requests to an application as a signed-in user.

use auth_axum::{Caller, CurrentSession, ProtectedApi, RequireRole, WithAuth as _};
use auth_core::{AccessTokenVerifier, Auth, MemoryStore};
use auth_testkit::{Browser, RESOURCE, TestProvider, TestUser, auth, settings};
use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header::AUTHORIZATION},
    routing::{get, post},
};

pub fn app(auth: &Auth) -> Router {
    let admin = get(|| async { "all users" }).route_layer(RequireRole::new("admin"));
    Router::new()
        .route("/account", get(account))
        .route("/order", post(account))
        .route("/admin", admin)
        .with_auth(auth)
}

async fn account(session: CurrentSession) -> String {
    format!("Hello, {}", session.sub())
}

/// An application that asks for roles.
fn auth_with_roles(provider: &TestProvider) -> Auth {
    let config = settings(provider, "http://localhost:3000").scopes(["roles"]);
    Auth::new(config.build().unwrap(), MemoryStore::new()).unwrap()
}

#[tokio::test]
async fn signed_in_users_are_told_apart() {
    let provider = TestProvider::start().await;
    let alice = TestUser::new("alice").role("admin");
    provider
        .add_user(alice.clone())
        .add_user(TestUser::new("bob"));
    let app = app(&auth_with_roles(&provider));

    let mut visitor = Browser::new(&app);
    assert!(visitor.get("/account").await.status.is_redirection());

    let mut alice = Browser::signed_in(&app, &provider, &alice).await;
    assert_eq!(alice.get("/account").await.body, "Hello, alice");
    assert_eq!(alice.post("/order", "").await.body, "Hello, alice");
    assert_eq!(alice.get("/admin").await.body, "all users");

    let mut bob = Browser::signed_in(&app, &provider, "bob").await;
    assert_eq!(bob.get("/account").await.body, "Hello, bob");
    assert_ne!(bob.get("/admin").await.body, "all users");

    bob.sign_in_as(&provider, "alice").await;
    assert_eq!(bob.get("/account").await.body, "Hello, alice");
}

#[tokio::test]
async fn an_api_is_called_with_a_users_token() {
    let provider = TestProvider::start().await;
    provider.add_user(TestUser::new("alice").permissions(RESOURCE, ["read"]));
    let verifier = AccessTokenVerifier::new(&provider.issuer(), RESOURCE).unwrap();
    let api = ProtectedApi::new(verifier, ["read"]);
    let app = Router::new()
        .route(
            "/orders",
            get(|caller: Caller| async move { caller.0.sub().to_owned() }),
        )
        .layer(api);
    let request = Request::get("/orders")
        .header(
            AUTHORIZATION,
            format!("Bearer {}", provider.access_token("alice", RESOURCE)),
        )
        .body(Body::empty());
    let answer = Browser::new(&app).send(request.unwrap()).await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (StatusCode::OK, "alice")
    );
}

#[tokio::test]
#[should_panic(expected = "does the router have the auth routes")]
async fn a_router_without_auth_routes_fails_the_test() {
    let provider = TestProvider::start().await;
    Browser::signed_in(&Router::new(), &provider, "alice").await;
}

#[tokio::test]
#[should_panic(expected = "not at the test's provider")]
async fn an_application_with_another_provider_fails_the_test() {
    let (provider, other) = (TestProvider::start().await, TestProvider::start().await);
    Browser::signed_in(&app(&auth(&other)), &provider, "alice").await;
}
