//! Logto's webhooks, for an application with several servers on one database.

use std::time::{Duration, Instant};

use auth_core::{Auth, WebhookOutcome};
use auth_testkit::{
    SUB, TestProvider, settings,
    steps::{session, signed_in, user},
    webhook_signature,
};
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::stores::Fresh;

for_each_database! {
    a_suspended_user_is_signed_out_on_every_server_within_a_second,
    a_changed_user_has_old_claims_on_every_server_until_one_refreshes_them,
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
    let at = OffsetDateTime::now_utc().format(&Rfc3339).unwrap();
    let body = json!({"event": event, "createdAt": at, "data": data}).to_string();
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
