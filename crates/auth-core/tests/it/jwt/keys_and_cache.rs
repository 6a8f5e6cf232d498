//! The keys that verify access tokens, their rotation, and the cache of verified
//! tokens.

use std::time::Duration;

use auth_core::{AccessTokenRejected as Rejected, AccessTokenVerifier};
use auth_testkit::{
    ProviderKey, RESOURCE, TestClock, TestProvider, TokenDraft, auth, object,
    signing::{from_now, header, public_key, rs256_jwk},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

const MINUTE: i64 = 60;
const JWKS: &str = "/oidc/jwks";

fn verifier(provider: &TestProvider) -> AccessTokenVerifier {
    AccessTokenVerifier::new(&provider.issuer(), RESOURCE).unwrap()
}

fn tampered(mut draft: TokenDraft, tamper: impl Fn(&mut TokenDraft)) -> String {
    tamper(&mut draft);
    draft.sign()
}

#[tokio::test]
async fn a_rotated_key_is_found_with_one_fetch() {
    let provider = TestProvider::start().await;
    let verifier = verifier(&provider);
    verifier
        .verify(&provider.draft_access_token().sign())
        .await
        .unwrap();
    assert_eq!(provider.hits(JWKS), 1);
    provider
        .state()
        .keys
        .insert(0, ProviderKey::new("key-2", 2));
    let token = provider.draft_access_token().sign();
    verifier.verify(&token).await.unwrap();
    assert_eq!(provider.hits(JWKS), 2);
    // An attacker can invent key ids.
    for number in 0..20 {
        let mut draft = provider.draft_access_token();
        draft
            .header
            .insert("kid".to_owned(), json!(format!("made-up-{number}")));
        assert!(verifier.verify(&draft.sign()).await.is_err());
    }
    assert_eq!(provider.hits(JWKS), 2);
}

#[tokio::test]
async fn a_token_without_kid_is_refused_if_there_are_two_keys() {
    let provider = TestProvider::start().await;
    provider.state().keys.push(ProviderKey::new("key-2", 2));
    let without_kid = header("kid", Value::Null);
    let result = verifier(&provider)
        .verify(&tampered(provider.draft_access_token(), without_kid))
        .await;
    assert!(matches!(result, Err(Rejected::Invalid(_))), "{result:?}");
}

#[tokio::test]
async fn a_token_without_kid_is_accepted_if_only_one_key_is_for_its_signature() {
    let provider = TestProvider::start().await;
    let key = |seed, use_, alg| {
        let point = public_key(seed);
        let [x, y] = [&point[1..49], &point[49..]].map(|part| URL_SAFE_NO_PAD.encode(part));
        json!({"kty": "EC", "crv": "P-384", "x": x, "y": y, "use": use_, "alg": alg})
    };
    let mut rsa = rs256_jwk();
    rsa.remove("alg");
    let keys = json!({"keys": [
        key(2, "enc", Value::Null),
        key(3, "sig", json!("ES256")),
        rsa,
        key(1, "sig", json!("ES384")),
    ]});
    provider.fail(JWKS, 200, &keys.to_string());
    let without_kid = header("kid", Value::Null);
    let token = tampered(provider.draft_access_token(), without_kid);
    verifier(&provider).verify(&token).await.unwrap();
}

#[tokio::test]
async fn a_key_without_alg_is_accepted_but_not_an_encryption_key() {
    for (jwk, is_accepted) in [
        (json!({"alg": null, "use": null}), true),
        (json!({"use": "enc"}), false),
        (json!({"alg": "ES256"}), false),
    ] {
        let provider = TestProvider::start().await;
        provider.state().jwk = object(jwk.clone());
        let result = verifier(&provider)
            .verify(&provider.draft_access_token().sign())
            .await;
        assert_eq!(result.is_ok(), is_accepted, "{jwk}: {result:?}");
    }
}

#[tokio::test]
async fn a_cached_token_outlives_its_key_for_at_most_a_minute() {
    let provider = TestProvider::start().await;
    let clock = TestClock::new();
    let verifier = verifier(&provider).with_clock(clock.clone());
    let token = provider.draft_access_token().sign();
    verifier.verify(&token).await.unwrap();
    provider.state().keys = vec![ProviderKey::new("key-2", 2)];
    // Fetches the new keys.
    verifier
        .verify(&provider.draft_access_token().sign())
        .await
        .unwrap();
    clock.advance(Duration::from_secs(59));
    assert!(verifier.verify(&token).await.is_ok());
    clock.advance(Duration::from_secs(1));
    let result = verifier.verify(&token).await;
    assert!(matches!(result, Err(Rejected::Invalid(_))), "{result:?}");
}

#[tokio::test]
async fn a_cached_token_still_expires() {
    let provider = TestProvider::start().await;
    let clock = TestClock::new();
    let verifier = verifier(&provider).with_clock(clock.clone());
    let soon = from_now("exp", -MINUTE + 10);
    let token = tampered(provider.draft_access_token(), soon);
    verifier.verify(&token).await.unwrap();
    clock.advance(Duration::from_secs(20));
    let result = verifier.verify(&token).await;
    assert!(matches!(result, Err(Rejected::Expired)), "{result:?}");
}

#[tokio::test]
async fn a_token_cached_for_one_api_is_refused_by_another() {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    let token = provider.draft_access_token().sign();
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
async fn an_unreachable_provider_does_not_make_a_token_invalid() {
    let provider = TestProvider::start().await;
    let verifier = verifier(&provider);
    provider.fail(JWKS, 503, "{}");
    let token = provider.draft_access_token().sign();
    let result = verifier.verify(&token).await;
    assert!(
        matches!(result, Err(Rejected::Unavailable(_))),
        "{result:?}"
    );
    // Checks without a key still work.
    assert!(matches!(
        verifier.verify("rubbish").await,
        Err(Rejected::Malformed)
    ));
}
