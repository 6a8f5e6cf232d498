//! Webhooks that are not Logto's, and what a provider may send wrongly.

use auth_axum::WithAuth as _;
use auth_core::Auth;
use auth_testkit::{Browser, SUB, TestProvider, TestStore, config, webhook_signature};
use axum::{
    Router,
    body::Body,
    http::{Method, Request},
};
use serde_json::json;
use time::Duration;

use super::{Fixture, KEY, SIGNATURE, WEBHOOK, send};

#[tokio::test]
async fn a_webhook_without_the_right_signature_does_nothing() {
    let fixture = Fixture::new().await;
    let browser = fixture.signed_in(SUB).await;
    fixture.pass_a_second();
    let body = fixture.suspension(SUB, true);
    let right = webhook_signature(KEY, body.as_bytes());
    let of_another_body = webhook_signature(KEY, format!("{body} ").as_bytes());
    for signature in [
        None,
        Some(""),
        Some(&right[..63]),
        Some(&right[..62]),
        Some(&right[1..]),
        Some(&format!("sha256={right}")),
        Some(&"0".repeat(64)),
        Some(&webhook_signature("another key", body.as_bytes())),
        Some(&webhook_signature("", body.as_bytes())),
        Some(&of_another_body),
    ] {
        let answer = send(&fixture.app, signature, &body).await;
        assert_eq!(answer.status, 400, "{signature:?}");
        let cached = answer.header("cache-control").unwrap();
        assert!(cached.contains("no-store"), "{cached}");
    }
    assert!(fixture.is_signed_in(&browser).await);
    let changed = body.replace(SUB, "bob");
    assert_eq!(send(&fixture.app, Some(&right), &changed).await.status, 400);
    assert_eq!(send(&fixture.app, Some(&right), &body).await.status, 204);
    assert!(!fixture.is_signed_in(&browser).await);
}

#[tokio::test]
async fn an_old_webhook_and_one_of_the_future_are_refused() {
    let fixture = Fixture::new().await;
    let browser = fixture.signed_in(SUB).await;
    fixture.pass_a_second();
    let deleted = json!({"params": {"userId": SUB}});
    for (ago, status) in [
        (Duration::minutes(11), 400),
        (Duration::days(30), 400),
        (Duration::minutes(-2), 400),
        (Duration::minutes(9), 204),
    ] {
        let body = fixture.body_made(ago, "User.Deleted", &deleted);
        assert_eq!(fixture.send(&body).await.status, status, "{ago}");
        // The last one was made before the session began.
        assert!(fixture.is_signed_in(&browser).await, "{ago}");
    }
    // Recorded, and sent again later.
    let body = fixture.body("User.Deleted", &deleted);
    fixture
        .watched
        .clock
        .advance(std::time::Duration::from_secs(11 * 60));
    assert_eq!(fixture.send(&body).await.status, 400);
}

#[tokio::test]
async fn unknown_events_are_accepted_and_ignored() {
    let fixture = Fixture::new().await;
    let browser = fixture.signed_in(SUB).await;
    fixture.pass_a_second();
    for body in [
        json!({"event": "PostSignIn", "user": {"id": SUB}}),
        json!({"event": "User.Created", "data": {"id": SUB}}),
        json!({"event": "Role.Deleted", "params": {"id": "role"}}),
        json!({"event": "Some.New.Event"}),
        // The console's test call.
        json!({"event": "User.Deleted", "data": {"result": "success"}}),
    ] {
        assert_eq!(fixture.send(&body.to_string()).await.status, 204, "{body}");
    }
    for body in ["", "{}", "[]", "null", "{\"event\":", "no JSON"] {
        assert_eq!(fixture.send(body).await.status, 400, "{body}");
    }
    assert!(fixture.is_signed_in(&browser).await);
}

#[tokio::test]
async fn a_webhook_of_ten_megabytes_is_refused() {
    let fixture = Fixture::new().await;
    let body = "x".repeat(10 * 1024 * 1024);
    assert_eq!(fixture.send(&body).await.status, 413);
    // Without a length.
    let chunks = (0..160).map(|_| Ok::<_, std::io::Error>("x".repeat(64 * 1024)));
    let stream = Body::from_stream(futures_util::stream::iter(chunks));
    let request = Request::post(WEBHOOK)
        .header(SIGNATURE, webhook_signature(KEY, body.as_bytes()))
        .body(stream)
        .unwrap();
    let answer = Browser::new(&fixture.app).send(request).await;
    assert_eq!(answer.status, 413);
}

#[tokio::test]
async fn a_webhook_that_comes_twice_is_carried_out_once() {
    let fixture = Fixture::new().await;
    let browser = fixture.signed_in(SUB).await;
    let changed = fixture.body("User.Data.Updated", &json!({"data": {"id": SUB}}));
    assert_eq!(fixture.send(&changed).await.status, 204);
    let session = fixture.session(&browser).await.unwrap();
    fixture.watched.auth.refresh_claims(&session).await.unwrap();
    let signature = webhook_signature(KEY, changed.as_bytes());
    for app in [&fixture.app, &fixture.other] {
        let again = send(app, Some(&signature), &changed).await;
        assert_eq!(again.status, 204);
    }
    let session = fixture.session(&browser).await.unwrap();
    assert_eq!(session.claims_stale_since(), None, "on every process");
}

#[tokio::test]
async fn a_webhook_can_be_sent_again_after_the_store_was_down() {
    let fixture = Fixture::new().await;
    let browser = fixture.signed_in(SUB).await;
    fixture.pass_a_second();
    let body = fixture.suspension(SUB, true);
    fixture.watched.store.set_down(true);
    let answer = fixture.send(&body).await;
    assert_eq!(answer.status, 503);
    assert!(answer.header("retry-after").is_some());
    fixture.watched.store.set_down(false);
    assert!(fixture.is_signed_in(&browser).await);
    assert_eq!(fixture.send(&body).await.status, 204);
    assert!(!fixture.is_signed_in(&browser).await);
}

#[tokio::test]
async fn the_address_accepts_only_post_and_needs_a_key() {
    let fixture = Fixture::new().await;
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let request = Request::builder().method(&method).uri(WEBHOOK);
        let request = request.body(Body::empty()).unwrap();
        let answer = Browser::new(&fixture.app).send(request).await;
        assert_eq!(answer.status, 400, "{method}");
    }
    let provider = TestProvider::start().await;
    let config = config(&provider, "http://localhost:3000");
    let auth = Auth::new(config, TestStore::default()).unwrap();
    let app = Router::new().with_auth(&auth);
    let body = fixture.suspension(SUB, true);
    for key in [KEY, ""] {
        let signature = webhook_signature(key, body.as_bytes());
        assert_eq!(send(&app, Some(&signature), &body).await.status, 404);
    }
}

#[test]
fn a_short_key_is_refused() {
    let built = auth_core::Config::builder()
        .webhook_key("short")
        .build()
        .unwrap_err();
    let settings: Vec<_> = built.0.iter().map(|problem| problem.setting).collect();
    assert!(settings.contains(&"AUTH_LOGTO_WEBHOOK_KEY"), "{settings:?}");
}
