//! Code of the application at sign-in and afterwards: requests in, responses out,
//! on two servers with one store.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

mod broken;
mod events;
mod refreshes;
mod shown;
mod sign_ins;

use std::sync::{Arc, Mutex};

use auth_axum::{CurrentSession, RequestSession, WithAuth as _};
use auth_core::{
    AccessTokenRequest, Auth, AuthEvent, ConfigBuilder, Hooks, RequestCookies, Session,
    SessionAdmin as _, SignedOutBy,
};
use auth_testkit::{Browser, TestApp, TestProvider, TestResponse, TestUser};
use axum::{
    Router,
    http::StatusCode,
    routing::{get, post},
};
use serde::{Deserialize, Serialize};

/// What the application stores in a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Customer {
    number: u32,
}

/// Two servers of one application.
struct Site {
    provider: TestProvider,
    app: TestApp,
    here: Router,
    there: Router,
}

fn router(auth: &Auth) -> Router {
    Router::new()
        .route("/customer", get(customer))
        .route("/reason", get(reason))
        .route("/call", post(call_an_api))
        .with_auth(auth)
}

async fn customer(session: CurrentSession) -> String {
    match session.data::<Customer>() {
        Some(customer) => format!("{} is customer {}", session.sub(), customer.number),
        None => format!("{} is no customer", session.sub()),
    }
}

async fn reason(session: RequestSession) -> String {
    session.refusal_reason().unwrap_or_default()
}

/// Does with a token what an application does.
async fn call_an_api(session: RequestSession) -> StatusCode {
    match session.access_token(&AccessTokenRequest::user_info()).await {
        Ok(_) => StatusCode::OK,
        Err(_) => StatusCode::UNAUTHORIZED,
    }
}

impl Site {
    async fn new(hooks: Hooks) -> Self {
        Self::with(hooks, |settings| settings).await
    }

    async fn with(hooks: Hooks, change: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> Self {
        let provider = TestProvider::start().await;
        for user in ["alice", "bob", "carol"] {
            provider.add_user(TestUser::new(user).role("member"));
        }
        let app = TestApp::with_hooks(&provider, hooks, |settings| change(settings.scope("roles")));
        Self {
            here: router(&app.auth),
            there: router(&app.other_process()),
            provider,
            app,
        }
    }

    async fn signed_in(&self, user: &str) -> Browser {
        Browser::signed_in(&self.here, &self.provider, user).await
    }

    /// Signs a user in. Returns the answer to the callback.
    async fn try_sign_in(&self, browser: &mut Browser, user: &str) -> TestResponse {
        let callback = self.begin(browser, user).await;
        browser.get(&callback).await
    }

    /// Begins a sign-in that returns to `/orders`, and signs the user in at the
    /// provider. Returns the address of the callback.
    async fn begin(&self, browser: &mut Browser, user: &str) -> String {
        let started = browser
            .post("/api/auth/signin/logto", "callbackUrl=%2Forders")
            .await;
        let address = started.location().parse().unwrap();
        let query = self.provider.authorize_as(&address, user);
        format!("/api/auth/callback/logto?{query}")
    }

    async fn session(&self, browser: &Browser) -> Option<Session> {
        let cookies = cookies(browser);
        self.app.auth.session(&cookies).await.unwrap()
    }

    async fn count_sessions(&self) -> usize {
        let rows = self.app.store.store.list_page(None, 99).await;
        rows.unwrap().len()
    }
}

fn cookies(browser: &Browser) -> RequestCookies {
    let pairs: Vec<_> = browser
        .cookies
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    RequestCookies::parse([pairs.join("; ").as_bytes()])
}

/// Returns the same browser at another server.
fn at(router: &Router, browser: &Browser) -> Browser {
    let mut other = Browser::new(router);
    other.cookies.clone_from(&browser.cookies);
    other
}

/// Events as texts, in the order in which the application was told.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

impl Told {
    fn follow(&self, hooks: Hooks) -> Hooks {
        let told = self.clone();
        hooks.on_event(move |event| {
            told.0.lock().unwrap().push(text(&event));
            async { Ok(()) }
        })
    }

    /// Returns what the application was told since the last call.
    async fn take(&self, site: &Site) -> Vec<String> {
        // Waits for what no request waits for. Later events still come.
        site.app.auth.finish().await;
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

fn text(event: &AuthEvent) -> String {
    match event {
        AuthEvent::SignedIn { user, .. } => format!("{} signed in", user.id),
        AuthEvent::Refused { sub, reason, .. } => format!("{sub} refused: {reason:?}"),
        AuthEvent::Refreshed { user, .. } => format!("{} refreshed", user.id),
        AuthEvent::Revoked { sub, .. } => format!("{sub} revoked"),
        AuthEvent::Reported(report) => format!("{:?} {:?}", report.subs, report.kind),
        AuthEvent::SignedOut { sub, by, .. } => {
            let by = match by {
                SignedOutBy::User => "the user",
                SignedOutBy::NewSignIn => "a new sign-in",
                SignedOutBy::Provider => "the provider",
                SignedOutBy::Webhook => "a webhook",
                SignedOutBy::Operator => "an operator",
                SignedOutBy::Application => "the application",
                by => panic!("{by:?}"),
            };
            format!("{} signed out by {by}", sub.as_deref().unwrap())
        }
        event => panic!("{event:?}"),
    }
}
