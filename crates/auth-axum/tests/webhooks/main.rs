//! Logto's webhooks, request in, response out: what a suspended, deleted or
//! changed user sees on every process.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

mod bad_input;
mod events;
mod under_way;

use std::time::Duration;

use auth_axum::WithAuth as _;
use auth_core::{Auth, Clock as _, ConfigBuilder, Hooks, RequestCookies, Session};
use auth_testkit::{Browser, TestApp, TestProvider, TestResponse, webhook_signature};
use axum::{Router, body::Body, http::Request};
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

const WEBHOOK: &str = "/api/auth/webhooks/logto";
const KEY: &str = "the signing key of the webhook";
const SIGNATURE: &str = "logto-signature-sha-256";

/// Two processes of an application.
struct Fixture {
    provider: TestProvider,
    watched: TestApp,
    app: Router,
    other: Router,
}

fn router(auth: &Auth) -> Router {
    Router::new().with_auth(auth)
}

impl Fixture {
    async fn new() -> Self {
        Self::with(|settings| settings).await
    }

    async fn with(change: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> Self {
        Self::build(Hooks::new(), change).await
    }

    async fn with_hooks(hooks: Hooks) -> Self {
        Self::build(hooks, |settings| settings).await
    }

    async fn build(hooks: Hooks, change: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> Self {
        let provider = TestProvider::start().await;
        let watched = TestApp::with_hooks(&provider, hooks, |settings| {
            change(settings.webhook_key(KEY))
        });
        Self {
            app: router(&watched.auth),
            other: router(&watched.other_process()),
            provider,
            watched,
        }
    }

    async fn signed_in(&self, sub: &str) -> Browser {
        Browser::signed_in(&self.app, &self.provider, sub).await
    }

    /// Returns the body of a webhook that was made `ago`.
    fn body_made(&self, ago: time::Duration, event: &str, more: &Value) -> String {
        let at = self.watched.clock.now() - ago;
        let mut body = json!({
            "hookId": "hook-1",
            "event": event,
            "createdAt": at.format(&Rfc3339).unwrap(),
            "userAgent": "Mozilla/5.0",
            "ip": "192.0.2.1",
        });
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        body.to_string()
    }

    fn body(&self, event: &str, more: &Value) -> String {
        self.body_made(time::Duration::ZERO, event, more)
    }

    fn suspension(&self, sub: &str, is_suspended: bool) -> String {
        self.body(
            "User.SuspensionStatus.Updated",
            &json!({"data": {"id": sub, "isSuspended": is_suspended}}),
        )
    }

    /// Sends a webhook as Logto does.
    async fn send(&self, body: &str) -> TestResponse {
        let signature = webhook_signature(KEY, body.as_bytes());
        send(&self.app, Some(&signature), body).await
    }

    async fn session(&self, browser: &Browser) -> Option<Session> {
        let pairs: Vec<_> = browser
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let cookies = RequestCookies::parse([pairs.join("; ").as_bytes()]);
        self.watched.auth.session(&cookies).await.unwrap()
    }

    /// Returns whether the browser is signed in, which has to be the same on both
    /// processes.
    async fn is_signed_in(&self, browser: &Browser) -> bool {
        let [here, there] = [&self.app, &self.other].map(|app| {
            let mut at = Browser::new(app);
            at.cookies.clone_from(&browser.cookies);
            at
        });
        let mut answers = Vec::new();
        for mut browser in [here, there] {
            answers.push(browser.get("/api/auth/session").await.body != "null");
        }
        assert_eq!(answers[0], answers[1]);
        answers[0]
    }

    /// Lets a second pass: ID tokens tell seconds apart.
    fn pass_a_second(&self) {
        self.watched.clock.advance(Duration::from_secs(1));
    }
}

async fn send(app: &Router, signature: Option<&str>, body: &str) -> TestResponse {
    let mut request = Request::post(WEBHOOK).header("content-type", "application/json");
    if let Some(signature) = signature {
        request = request.header(SIGNATURE, signature);
    }
    let request = request.body(Body::from(body.to_owned())).unwrap();
    Browser::new(app).send(request).await
}
