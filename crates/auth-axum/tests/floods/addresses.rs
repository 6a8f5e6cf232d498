//! Limits for each address.

use std::net::SocketAddr;

use auth_axum::{AddressLimits, AuthSetup, ProtectedApi, TrustedProxies, WithAuth as _};
use auth_core::{Auth, Clock as _};
use auth_testkit::{Browser, RESOURCE, TestResponse, TestSite, signing, webhook_signature};
use axum::{Router, body::Body, extract::ConnectInfo, http::Request, routing::get};
use time::format_description::well_known::Rfc3339;

const SIGN_IN: &str = "/api/auth/signin/logto";
const CALLBACK: &str = "/api/auth/callback/logto";
const LOGOUT: &str = "/api/auth/backchannel-logout/logto";
const WEBHOOK: &str = "/api/auth/webhooks/logto";
const WEBHOOK_KEY: &str = "a-webhook-signing-key-of-32-characters";

async fn site(limits: AddressLimits) -> TestSite {
    TestSite::with_settings(
        |settings| settings.resource(RESOURCE).webhook_key(WEBHOOK_KEY),
        |auth| router(auth, limits),
    )
    .await
}

fn router(auth: &Auth, limits: AddressLimits) -> Router {
    let api = ProtectedApi::new(auth.access_token_verifier(RESOURCE), ["read"]);
    Router::new()
        .route("/api/items", get(async || "items").route_layer(api))
        .with_auth(AuthSetup::new(auth).with_address_limits(limits))
        .layer("10.0.0.1".parse::<TrustedProxies>().unwrap())
}

/// A browser at an address, behind a proxy if it names one.
#[derive(Clone)]
pub(super) struct Client {
    pub(super) browser: Browser,
    peer: SocketAddr,
    forwarded_for: Option<&'static str>,
}

impl Client {
    pub(super) fn at(site: &TestSite, peer: &str) -> Self {
        Self {
            browser: site.browser(),
            peer: SocketAddr::new(peer.parse().unwrap(), 4711),
            forwarded_for: None,
        }
    }

    pub(super) fn behind(mut self, address: &'static str) -> Self {
        self.forwarded_for = Some(address);
        self
    }

    pub(super) async fn send(
        &mut self,
        request: axum::http::request::Builder,
        body: &str,
    ) -> TestResponse {
        let request = request
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "text/html");
        let mut request = request.body(Body::from(body.to_owned())).unwrap();
        request.extensions_mut().insert(ConnectInfo(self.peer));
        if let Some(address) = self.forwarded_for {
            let address = address.parse().unwrap();
            request.headers_mut().insert("x-forwarded-for", address);
        }
        self.browser.send(request).await
    }

    pub(super) async fn begin(&mut self) -> TestResponse {
        self.send(Request::post(SIGN_IN), "").await
    }

    async fn sign_in(&mut self, site: &TestSite) -> TestResponse {
        let begun = self.begin().await;
        let query = site.provider.authorize(&begun.location().parse().unwrap());
        self.send(Request::get(format!("{CALLBACK}?{query}")), "")
            .await
    }

    /// Returns how many of the requests were not answered 429.
    async fn allowed(&mut self, number: usize) -> usize {
        let mut allowed = 0;
        for _ in 0..number {
            allowed += usize::from(self.begin().await.status != 429);
        }
        allowed
    }
}

#[tokio::test]
async fn sixty_sign_ins_may_be_unfinished_and_more_are_answered_429() {
    let site = site(AddressLimits::default()).await;
    let mut client = Client::at(&site, "203.0.113.9");
    assert_eq!(client.allowed(60).await, 60);
    let refused = client.begin().await;
    assert_eq!(refused.status, 429);
    let seconds = refused
        .header("retry-after")
        .unwrap()
        .parse::<u64>()
        .unwrap();
    assert!((1..=2).contains(&seconds), "{seconds}");
    assert!(
        refused.body.contains("Too many sign-ins"),
        "{}",
        refused.body
    );
    // Auth.js's client goes where the answer says.
    let script = Request::post(SIGN_IN).header("x-auth-return-redirect", "1");
    let script = client.send(script, "").await;
    assert_eq!(script.status, 429);
    assert!(
        script.body.contains("error=TooManyRequests"),
        "{}",
        script.body
    );
    // Nobody else notices.
    let mut other = Client::at(&site, "203.0.113.10");
    assert_eq!(other.sign_in(&site).await.location(), "/");
    let page = client.send(Request::get("/api/auth/session"), "").await;
    assert_eq!(page.status, 200);
}

#[tokio::test]
async fn callbacks_that_fail_are_limited_and_keep_nobody_from_completing_a_sign_in() {
    let site = site(AddressLimits::per_minute(3)).await;
    let mut office = Client::at(&site, "203.0.113.9");
    let begun = office.begin().await;
    let query = site.provider.authorize(&begun.location().parse().unwrap());
    // A page of another site makes a browser of the same office send callbacks.
    let mut victim = Client::at(&site, "203.0.113.9");
    let mut statuses = Vec::new();
    for _ in 0..5 {
        let forged = Request::get(format!("{CALLBACK}?code=x&state=y"));
        statuses.push(victim.send(forged, "").await.status.as_u16());
    }
    assert_eq!(statuses, [303, 303, 303, 429, 429]);
    let completed = Request::get(format!("{CALLBACK}?{query}"));
    assert_eq!(office.send(completed, "").await.location(), "/");
    let mut another = Client::at(&site, "203.0.113.9");
    assert_eq!(another.sign_in(&site).await.location(), "/");
}

#[tokio::test]
async fn people_behind_one_address_who_complete_their_sign_ins_are_not_limited() {
    let site = site(AddressLimits::per_minute(3)).await;
    for _ in 0..20 {
        let mut client = Client::at(&site, "203.0.113.9");
        assert_eq!(client.sign_in(&site).await.location(), "/");
    }
    assert_eq!(Client::at(&site, "203.0.113.9").allowed(10).await, 3);
}

#[tokio::test]
async fn an_address_is_that_of_the_client_behind_a_listed_proxy() {
    let site = site(AddressLimits::per_minute(3)).await;
    for (peer, forwarded, allowed) in [
        ("10.0.0.1", Some("203.0.113.1"), 3),
        ("10.0.0.1", Some("203.0.113.2"), 3),
        ("10.0.0.1", Some("203.0.113.1"), 0),
        // Not listed: what it says is not believed, and it is perhaps a proxy.
        ("10.0.0.2", Some("203.0.113.1"), 10),
        ("127.0.0.1", None, 10),
        // Not listed and not private: it is the client.
        ("198.51.100.7", Some("203.0.113.3"), 3),
        ("198.51.100.7", Some("203.0.113.4"), 0),
        // A client has all addresses of its network.
        ("2001:db8:1:2::1", None, 3),
        ("2001:db8:1:2:ffff::2", None, 0),
        ("2001:db8:1:3::1", None, 3),
    ] {
        let mut client = Client::at(&site, peer);
        if let Some(address) = forwarded {
            client = client.behind(address);
        }
        assert_eq!(client.allowed(10).await, allowed, "{peer} {forwarded:?}");
    }
}

/// Otherwise a browser could fill the bucket of its address with one sign-in.
#[tokio::test]
async fn a_callback_that_is_sent_again_gives_nothing_back() {
    let site = site(AddressLimits::per_minute(3)).await;
    let mut client = Client::at(&site, "203.0.113.9");
    for _ in 0..2 {
        client.clone().begin().await;
    }
    let begun = client.begin().await;
    let query = site.provider.authorize(&begun.location().parse().unwrap());
    for _ in 0..5 {
        let callback = Request::get(format!("{CALLBACK}?{query}"));
        let completed = client.clone().send(callback, "").await;
        assert_eq!(completed.location(), "/");
    }
    assert_eq!(client.allowed(10).await, 1);
}

#[tokio::test]
async fn the_limits_can_be_switched_off() {
    let site = site(AddressLimits::off()).await;
    let mut client = Client::at(&site, "203.0.113.9");
    assert_eq!(client.allowed(200).await, 200);
}

#[tokio::test]
async fn logouts_and_webhooks_that_are_valid_are_never_limited() {
    let site = site(AddressLimits::per_minute(3)).await;
    let mut client = Client::at(&site, "203.0.113.9");
    let mut statuses = Vec::new();
    for _ in 0..6 {
        let answer = client
            .send(Request::post(LOGOUT), "logout_token=forged")
            .await;
        statuses.push(answer.status.as_u16());
    }
    assert_eq!(statuses, [400, 400, 400, 429, 429, 429]);
    let malformed = client.send(Request::post(LOGOUT), "token=none").await;
    assert_eq!(malformed.status, 429);
    let webhook = |body: &str, signature: String| {
        (
            Request::post(WEBHOOK).header("logto-signature-sha-256", signature),
            body.to_owned(),
        )
    };
    let (request, body) = webhook("{}", "forged".to_owned());
    let answer = client.send(request, &body).await;
    assert_eq!(answer.status, 429);
    assert!(answer.header("retry-after").is_some());

    let token = site.provider.draft_logout_token().sign();
    let logout = format!("logout_token={token}");
    let answer = client.send(Request::post(LOGOUT), &logout).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let made = site.clock.now().format(&Rfc3339).unwrap();
    let body = serde_json::json!({"hookId": "h", "event": "PostSignIn", "createdAt": made});
    let body = &body.to_string();
    let signature = webhook_signature(WEBHOOK_KEY, body.as_bytes());
    let (request, body) = webhook(body, signature);
    let answer = client.send(request, &body).await;
    assert_eq!(answer.status, 204, "{answer:?}");
}

#[tokio::test]
async fn access_tokens_that_are_valid_or_expired_are_never_limited() {
    let site = site(AddressLimits::per_minute(3)).await;
    let mut client = Client::at(&site, "203.0.113.9");
    let call =
        |token: &str| Request::get("/api/items").header("authorization", format!("Bearer {token}"));
    let with = |name, value| {
        let mut draft = site.provider.draft_access_token();
        signing::claim(name, value)(&mut draft);
        draft.sign()
    };
    // Clients renew them at 401.
    let expired = with("exp", serde_json::json!(1));
    for _ in 0..5 {
        assert_eq!(client.send(call(&expired), "").await.status, 401);
    }
    let foreign = with("aud", serde_json::json!("https://another.example.com"));
    let mut statuses = Vec::new();
    for _ in 0..5 {
        statuses.push(client.send(call(&foreign), "").await.status.as_u16());
    }
    assert_eq!(statuses, [401, 401, 401, 429, 429]);
    let refused = client.send(call(&foreign), "").await;
    assert!(refused.header("retry-after").is_some(), "{refused:?}");
    let valid = site.provider.draft_access_token().sign();
    assert_eq!(client.send(call(&valid), "").await.status, 200);
}
