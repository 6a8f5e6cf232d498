//! The contract of Auth.js v5, one row for each route and rule. What differs on
//! purpose is in `docs/src/reference/authjs.md`.

mod session;
mod sign_in;
mod sign_out;

use auth_testkit::{Browser, TestResponse, TestSite};
use axum::{body::Body, http::Request};
use serde_json::{Value, json};

use self::{Expected::*, Sender::*};
use crate::{start_site, start_site_under};

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";
const ORIGIN: &str = "http://localhost:3000";

/// Who sends the request of a row, or with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sender {
    Visitor,
    User,
    /// A visitor of a page of another site.
    OtherSite,
}

/// What the answer to a row is.
#[derive(Clone, Copy, Debug)]
enum Expected {
    /// The body is this text.
    Is(&'static str),
    /// The body has this text.
    Has(&'static str),
    /// The redirect leads to this address.
    To(&'static str),
    /// The redirect leads to the provider's page of this path.
    ToProvider(&'static str),
    /// The body is `{"url": …}`, with this absolute address.
    Url(&'static str),
    /// The body is `{"url": …}`, with the provider's page of this path.
    UrlOfProvider(&'static str),
    /// A header has this value.
    Header(&'static str, &'static str),
    /// A cookie of this name is set or removed.
    Sets(&'static str),
    /// No cookie is set.
    SetsNothing,
    /// Nobody is signed in afterwards.
    SignedOut,
    /// The user is still signed in afterwards.
    SignedIn,
}

#[derive(Clone)]
struct Row {
    request: &'static str,
    sender: Sender,
    content_type: &'static str,
    body: &'static str,
    /// The client sends `X-Auth-Return-Redirect`.
    returns_redirect: bool,
    status: u16,
    expected: &'static [Expected],
}

const fn row(
    request: &'static str,
    sender: Sender,
    status: u16,
    expected: &'static [Expected],
) -> Row {
    Row {
        request,
        sender,
        content_type: "",
        body: "",
        returns_redirect: false,
        status,
        expected,
    }
}

impl Row {
    /// `{csrf}` stands for the browser's token.
    const fn with(mut self, content_type: &'static str, body: &'static str) -> Self {
        self.content_type = content_type;
        self.body = body;
        self
    }

    const fn returning_redirect(mut self) -> Self {
        self.returns_redirect = true;
        self
    }

    async fn answer(&self, site: &TestSite, browser: &mut Browser) -> TestResponse {
        let body = if self.body.contains("{csrf}") {
            let token = csrf_token_at(&at(site, "/api/auth/csrf"), browser).await;
            self.body.replace("{csrf}", &token)
        } else {
            self.body.to_owned()
        };
        let (method, path) = self.request.split_once(' ').unwrap();
        let sent_by = if self.sender == OtherSite {
            "cross-site"
        } else {
            "same-origin"
        };
        let mut request = Request::builder()
            .method(method)
            .uri(at(site, path))
            .header("sec-fetch-site", sent_by);
        if !self.content_type.is_empty() {
            request = request.header("content-type", self.content_type);
        }
        if self.returns_redirect {
            request = request.header("x-auth-return-redirect", "1");
        }
        browser.send(request.body(Body::from(body)).unwrap()).await
    }

    async fn check(&self, site: &TestSite) {
        let mut browser = match self.sender {
            User => site.signed_in().await,
            Visitor | OtherSite => site.browser(),
        };
        let answer = self.answer(site, &mut browser).await;
        let case = format!(
            "{} {:?} {}: {answer:?}",
            self.request, self.sender, self.body
        );
        assert_eq!(answer.status, self.status, "{case}");
        let caching = answer.header("cache-control");
        assert_eq!(caching, Some("private, no-cache, no-store"), "{case}");
        let issuer = site.provider.issuer();
        let url = || {
            let body: Value = serde_json::from_str(&answer.body).unwrap();
            body["url"].as_str().unwrap().to_owned()
        };
        for expected in self.expected {
            match *expected {
                Is(body) => assert_eq!(answer.body, at(site, body), "{case}"),
                Has(text) => {
                    assert!(answer.body.contains(&at(site, text)), "{text}: {case}");
                }
                To(address) => assert_eq!(answer.location(), at(site, address), "{case}"),
                ToProvider(path) => assert!(
                    answer.location().starts_with(&format!("{issuer}{path}?")),
                    "{case}"
                ),
                Url(address) => {
                    assert_eq!(url(), format!("{ORIGIN}{}", at(site, address)), "{case}");
                }
                UrlOfProvider(path) => {
                    assert!(url().starts_with(&format!("{issuer}{path}?")), "{case}");
                }
                Header(name, value) => assert_eq!(answer.header(name), Some(value), "{case}"),
                Sets(name) => {
                    let mut cookies = answer.headers.get_all("set-cookie").iter();
                    assert!(
                        cookies.any(|cookie| cookie.to_str().unwrap().starts_with(name)),
                        "{name}: {case}"
                    );
                }
                SetsNothing => assert_eq!(answer.header("set-cookie"), None, "{case}"),
                SignedOut => {
                    assert_eq!(session_of(site, &mut browser).await, Value::Null, "{case}");
                }
                SignedIn => assert_ne!(session_of(site, &mut browser).await, Value::Null, "{case}"),
            }
        }
        // The next request works.
        for route in ["/api/auth/csrf", "/api/auth/session"] {
            assert_eq!(browser.get(&at(site, route)).await.status, 200, "{case}");
        }
    }
}

/// Returns a text of a row with the application's base path.
fn at(site: &TestSite, text: &str) -> String {
    text.replace("/api/auth", site.auth.config().base_path().as_str())
}

async fn session_of(site: &TestSite, browser: &mut Browser) -> Value {
    let answer = browser.get(&at(site, "/api/auth/session")).await;
    serde_json::from_str(&answer.body).unwrap()
}

pub(crate) async fn csrf_token(browser: &mut Browser) -> String {
    csrf_token_at("/api/auth/csrf", browser).await
}

async fn csrf_token_at(path: &str, browser: &mut Browser) -> String {
    let answer = browser.get(path).await;
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    body["csrfToken"].as_str().unwrap().to_owned()
}

const BAD: &[Expected] = &[
    Is("\"Bad request.\""),
    Header("content-type", JSON),
    SetsNothing,
];
pub(crate) const MISSING_CSRF: &str = "/api/auth/signin?error=MissingCSRF";

#[tokio::test]
async fn each_route_answers_as_the_contract_says() {
    for base_path in ["/api/auth", "/auth", "/app/login"] {
        let site = start_site_under(base_path).await;
        for row in [session::ROWS, sign_in::ROWS, sign_out::ROWS].concat() {
            row.check(&site).await;
        }
    }
}

#[tokio::test]
async fn an_update_fetches_the_claims_again_and_survives_an_outage() {
    let site = start_site().await;
    let mut browser = site.signed_in().await;
    let update = async |browser: &mut Browser| {
        let request = Request::post("/api/auth/session").header("content-type", JSON);
        let body = Body::from(r#"{"data":{"roles":["admin"],"user":{"id":"mallory"}}}"#);
        browser.send(request.body(body).unwrap()).await
    };
    let asked = site.provider.hits("/oidc/token");
    let updated = update(&mut browser).await;
    assert_eq!(site.provider.hits("/oidc/token"), asked + 1);
    let mut updated: Value = serde_json::from_str(&updated.body).unwrap();
    // What the client sent is not in it.
    let mut stored = session_of(&site, &mut browser).await;
    for session in [&mut updated, &mut stored] {
        session.as_object_mut().unwrap().remove("expires");
    }
    assert_eq!(updated, stored);
    assert_eq!(updated["roles"], json!(["shopper"]));

    site.provider.fail("/oidc/token", 503, "");
    let answer = update(&mut browser).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.body.contains("\"user\""), "{answer:?}");
    site.store.set_down(true);
    assert_eq!(update(&mut browser).await.status, 503);
    site.store.set_down(false);
    assert_ne!(session_of(&site, &mut browser).await, Value::Null);
}
