//! Server functions that check their caller: by claims that are fresh enough, or
//! not at all.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

use std::time::Duration;

use auth_leptos::{SessionLayer, auth_routes};
use auth_testkit::{Browser, RESOURCE, SUB, TestApp, TestProvider, object};
use axum::{Router, routing::post};
use leptos::prelude::*;
use leptos_axum::handle_server_fns;
use serde_json::json;

const MINUTE: Duration = Duration::from_secs(60);

#[server(endpoint = "as-admin")]
async fn as_admin() -> Result<String, ServerFnError> {
    Ok(auth_leptos::require_role("admin").await?.sub().to_owned())
}

#[server(endpoint = "as-member")]
async fn as_member() -> Result<String, ServerFnError> {
    let session = auth_leptos::require_organization_role("o1", "member").await?;
    Ok(session.sub().to_owned())
}

#[server(endpoint = "as-reader")]
async fn as_reader() -> Result<String, ServerFnError> {
    let session = auth_leptos::require_scope("read", RESOURCE).await?;
    Ok(session.sub().to_owned())
}

#[server(endpoint = "fresh")]
async fn fresh() -> Result<String, ServerFnError> {
    let session = auth_leptos::require_fresh(5 * MINUTE).await?;
    Ok(session.sub().to_owned())
}

const FUNCTIONS: [&str; 4] = ["as-admin", "as-member", "as-reader", "fresh"];

struct Fixture {
    provider: TestProvider,
    app: TestApp,
    router: Router,
    browser: Browser,
}

impl Fixture {
    async fn new() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&TestProvider)) -> Self {
        let provider = TestProvider::start().await;
        change(&provider);
        provider.tamper(|draft| {
            let claims = &mut draft.claims;
            claims.insert("roles".to_owned(), json!(["admin"]));
            claims.insert("organization_roles".to_owned(), json!(["o1:member"]));
        });
        let app = TestApp::with_settings(&provider, |settings| {
            settings.resource(RESOURCE).scope("read")
        });
        let router = Router::new()
            .route("/api/{*function}", post(handle_server_fns))
            .merge(auth_routes(app.auth.clone()))
            .route_layer(SessionLayer::new(app.auth.clone()));
        let browser = Browser::signed_in(&router, &provider, SUB).await;
        Self {
            provider,
            app,
            router,
            browser,
        }
    }

    /// Calls a function as a script does. Returns the status and the body.
    async fn call(&mut self, function: &str) -> (u16, String) {
        let request = axum::http::Request::post(format!("/api/{function}"))
            .header("accept", "application/json")
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded");
        let answer = self
            .browser
            .send(request.body(axum::body::Body::empty()).unwrap())
            .await;
        (answer.status.as_u16(), answer.body)
    }

    async fn assert_all(&mut self, status: u16) {
        for function in FUNCTIONS {
            let (answered, body) = self.call(function).await;
            assert_eq!(answered, status, "{function}: {body}");
            assert_eq!(body.contains(SUB), status == 200, "{function}: {body}");
        }
    }
}

#[tokio::test]
async fn who_may_call_is_decided_by_fresh_claims() {
    let mut fixture = Fixture::new().await;
    fixture.assert_all(200).await;
    fixture.provider.tamper(|draft| {
        let claims = &mut draft.claims;
        claims.insert("roles".to_owned(), json!([]));
        claims.insert("organization_roles".to_owned(), json!([]));
    });
    fixture.provider.state().refresh.token_response = object(json!({"scope": ""}));
    fixture.app.clock.advance(11 * MINUTE);
    assert_eq!(fixture.call("fresh").await.0, 200);
    for function in ["as-admin", "as-member", "as-reader"] {
        assert_eq!(fixture.call(function).await.0, 403, "{function}");
    }
}

#[tokio::test]
async fn a_suspended_or_signed_out_user_gets_401() {
    for function in FUNCTIONS {
        let mut fixture = Fixture::new().await;
        fixture.provider.state().refresh.refusal = Some((400, "invalid_grant"));
        fixture.app.clock.advance(11 * MINUTE);
        assert_eq!(fixture.call(function).await.0, 401, "{function}");
        fixture.assert_all(401).await;
    }
    let mut fixture = Fixture::new().await;
    fixture.browser = Browser::new(&fixture.router);
    fixture.assert_all(401).await;
}

#[tokio::test]
async fn without_a_refresh_token_the_answer_is_401() {
    let mut fixture = Fixture::with(|provider| {
        provider.state().token_response = object(json!({"refresh_token": null}));
    })
    .await;
    assert_eq!(fixture.call("as-admin").await.0, 200);
    fixture.app.clock.advance(11 * MINUTE);
    for function in ["as-admin", "as-member", "fresh"] {
        assert_eq!(fixture.call(function).await.0, 401, "{function}");
    }
}

#[tokio::test]
async fn while_logto_is_down_older_claims_are_used_for_an_hour() {
    let mut fixture = Fixture::new().await;
    fixture.assert_all(200).await;
    fixture.provider.fail("/oidc/token", 503, "");
    fixture.app.clock.advance(55 * MINUTE);
    fixture.assert_all(200).await;
    fixture.app.clock.advance(6 * MINUTE);
    fixture.assert_all(503).await;
}
