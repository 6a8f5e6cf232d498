//! Webhooks that arrive while something else is under way, and that nobody waits
//! for.

use std::time::Duration;

use auth_testkit::{Browser, SUB, webhook_signature};
use axum::Router;
use serde_json::json;
use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpListener, TcpStream},
    time::sleep,
};

use super::{Fixture, KEY, SIGNATURE, WEBHOOK};

const HOUR: Duration = Duration::from_secs(60 * 60);

fn set_role(fixture: &Fixture, role: &'static str) {
    fixture.provider.tamper(move |draft| {
        draft.claims.insert("roles".to_owned(), json!([role]));
    });
}

/// Starts a sign-in. Returns the browser and the provider's address.
async fn started(fixture: &Fixture) -> (Browser, String) {
    let mut browser = Browser::new(&fixture.app);
    let started = browser.post("/api/auth/signin/logto", "").await;
    let address = started.location().to_owned();
    (browser, address)
}

/// Returns whether a guard that accepts claims of this hour sees the role.
async fn has_role(fixture: &Fixture, browser: &Browser, role: &str) -> bool {
    let session = fixture.session(browser).await.unwrap();
    let fresh = fixture.watched.auth.fresh_claims(&session, HOUR).await;
    fresh.unwrap().has_role(role)
}

fn refreshes(fixture: &Fixture) -> usize {
    fixture.provider.state().refresh.sent.len()
}

#[tokio::test]
async fn a_sign_in_under_way_does_not_keep_claims_from_before_a_change() {
    let members = json!({"organizationId": "acme", "addedUserIds": [], "removedUserIds": [SUB]});
    for (event, more) in [
        ("User.Data.Updated", json!({"data": {"id": SUB}})),
        ("Organization.Membership.Updated", members),
    ] {
        let fixture = Fixture::new().await;
        set_role(&fixture, "editor");
        // The ID token is issued. Before the session is stored, the webhook arrives.
        fixture
            .watched
            .store
            .delay("create", Duration::from_millis(300));
        let (mut browser, address) = started(&fixture).await;
        let (completed, reported) = tokio::join!(
            browser.complete_sign_in(&fixture.provider, &address),
            async {
                sleep(Duration::from_millis(150)).await;
                set_role(&fixture, "reader");
                fixture.send(&fixture.body(event, &more)).await
            },
        );
        assert_eq!(reported.status, 204);
        assert_eq!(completed.location(), "/", "{event}");
        fixture.pass_a_second();
        assert!(has_role(&fixture, &browser, "reader").await, "{event}");
        assert_eq!(refreshes(&fixture), 1, "{event}");
        assert!(has_role(&fixture, &browser, "reader").await, "{event}");
        assert_eq!(refreshes(&fixture), 1, "{event}");
    }
}

#[tokio::test]
async fn a_sign_in_that_asks_after_a_change_has_young_claims() {
    let fixture = Fixture::new().await;
    let (mut browser, address) = started(&fixture).await;
    let updated = fixture.body("User.Data.Updated", &json!({"data": {"id": SUB}}));
    assert_eq!(fixture.send(&updated).await.status, 204);
    fixture.watched.clock.advance(Duration::from_millis(1));
    set_role(&fixture, "reader");
    let completed = browser.complete_sign_in(&fixture.provider, &address).await;
    assert_eq!(completed.location(), "/");
    assert!(has_role(&fixture, &browser, "reader").await);
    assert_eq!(refreshes(&fixture), 0);
}

/// Sends a webhook, and closes the connection before the answer.
async fn send_and_leave(app: &Router, body: &str) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(axum::serve(listener, app.clone()).into_future());
    let signature = webhook_signature(KEY, body.as_bytes());
    let length = body.len();
    let request = format!(
        "POST {WEBHOOK} HTTP/1.1\r\nhost: localhost:3000\r\ncontent-type: application/json\r\n\
         {SIGNATURE}: {signature}\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    let mut connection = TcpStream::connect(address).await.unwrap();
    connection.write_all(request.as_bytes()).await.unwrap();
    sleep(Duration::from_millis(100)).await;
    drop(connection);
    sleep(Duration::from_millis(700)).await;
    serving.abort();
}

#[tokio::test]
async fn a_webhook_whose_connection_closes_before_the_answer_is_carried_out() {
    // What the store is doing when the connection closes.
    for method in ["now", "apply_provider_logout"] {
        let fixture = Fixture::new().await;
        let browser = fixture.signed_in(SUB).await;
        fixture.pass_a_second();
        let suspended = fixture.suspension(SUB, true);
        fixture
            .watched
            .store
            .delay(method, Duration::from_millis(300));
        send_and_leave(&fixture.app, &suspended).await;
        assert!(!fixture.is_signed_in(&browser).await, "{method}");
    }
}
