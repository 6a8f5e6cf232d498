//! A refresh that fails: whether the session stays, and when the provider is
//! asked again.

use std::time::Duration;

use auth_core::{AuthError, ErrorKind};
use auth_testkit::{ProviderKey, SUB};
use serde_json::json;

use super::two_processes::Fixture;

const TOKEN: &str = "/oidc/token";

#[tokio::test]
async fn a_failing_provider_keeps_the_session() {
    for (status, body) in [
        (500, "<h1>Oops</h1>"),
        (503, "{}"),
        (429, "<h1>Too many</h1>"),
        (200, "{"),
        (401, r#"{"error":"invalid_client"}"#),
        (400, r#"{"error":"invalid_request"}"#),
    ] {
        let fixture = Fixture::expired().await;
        fixture.provider.fail(TOKEN, status, body);
        let error = fixture.ask().await.unwrap_err();
        assert_ne!(error.kind(), ErrorKind::SessionRequired, "{status} {error}");
        assert!(fixture.is_signed_in().await, "{status}");
        fixture.provider.state().faults.clear();
        tokio::time::sleep(Duration::from_millis(1100)).await;
        fixture.ask().await.unwrap();
    }
}

#[tokio::test]
async fn requests_share_the_answer_of_a_failing_provider() {
    let fixture = Fixture::expired().await;
    fixture.provider.fail(TOKEN, 503, "{}");
    let before = fixture.provider.hits(TOKEN);
    for _ in 0..20 {
        fixture.ask().await.unwrap_err();
    }
    assert_eq!(fixture.provider.hits(TOKEN) - before, 1);
}

#[tokio::test]
async fn a_revoked_grant_ends_the_session() {
    let fixture = Fixture::expired().await;
    fixture
        .provider
        .fail(TOKEN, 400, r#"{"error":"invalid_grant"}"#);
    let error = fixture.ask().await.unwrap_err();
    assert!(matches!(error, AuthError::SessionEnded), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::SessionRequired);
    assert!(!fixture.is_signed_in().await);
    let error = fixture.ask().await.unwrap_err();
    assert!(matches!(error, AuthError::NotSignedIn), "{error:?}");
}

#[tokio::test]
async fn tokens_with_an_id_token_of_another_user_are_refused() {
    let fixture = Fixture::expired().await;
    fixture
        .provider
        .tamper(|draft| drop(draft.claims.insert("sub".to_owned(), json!("user-2"))));
    let error = fixture.ask().await.unwrap_err();
    assert!(error.to_string().contains("another user"), "{error}");
    let session = fixture.auth.session(&fixture.browser.cookies()).await;
    assert_eq!(session.unwrap().unwrap().user.id, SUB);
}

#[tokio::test]
async fn a_refreshed_id_token_may_omit_the_nonce_but_not_change_it() {
    for (nonce, is_accepted) in [(json!(null), true), (json!("another"), false)] {
        let fixture = Fixture::expired().await;
        fixture.provider.tamper(move |draft| {
            if nonce.is_null() {
                draft.claims.remove("nonce");
            } else {
                draft.claims.insert("nonce".to_owned(), nonce.clone());
            }
        });
        assert_eq!(fixture.ask().await.is_ok(), is_accepted);
    }
}

#[tokio::test]
async fn an_id_token_that_cannot_be_verified_yet_loses_no_refresh_token() {
    let fixture = Fixture::expired().await;
    {
        let mut state = fixture.provider.state();
        state.refresh.rotates = true;
        // The provider has a new key that cannot be fetched.
        state.keys = vec![ProviderKey::new("key-2", 2)];
    }
    fixture.provider.fail("/oidc/jwks", 503, "");
    assert_eq!(fixture.ask().await.unwrap(), "access-token-value.1");
}

#[tokio::test]
async fn a_refresh_that_timed_out_is_not_repeated_until_the_lease_lapses() {
    let fixture = Fixture::expired().await;
    fixture
        .provider
        .state()
        .delays
        .insert(TOKEN, Duration::from_secs(6));
    let error = fixture.ask().await.unwrap_err();
    assert!(matches!(error, AuthError::TimedOut { .. }), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::ProviderUnavailable);
    fixture.provider.state().delays.clear();
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let again = tokio::time::timeout(Duration::from_secs(1), fixture.ask()).await;
    assert!(again.is_err(), "it waits for the lease: {again:?}");
    assert_eq!(fixture.refreshes(), 1);
    fixture.ask().await.unwrap();
    assert_eq!(fixture.refreshes(), 2);
    assert!(fixture.is_signed_in().await);
}
