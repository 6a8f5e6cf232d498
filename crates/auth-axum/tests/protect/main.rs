//! Protected APIs and pages: requests and their responses (RFC 6750 §3, RFC 9728
//! §3 and §5.1).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

mod answers;
mod api;
mod fresh;
mod pages;

use std::time::Duration;

use auth_axum::{
    Caller, ProtectedApi, RequireFresh, RequireOrganizationRole, RequireRole, RequireScope,
    SessionLayer, auth_routes,
};
use auth_core::{Auth, VerifiedAccessToken};
use auth_testkit::{RESOURCE, TestResponse, TestSite, TokenDraft, signing};
use axum::{
    Extension, Router,
    body::Body,
    http::{HeaderValue, Request},
    routing::get,
};
use serde_json::{Value, json};

const METADATA: &str = "https://shopping.example.com/.well-known/oauth-protected-resource/api";
const METADATA_PATH: &str = "/.well-known/oauth-protected-resource/api";

async fn who(Caller(token): Caller) -> String {
    token.sub().to_owned()
}

/// Reads the token from the extension, as layers do.
async fn which(Extension(token): Extension<VerifiedAccessToken>) -> String {
    token.jti().unwrap_or_default().to_owned()
}

async fn start_site() -> TestSite {
    let site = TestSite::with_settings(|settings| settings.resource(RESOURCE), router).await;
    let roles = signing::claim("organization_roles", json!(["o1:member"]));
    site.provider.tamper(roles);
    site
}

fn router(auth: &Auth) -> Router {
    let api = ProtectedApi::new(auth.access_token_verifier(RESOURCE), ["read", "write"]);
    let one = |layer| Router::new().route("/", get(who)).route_layer(layer);
    let organization = RequireOrganizationRole::new("o1", "member");
    let routes = Router::new()
        .route("/api/who", get(who).post(who))
        .route("/api/which", get(which))
        .nest("/api/write", one(RequireScope::new("write")))
        .route(
            "/api/delete",
            get(who).route_layer(RequireScope::new("delete")),
        )
        .route(
            "/api/admin",
            get(who).route_layer(RequireRole::new("admin")),
        )
        .route(
            "/api/fresh",
            get(who).route_layer(RequireFresh::new(Duration::MAX)),
        )
        .route("/api/member", get(who).route_layer(organization.clone()))
        .route_layer(api.clone());
    let page = || get(|| async { "a page" }).post(|| async { "done" });
    let at_api =
        |scope: &str, api: &str| page().route_layer(RequireScope::new(scope).for_resource(api));
    let pages = Router::new()
        .route("/shop", page().route_layer(RequireRole::new("shopper")))
        .route("/admin", page().route_layer(RequireRole::new("admin")))
        .route("/member", page().route_layer(organization))
        .route("/scope", page().route_layer(RequireScope::new("read")))
        .route("/read", at_api("read", RESOURCE))
        .route("/erase", at_api("erase", RESOURCE))
        .route("/elsewhere", at_api("read", "https://unknown.example.com"));
    auth_routes(auth.clone())
        .merge(pages.clone())
        .nest("/nested", pages.clone())
        .route_layer(SessionLayer::new(auth.clone()))
        .merge(routes)
        .merge(api.metadata_routes())
        .route(
            "/within",
            get(who).route_layer(api.clone().within_organizations()),
        )
        .nest("/bare", pages.route("/who", get(who)))
}

/// Sends requests as a program that calls an API.
trait ApiRequests {
    async fn call(&self, path: &str, authorization: &[&str]) -> TestResponse;

    async fn send(
        &self,
        request: axum::http::request::Builder,
        authorization: &[&str],
        body: Body,
    ) -> TestResponse;

    /// Returns the header of a token that `tamper` has changed.
    fn bearer(&self, tamper: impl Fn(&mut TokenDraft)) -> String;
}

impl ApiRequests for TestSite {
    async fn call(&self, path: &str, authorization: &[&str]) -> TestResponse {
        self.send(Request::get(path), authorization, Body::empty())
            .await
    }

    async fn send(
        &self,
        mut request: axum::http::request::Builder,
        authorization: &[&str],
        body: Body,
    ) -> TestResponse {
        for value in authorization {
            request = request.header("authorization", HeaderValue::from_str(value).unwrap());
        }
        self.browser().send(request.body(body).unwrap()).await
    }

    fn bearer(&self, tamper: impl Fn(&mut TokenDraft)) -> String {
        let mut draft = self.provider.draft_access_token();
        tamper(&mut draft);
        format!("Bearer {}", draft.sign())
    }
}

fn json_of(answer: &TestResponse) -> Value {
    assert_eq!(answer.header("content-type"), Some("application/json"));
    serde_json::from_str(&answer.body).unwrap()
}

fn assert_refused(answer: &TestResponse, status: u16, challenge: &str, body: &Value) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.header("www-authenticate"), Some(challenge));
    assert_eq!(answer.headers.get_all("www-authenticate").iter().count(), 1);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(json_of(answer), *body);
}
