//! When an access token is refreshed, and which refresh token is sent.

use std::time::Duration;

use auth_core::AuthError;
use auth_testkit::{
    ACCESS_TOKEN, CookieJar, REFRESH_TOKEN, TestApp, TestProvider, object,
    steps::{access_token, signed_in},
};
use serde_json::json;

use super::two_processes::{Fixture, MINUTE};

const TOKEN: &str = "/oidc/token";

#[tokio::test]
async fn a_token_is_refreshed_in_its_last_minute() {
    let fixture = Fixture::new().await;
    fixture.clock.advance(58 * MINUTE);
    assert_eq!(fixture.ask().await.unwrap(), ACCESS_TOKEN);
    assert_eq!(fixture.refreshes(), 0);
    fixture.clock.advance(MINUTE + MINUTE / 2);
    // The token is still valid, and is refreshed for the next request.
    assert_eq!(fixture.ask().await.unwrap(), ACCESS_TOKEN);
    fixture.until_sent(1).await;
    while fixture.ask().await.unwrap() == ACCESS_TOKEN {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(fixture.ask().await.unwrap(), "access-token-value.1");
    assert_eq!(fixture.refreshes(), 1);
}

#[tokio::test]
async fn a_short_lived_token_is_not_refreshed_on_every_request() {
    let provider = TestProvider::start().await;
    provider.state().token_response = object(json!({"expires_in": 50}));
    let TestApp { auth, clock, .. } = TestApp::new(&provider);
    let browser = signed_in(&auth, &provider).await;
    clock.advance(MINUTE / 2);
    access_token(&auth, &browser).await.unwrap();
    assert!(provider.state().refresh.sent.is_empty());
}

#[tokio::test]
async fn every_rotated_refresh_token_is_sent_once() {
    let fixture = Fixture::new().await;
    fixture.provider.state().refresh.rotates = true;
    for _ in 0..5 {
        fixture.clock.advance(61 * MINUTE);
        fixture.ask().await.unwrap();
    }
    let sent = fixture.provider.state().refresh.sent.clone();
    assert_eq!(
        sent,
        (0..5)
            .map(|round| format!("{REFRESH_TOKEN}{}", "~".repeat(round)))
            .collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn the_old_refresh_token_stays_if_there_is_no_new_one() {
    let fixture = Fixture::expired().await;
    fixture.provider.state().refresh.token_response =
        object(json!({"refresh_token": null, "id_token": null, "scope": null}));
    fixture.ask().await.unwrap();
    fixture.clock.advance(61 * MINUTE);
    let token = access_token(&fixture.auth, &fixture.browser).await.unwrap();
    assert_eq!(
        token.scope(),
        ["openid", "offline_access", "profile", "email"]
    );
    let sent = fixture.provider.state().refresh.sent.clone();
    assert_eq!(sent, [REFRESH_TOKEN, REFRESH_TOKEN]);
}

#[tokio::test]
async fn new_tokens_are_stored_before_they_are_returned() {
    let fixture = Fixture::expired().await;
    fixture.provider.state().refresh.rotates = true;
    fixture.store.fail("save_tokens");
    let asked = tokio::time::timeout(Duration::from_millis(600), fixture.ask()).await;
    assert!(asked.is_err(), "no token before it is stored: {asked:?}");
    // The store works again, and the tokens are not lost.
    fixture.store.repair("save_tokens");
    assert_eq!(fixture.ask().await.unwrap(), "access-token-value.1");
    assert_eq!(fixture.refreshes(), 1);
}

#[tokio::test]
async fn a_valid_token_is_returned_while_the_provider_is_down() {
    let fixture = Fixture::new().await;
    fixture.clock.advance(59 * MINUTE + MINUTE / 2);
    {
        let mut state = fixture.provider.state();
        state.delays.insert(TOKEN, Duration::from_secs(3));
    }
    fixture.provider.fail(TOKEN, 503, "{}");
    let asked = tokio::time::timeout(Duration::from_secs(1), fixture.ask());
    assert_eq!(asked.await.unwrap().unwrap(), ACCESS_TOKEN);
}

#[tokio::test]
async fn an_expired_token_without_a_refresh_token_is_an_error() {
    let provider = TestProvider::start().await;
    provider.state().token_response = object(json!({"refresh_token": null}));
    let TestApp { auth, clock, .. } = TestApp::new(&provider);
    let browser = signed_in(&auth, &provider).await;
    clock.advance(59 * MINUTE + MINUTE / 2);
    access_token(&auth, &browser).await.unwrap();
    clock.advance(MINUTE);
    let error = access_token(&auth, &browser).await.unwrap_err();
    assert!(matches!(error, AuthError::NoRefreshToken), "{error:?}");
    assert!(error.to_string().contains("offline_access"), "{error}");
}

#[tokio::test]
async fn finish_waits_for_a_running_refresh() {
    let fixture = Fixture::new().await;
    fixture.clock.advance(59 * MINUTE + MINUTE / 2);
    {
        let mut state = fixture.provider.state();
        state.refresh.rotates = true;
        state.delays.insert(TOKEN, Duration::from_millis(300));
    }
    // Returns the token that is still valid.
    assert_eq!(fixture.ask().await.unwrap(), ACCESS_TOKEN);
    fixture.auth.finish().await;
    let other = access_token(&fixture.other, &fixture.browser)
        .await
        .unwrap();
    assert_eq!(other.expose(), "access-token-value.1");
    assert_eq!(fixture.refreshes(), 1);
}

#[tokio::test]
async fn a_signed_out_user_has_no_access_token() {
    let fixture = Fixture::new().await;
    let stranger = CookieJar::default();
    let error = access_token(&fixture.auth, &stranger).await;
    assert!(matches!(error, Err(AuthError::NotSignedIn)));
    assert_eq!(fixture.store.take_calls("load_tokens"), 0);
}
