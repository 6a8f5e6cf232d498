//! The keys that access tokens are verified with, which come and go, and how
//! long a verified token is remembered.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

mod mock_provider;

use std::time::Duration;

use auth_core::{AccessTokenRejected as Rejected, AccessTokenVerifier};
use mock_provider::{
    Draft, MockProvider, TestClock, auth, object,
    signing::{RESOURCE, compact, header, shifted},
};
use serde_json::{Value, json};

const MINUTE: i64 = 60;
const JWKS: &str = "/oidc/jwks";

fn verifier(provider: &MockProvider) -> AccessTokenVerifier {
    AccessTokenVerifier::new(&provider.issuer(), RESOURCE).unwrap()
}

fn tampered(mut draft: Draft, tamper: impl Fn(&mut Draft)) -> String {
    tamper(&mut draft);
    compact(&draft)
}

#[tokio::test]
async fn a_rotated_key_is_found_and_one_fetch_is_all_it_takes() {
    let provider = MockProvider::start().await;
    let verifier = verifier(&provider);
    verifier
        .verify(&compact(&provider.access_token()))
        .await
        .unwrap();
    assert_eq!(provider.hits(JWKS), 1);
    provider
        .inner()
        .keys
        .insert(0, ("key-2".to_owned(), Some(2)));
    let token = compact(&provider.access_token());
    verifier.verify(&token).await.unwrap();
    assert_eq!(provider.hits(JWKS), 2);
    // Anybody can make up key ids.
    for number in 0..20 {
        let mut draft = provider.access_token();
        draft
            .header
            .insert("kid".to_owned(), json!(format!("made-up-{number}")));
        assert!(verifier.verify(&compact(&draft)).await.is_err());
    }
    assert_eq!(provider.hits(JWKS), 2);
}

#[tokio::test]
async fn kid_absent_with_two_keys_is_refused() {
    let provider = MockProvider::start().await;
    provider.inner().keys.push(("key-2".to_owned(), Some(2)));
    let without_kid = header("kid", Value::Null);
    let result = verifier(&provider)
        .verify(&tampered(provider.access_token(), without_kid))
        .await;
    assert!(matches!(result, Err(Rejected::Invalid(_))), "{result:?}");
}

#[tokio::test]
async fn a_key_without_alg_is_taken_and_one_for_encryption_is_not() {
    for (jwk, is_taken) in [
        (json!({"alg": null, "use": null}), true),
        (json!({"use": "enc"}), false),
        (json!({"alg": "ES256"}), false),
    ] {
        let provider = MockProvider::start().await;
        provider.inner().jwk = object(jwk.clone());
        let result = verifier(&provider)
            .verify(&compact(&provider.access_token()))
            .await;
        assert_eq!(result.is_ok(), is_taken, "{jwk}: {result:?}");
    }
}

#[tokio::test]
async fn a_key_that_is_gone_lives_on_for_a_minute_at_most() {
    let provider = MockProvider::start().await;
    let clock = TestClock::new();
    let verifier = verifier(&provider).with_clock(clock.clone());
    let token = compact(&provider.access_token());
    verifier.verify(&token).await.unwrap();
    provider.inner().keys = vec![("key-2".to_owned(), Some(2))];
    // Has the new keys fetched.
    verifier
        .verify(&compact(&provider.access_token()))
        .await
        .unwrap();
    clock.advance(Duration::from_secs(59));
    assert!(verifier.verify(&token).await.is_ok());
    clock.advance(Duration::from_secs(1));
    let result = verifier.verify(&token).await;
    assert!(matches!(result, Err(Rejected::Invalid(_))), "{result:?}");
}

#[tokio::test]
async fn a_remembered_token_ends_when_it_ends() {
    let provider = MockProvider::start().await;
    let clock = TestClock::new();
    let verifier = verifier(&provider).with_clock(clock.clone());
    let soon = shifted("exp", -MINUTE + 10);
    let token = tampered(provider.access_token(), soon);
    verifier.verify(&token).await.unwrap();
    clock.advance(Duration::from_secs(20));
    let result = verifier.verify(&token).await;
    assert!(matches!(result, Err(Rejected::Expired)), "{result:?}");
}

#[tokio::test]
async fn what_is_remembered_for_one_api_counts_for_no_other() {
    let provider = MockProvider::start().await;
    let auth = auth(&provider);
    let token = compact(&provider.access_token());
    auth.access_token_verifier(RESOURCE)
        .verify(&token)
        .await
        .unwrap();
    let other = auth.access_token_verifier("https://another.test/api");
    assert!(matches!(
        other.verify(&token).await,
        Err(Rejected::Invalid(_))
    ));
    assert_eq!(provider.hits(JWKS), 1, "keys are shared");
}

#[tokio::test]
async fn a_provider_that_is_down_says_nothing_about_a_token() {
    let provider = MockProvider::start().await;
    let verifier = verifier(&provider);
    provider.fail(JWKS, 503, "{}");
    let token = compact(&provider.access_token());
    let result = verifier.verify(&token).await;
    assert!(
        matches!(result, Err(Rejected::Unavailable(_))),
        "{result:?}"
    );
    // What can be told without the provider is told.
    assert!(matches!(
        verifier.verify("rubbish").await,
        Err(Rejected::Malformed)
    ));
}
