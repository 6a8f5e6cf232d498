//! What the application is told, and in which order.

use std::time::Duration;

use auth_core::{Clock as _, Hooks, SessionFilter, SignInDecision};
use auth_testkit::{Browser, webhook_signature};
use axum::{body::Body, http::Request};
use serde_json::json;
use time::format_description::well_known::Rfc3339;

use super::{Site, Told, at, router};

const WEBHOOK_KEY: &str = "the signing key of the webhook";

async fn site() -> (Site, Told) {
    let told = Told::default();
    let hooks = told.follow(Hooks::new().on_sign_in(|sign_in| async move {
        Ok(match sign_in.sub() {
            "bob" => SignInDecision::refuse("Not <b>you</b>."),
            "carol" => SignInDecision::send_to("/waiting-list"),
            _ => SignInDecision::allow(),
        })
    }));
    let site = Site::with(hooks, |settings| settings.webhook_key(WEBHOOK_KEY)).await;
    (site, told)
}

#[tokio::test]
async fn a_session_is_told_from_its_beginning_to_its_end() {
    let (site, told) = site().await;
    let mut browser = site.signed_in("alice").await;
    site.app.clock.advance(Duration::from_secs(3600));
    assert_eq!(browser.post("/call", "").await.status, 200);
    browser.post("/api/auth/signout", "").await;
    assert_eq!(
        told.take(&site).await,
        [
            "alice signed in",
            "alice refreshed",
            "alice signed out by the user",
            "alice revoked",
        ]
    );
    // A sign-out without a session ends nothing.
    browser.post("/api/auth/signout", "").await;
    browser.get("/api/auth/session").await;
    assert_eq!(told.take(&site).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_refused_sign_in_is_told_and_begins_nothing() {
    let (site, told) = site().await;
    let mut browser = Browser::new(&site.here);
    site.try_sign_in(&mut browser, "bob").await;
    let expected = [r#"bob refused: Some("Not <b>you</b>.")"#, "bob revoked"];
    assert_eq!(told.take(&site).await, expected);
    site.try_sign_in(&mut browser, "carol").await;
    let expected = ["carol refused: None", "carol revoked"];
    assert_eq!(told.take(&site).await, expected);
}

#[tokio::test]
async fn a_new_sign_in_ends_the_former_session() {
    let (site, told) = site().await;
    site.provider.add_user(auth_testkit::TestUser::new("dora"));
    let mut browser = site.signed_in("alice").await;
    browser.sign_in_as(&site.provider, "dora").await;
    let expected = [
        "alice signed in",
        "dora signed in",
        "alice signed out by a new sign-in",
        "alice revoked",
    ];
    assert_eq!(told.take(&site).await, expected);
    // The same user in the same provider session: one grant, which goes on.
    browser.sign_in_as(&site.provider, "dora").await;
    let expected = ["dora signed in", "dora signed out by a new sign-in"];
    assert_eq!(told.take(&site).await, expected);
}

#[tokio::test]
async fn who_ended_a_session_is_told_once_whichever_server_did_it() {
    let (site, told) = site().await;
    let other = site.app.other_process();
    let signed_in = async || {
        let mut browser = site.signed_in("alice").await;
        assert_eq!(browser.get("/customer").await.status, 200);
        // What ends sessions of a user ends those that began before.
        site.app.clock.advance(Duration::from_secs(1));
        told.take(&site).await;
        browser
    };
    let take = async || {
        other.finish().await;
        let mut told = told.take(&site).await;
        told.retain(|event| event != "alice revoked");
        told
    };

    let browser = signed_in().await;
    let session = site.session(&browser).await.unwrap();
    let second = signed_in().await;
    other.end_other_sessions(&session).await.unwrap();
    assert_eq!(take().await, ["alice signed out by the user"]);
    assert!(site.session(&second).await.is_none());
    other.end_all_sessions(&session).await.unwrap();
    assert_eq!(take().await, ["alice signed out by the user"]);

    signed_in().await;
    let of_alice = SessionFilter::OfUser("alice".to_owned());
    assert_eq!(other.end_sessions(&of_alice).await.unwrap(), 1);
    assert_eq!(take().await, ["alice signed out by an operator"]);

    signed_in().await;
    let mut logout = site.provider.draft_logout_token();
    logout.claims.insert("sid".to_owned(), json!("sid-alice"));
    let logout = logout.sign();
    assert_eq!(other.back_channel_logout(&logout).await.unwrap(), 1);
    assert!(site.app.auth.back_channel_logout(&logout).await.is_err());
    assert_eq!(take().await, ["alice signed out by the provider"]);

    // Later than the provider remembers that logout.
    site.app.clock.advance(Duration::from_secs(3600));
    let browser = signed_in().await;
    site.provider.state().refresh.refusal = Some((400, "invalid_grant"));
    site.app.clock.advance(Duration::from_secs(3600));
    let mut there = at(&site.there, &browser);
    assert_eq!(there.post("/call", "").await.status, 401);
    assert_eq!(take().await, ["alice signed out by the provider"]);
    site.provider.state().refresh.refusal = None;

    signed_in().await;
    let at = site.app.clock.now().format(&Rfc3339).unwrap();
    let body = json!({"event": "User.Deleted", "createdAt": at, "params": {"userId": "alice"}});
    let body = body.to_string();
    let send = async || {
        let request = Request::post("/api/auth/webhooks/logto").header(
            "logto-signature-sha-256",
            webhook_signature(WEBHOOK_KEY, body.as_bytes()),
        );
        let request = request.body(Body::from(body.clone())).unwrap();
        Browser::new(&router(&other)).send(request).await.status
    };
    assert_eq!(
        (send().await, send().await),
        (204.try_into().unwrap(), 204.try_into().unwrap())
    );
    let expected = ["alice signed out by a webhook", r#"["alice"] Deleted"#];
    assert_eq!(take().await, expected);
}
