//! The application of a row, and what its user does.

use std::{collections::HashMap, time::Duration};

use auth_axum::{RequestSession, WithAuth as _};
use auth_core::{AccessTokenRequest, AuthError, ErrorKind, ResponseMode};
use auth_testkit::{Browser, ProviderKey, SUB, TestProvider, TestResponse, TestSite, param};
use axum::{
    Extension, Router,
    body::Body,
    http::{Request, StatusCode},
    routing::get,
};
use serde_json::{Map, Value};
use url::{Url, form_urlencoded};

use super::row::Verdict;

pub(crate) const DISCOVERY: &str = "/oidc/.well-known/openid-configuration";
pub(crate) const JWKS: &str = "/oidc/jwks";
pub(crate) const TOKEN: &str = "/oidc/token";
pub(crate) const USER_INFO: &str = "/oidc/me";
pub(crate) const API: &str = "https://shopping.example.com/api";
const CALLBACK: &str = "/api/auth/callback/logto";

/// How the provider answers a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SitePlan {
    Query,
    FormPost,
}

pub(crate) struct Site {
    pub(crate) provider: TestProvider,
    pub(crate) site: TestSite,
    plan: SitePlan,
}

async fn user_info(Extension(session): Extension<RequestSession>) -> (StatusCode, String) {
    answer(
        session
            .user_info()
            .await
            .map(|it| it.claims.str("sub").unwrap().to_owned()),
    )
}

async fn access_token(Extension(session): Extension<RequestSession>) -> (StatusCode, String) {
    let request = AccessTokenRequest::resource(API);
    answer(
        session
            .access_token(&request)
            .await
            .map(|token| token.expose().to_owned()),
    )
}

fn answer(result: Result<String, AuthError>) -> (StatusCode, String) {
    match result {
        Ok(text) => (StatusCode::OK, text),
        Err(error) => (StatusCode::BAD_GATEWAY, error.kind().code().to_owned()),
    }
}

impl Site {
    pub(crate) async fn start(plan: SitePlan) -> Self {
        let mode = match plan {
            SitePlan::Query => ResponseMode::Query,
            SitePlan::FormPost => ResponseMode::FormPost,
        };
        let site = TestSite::with_settings(
            |settings| settings.response_mode(mode).resource(API),
            |auth| {
                Router::new()
                    .route("/", get(async || "home"))
                    .route("/account", get(async || "account"))
                    .route("/user-info", get(user_info))
                    .route("/access-token", get(access_token))
                    .with_auth(auth)
            },
        )
        .await;
        Self {
            provider: site.provider.clone(),
            site,
            plan,
        }
    }

    /// Signs in with a new browser.
    pub(crate) async fn sign_in(&self) -> Verdict {
        let mut browser = self.site.browser();
        let Some(address) = self.begin(&mut browser).await else {
            return Verdict::Reject;
        };
        let answer = self.provider.authorize(&address);
        self.complete(&mut browser, &answer).await
    }

    /// Returns the browser of a user who has signed in.
    pub(crate) async fn signed_in(&self) -> Browser {
        let mut browser = self.site.browser();
        let address = self.begin(&mut browser).await.unwrap();
        let answer = self.provider.authorize(&address);
        assert_eq!(self.complete(&mut browser, &answer).await, Verdict::Accept);
        browser
    }

    /// Returns the browser of a user who signs in in another session of the provider.
    pub(crate) async fn signed_in_elsewhere(&self) -> Browser {
        self.provider.tamper(|draft| {
            draft.claims.insert("sid".to_owned(), Value::from("sid-2"));
        });
        self.signed_in().await
    }

    /// Presses *Sign in*. Returns the provider's address, or `None` if the user sees
    /// an error.
    pub(crate) async fn begin(&self, browser: &mut Browser) -> Option<Url> {
        let started = browser
            .post("/api/auth/signin/logto", "callbackUrl=/account")
            .await;
        assert_eq!(started.status, 303, "{started:?}");
        if started.location().starts_with('/') {
            assert_error_page(browser, &started).await;
            return None;
        }
        Some(Url::parse(started.location()).unwrap())
    }

    /// Gives the browser the provider's answer to a sign-in.
    pub(crate) async fn complete(&self, browser: &mut Browser, answer: &str) -> Verdict {
        let completed = match self.plan {
            SitePlan::Query => browser.get(&format!("{CALLBACK}?{answer}")).await,
            SitePlan::FormPost => self.post(browser, answer).await,
        };
        assert_eq!(completed.status, 303, "{completed:?}");
        let session = browser.get("/api/auth/session").await;
        assert_eq!(session.status, 200, "{session:?}");
        if session.body == "null" {
            assert_error_page(browser, &completed).await;
            return Verdict::Reject;
        }
        let session: Value = serde_json::from_str(&session.body).unwrap();
        assert_eq!(session["user"]["id"], SUB, "a stranger is signed in");
        assert_eq!(completed.location(), "/account", "{completed:?}");
        Verdict::Accept
    }

    /// Sends the provider's form, without cookies, and then the form of the page that
    /// answers it.
    async fn post(&self, browser: &mut Browser, form: &str) -> TestResponse {
        let request = Request::post(CALLBACK)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("origin", "https://tenant.logto.app")
            .header("sec-fetch-site", "cross-site");
        let request = request.body(Body::from(form.to_owned())).unwrap();
        let page = self.site.browser().send(request).await;
        assert_eq!(page.status, 200, "{page:?}");
        browser.post(CALLBACK, &fields(&page.body)).await
    }

    /// Opens a page that asks the provider for something. The session stays, whatever
    /// the provider answers.
    pub(crate) async fn ask(&self, browser: &mut Browser, page: &str) -> (Verdict, String) {
        let answer = browser.get(page).await;
        let is_accepted = answer.status == StatusCode::OK;
        assert!(
            is_accepted || answer.status == StatusCode::BAD_GATEWAY,
            "{answer:?}"
        );
        let session = browser.get("/api/auth/session").await;
        let session: Value = serde_json::from_str(&session.body).unwrap();
        assert_eq!(session["user"]["id"], SUB, "after {answer:?}");
        (Verdict::of(is_accepted), answer.body)
    }

    /// Makes the provider right again. Sign-ins then work, without a restart.
    pub(crate) async fn assert_recovers(&self) {
        {
            let mut state = self.provider.state();
            state.discovery = Map::new();
            state.jwk = Map::new();
            state.token_response = Map::new();
            state.faults = HashMap::new();
            state.delays = HashMap::new();
            state.deliveries = HashMap::new();
            state.keys = vec![ProviderKey::new("key-1", 1)];
        }
        self.provider.tamper(|_| {});
        // A discovery document and keys are kept for an hour.
        self.site.clock.advance(Duration::from_secs(2 * 60 * 60));
        for _ in 0..100 {
            if self.sign_in().await == Verdict::Accept {
                return;
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        panic!("sign-ins do not work again");
    }
}

/// Opens the error page of a redirect: a page for people, with a button to try again.
async fn assert_error_page(browser: &mut Browser, redirect: &TestResponse) {
    let location = redirect.location().to_owned();
    let address = Url::parse("http://localhost:3000")
        .unwrap()
        .join(&location)
        .unwrap();
    let code = param(&address, "error").unwrap_or_else(|| panic!("{redirect:?}"));
    assert!(code.parse::<ErrorKind>().is_ok(), "{location}");
    assert_ne!(code, ErrorKind::Internal.code(), "{location}");
    let page = browser.get(&location).await;
    assert!(page.body.contains(">Try again</button>"), "{page:?}");
}

/// Returns the fields of the form in a page, as a browser sends them.
fn fields(page: &str) -> String {
    let mut fields = form_urlencoded::Serializer::new(String::new());
    for field in page.split("<input type=\"hidden\" name=\"").skip(1) {
        let (name, rest) = field.split_once("\" value=\"").unwrap();
        let value = rest.split('"').next().unwrap().replace("&amp;", "&");
        fields.append_pair(name, &value);
    }
    fields.finish()
}
