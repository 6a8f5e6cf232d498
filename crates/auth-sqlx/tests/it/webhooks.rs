//! Logto's webhooks, for an application with several servers on one database.

use std::time::{Duration, Instant};

use auth_core::{Auth, WebhookOutcome};
use auth_testkit::{
    CookieJar, SUB, TestProvider, settings,
    steps::{begin, complete, session, signed_in, signed_in_as, user},
    webhook_signature,
};
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::stores::Fresh;

for_each_database! {
    a_suspended_user_is_signed_out_on_every_server_within_a_second,
    a_changed_user_has_old_claims_on_every_server_until_one_refreshes_them,
    a_report_of_ten_thousand_members_is_carried_out,
    a_sign_in_that_is_under_way_has_old_claims_after_a_change,
}

const KEY: &str = "the signing key of the webhook";

/// Two servers.
async fn servers(database: &impl Fresh) -> (TestProvider, Auth, Auth) {
    let provider = TestProvider::start().await;
    let config = settings(&provider, "http://localhost:3000").webhook_key(KEY);
    let config = config.build().unwrap();
    let one = Auth::new(config.clone(), database.open().await).unwrap();
    let other = Auth::new(config, database.open().await).unwrap();
    (provider, one, other)
}

async fn send(auth: &Auth, event: &str, data: &Value) -> WebhookOutcome {
    send_event(auth, json!({"event": event, "data": data})).await
}

async fn send_event(auth: &Auth, mut event: Value) -> WebhookOutcome {
    let at = OffsetDateTime::now_utc().format(&Rfc3339).unwrap();
    event["createdAt"] = json!(at);
    let body = event.to_string();
    let signature = webhook_signature(KEY, body.as_bytes());
    let webhooks = auth.webhooks();
    webhooks.receive(body.as_bytes(), &signature).await.unwrap()
}

async fn a_suspended_user_is_signed_out_on_every_server_within_a_second(database: &impl Fresh) {
    let (provider, one, other) = servers(database).await;
    let browsers = [
        signed_in(&one, &provider).await,
        signed_in(&other, &provider).await,
    ];
    let started = Instant::now();
    let data = json!({"id": SUB, "isSuspended": true});
    let outcome = send(&one, "User.SuspensionStatus.Updated", &data).await;
    assert_eq!(outcome, WebhookOutcome::Applied { ended: 2 });
    for browser in &browsers {
        for server in [&one, &other] {
            assert_eq!(user(server, browser).await, None);
        }
    }
    assert!(started.elapsed() < Duration::from_secs(1));
    let data = json!({"id": SUB, "isSuspended": false});
    let outcome = send(&other, "User.SuspensionStatus.Updated", &data).await;
    assert_eq!(outcome, WebhookOutcome::Applied { ended: 0 });
    let again = signed_in(&one, &provider).await;
    assert_eq!(user(&other, &again).await.as_deref(), Some(SUB));
}

async fn a_changed_user_has_old_claims_on_every_server_until_one_refreshes_them(
    database: &impl Fresh,
) {
    let (provider, one, other) = servers(database).await;
    let browser = signed_in(&one, &provider).await;
    send(&one, "User.Data.Updated", &json!({"id": SUB})).await;
    let marked = session(&other, &browser).await;
    assert!(marked.claims_stale_since().is_some());
    other.refresh_claims(&marked).await.unwrap();
    assert_eq!(session(&one, &browser).await.claims_stale_since(), None);
}

async fn a_report_of_ten_thousand_members_is_carried_out(database: &impl Fresh) {
    let (provider, one, other) = servers(database).await;
    let browsers = [
        signed_in_as(&one, &provider, "user-0000").await,
        signed_in_as(&one, &provider, "user-9999").await,
    ];
    let users: Vec<_> = (0..10_000)
        .map(|number| format!("user-{number:04}"))
        .collect();
    let lists = users.split_at(5_000);
    let event = json!({
        "event": "Organization.Membership.Updated", "organizationId": "acme",
        "addedUserIds": lists.0, "removedUserIds": lists.1,
    });
    let started = Instant::now();
    let outcome = send_event(&one, event).await;
    assert_eq!(outcome, WebhookOutcome::Applied { ended: 0 });
    // Logto waits ten seconds for an answer.
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
    for browser in &browsers {
        let marked = session(&other, browser).await;
        assert!(marked.claims_stale_since().is_some());
    }
}

async fn a_sign_in_that_is_under_way_has_old_claims_after_a_change(database: &impl Fresh) {
    let (provider, one, other) = servers(database).await;
    let mut browser = CookieJar::default();
    let address = begin(&one, &mut browser, "/").await;
    let query = provider.authorize(&address);
    // The provider issues the tokens, and its answer takes a while.
    let delay = Duration::from_millis(600);
    provider.state().delays.insert("/oidc/token", delay);
    let (completed, outcome) = tokio::join!(complete(&one, &mut browser, &query), async {
        tokio::time::sleep(delay / 2).await;
        send(&other, "User.Data.Updated", &json!({"id": SUB})).await
    });
    completed.unwrap();
    assert_eq!(outcome, WebhookOutcome::Applied { ended: 0 });
    let marked = session(&other, &browser).await;
    assert!(marked.claims_stale_since().is_some());
    let hour = Duration::from_secs(60 * 60);
    other.fresh_claims(&marked, hour).await.unwrap();
    assert_eq!(provider.state().refresh.sent.len(), 1);
    let young = session(&one, &browser).await;
    assert_eq!(young.claims_stale_since(), None);

    let later = signed_in(&one, &provider).await;
    let young = session(&other, &later).await;
    assert_eq!(young.claims_stale_since(), None, "its claims are newer");
}
