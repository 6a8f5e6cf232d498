//! ID tokens: the checks of OpenID Connect Core §3.1.3.7, and the relying-party
//! modules of the OpenID conformance suite about ID tokens.

use auth_core::AuthError;
use auth_testkit::{
    CLIENT_ID, CookieJar, ProviderKey, SUB, TestProvider, TokenDraft, auth, object,
    signing::{claim, from_now, header},
    steps::{begin, complete},
};
use serde_json::{Value, json};

const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * MINUTE;

async fn sign_in(provider: &TestProvider) -> Result<(), AuthError> {
    let auth = auth(provider);
    let mut browser = CookieJar::default();
    let url = begin(&auth, &mut browser, "/").await;
    complete(&auth, &mut browser, &provider.authorize(&url))
        .await
        .map(|completed| assert_eq!(completed.session.user.id, SUB))
        .map_err(|failure| failure.error)
}

type Tamper = Box<dyn Fn(&mut TokenDraft) + Send>;

#[tokio::test]
async fn a_valid_token_is_accepted() {
    let cases: Vec<(&str, Tamper)> = vec![
        ("as Logto 1.37 makes it", Box::new(|_| {})),
        (
            "without typ, as Logto 1.42",
            Box::new(header("typ", Value::Null)),
        ),
        (
            "without at_hash, as Logto 1.42",
            Box::new(claim("at_hash", Value::Null)),
        ),
        ("kid absent, one key", Box::new(header("kid", Value::Null))),
        ("aud a list", Box::new(claim("aud", json!([CLIENT_ID])))),
        (
            "azp is this client",
            Box::new(claim("azp", json!(CLIENT_ID))),
        ),
        (
            "expired within the leeway",
            Box::new(from_now("exp", -MINUTE / 2)),
        ),
        (
            "issued ahead within the leeway",
            Box::new(from_now("iat", MINUTE / 2)),
        ),
        (
            "issued before the request within the leeway",
            Box::new(from_now("iat", -MINUTE / 2)),
        ),
        (
            "nbf within the leeway",
            Box::new(from_now("nbf", MINUTE / 2)),
        ),
    ];
    for (name, tamper) in cases {
        let provider = TestProvider::start().await;
        provider.tamper(tamper);
        let result = sign_in(&provider).await;
        assert!(result.is_ok(), "{name}: {result:?}");
    }
}

#[tokio::test]
async fn an_invalid_token_is_refused() {
    let cases: Vec<(&str, Tamper)> = vec![
        (
            "iss another",
            Box::new(claim("iss", json!("https://evil.test/oidc"))),
        ),
        ("iss missing", Box::new(claim("iss", Value::Null))),
        (
            "aud another",
            Box::new(claim("aud", json!("another-client"))),
        ),
        ("aud missing", Box::new(claim("aud", Value::Null))),
        (
            "aud with one not trusted",
            Box::new(claim("aud", json!([CLIENT_ID, "another-client"]))),
        ),
        (
            "azp another",
            Box::new(claim("azp", json!("another-client"))),
        ),
        ("sub missing", Box::new(claim("sub", Value::Null))),
        ("sub empty", Box::new(claim("sub", json!("")))),
        (
            "sub too long",
            Box::new(claim("sub", json!("x".repeat(256)))),
        ),
        (
            "nonce another",
            Box::new(claim("nonce", json!("another-nonce"))),
        ),
        ("nonce missing", Box::new(claim("nonce", Value::Null))),
        ("exp past", Box::new(from_now("exp", -2 * MINUTE))),
        ("exp missing", Box::new(claim("exp", Value::Null))),
        ("iat in the future", Box::new(from_now("iat", DAY))),
        ("iat long ago", Box::new(from_now("iat", -DAY))),
        (
            "issued before the request",
            Box::new(from_now("iat", -2 * MINUTE)),
        ),
        ("iat missing", Box::new(claim("iat", Value::Null))),
        ("nbf in the future", Box::new(from_now("nbf", DAY))),
        ("nbf no number", Box::new(claim("nbf", json!("soon")))),
        (
            "at_hash wrong",
            Box::new(claim("at_hash", json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))),
        ),
        (
            "signed with another key",
            Box::new(|draft| draft.key = Some(9)),
        ),
        ("not signed", Box::new(|draft| draft.key = None)),
        (
            "alg none",
            Box::new(|draft| {
                draft.header.insert("alg".to_owned(), json!("none"));
                draft.key = None;
            }),
        ),
        (
            "alg HS256 with the client's secret",
            Box::new(header("alg", json!("HS256"))),
        ),
        ("kid unknown", Box::new(header("kid", json!("another-key")))),
        (
            "an access token (typ at+jwt)",
            Box::new(header("typ", json!("at+jwt"))),
        ),
        (
            "a logout token (typ logout+jwt)",
            Box::new(header("typ", json!("logout+jwt"))),
        ),
        (
            "crit with an unknown extension",
            Box::new(header("crit", json!(["exp"]))),
        ),
    ];
    for (name, tamper) in cases {
        let provider = TestProvider::start().await;
        provider.tamper(tamper);
        let result = sign_in(&provider).await;
        assert!(
            matches!(
                result,
                Err(AuthError::InvalidIdToken(_) | AuthError::InvalidAnswer(_))
            ),
            "{name}: {result:?}"
        );
    }
}

#[tokio::test]
async fn a_token_without_kid_is_refused_if_there_are_two_keys() {
    let provider = TestProvider::start().await;
    provider.state().keys.push(ProviderKey::new("key-2", 2));
    provider.tamper(header("kid", Value::Null));
    assert!(sign_in(&provider).await.is_err());
}

#[tokio::test]
async fn hs256_is_refused_even_if_discovery_lists_it() {
    let provider = TestProvider::start().await;
    provider.state().discovery = object(json!({
        "id_token_signing_alg_values_supported": ["HS256", "ES384", "none"],
    }));
    provider.tamper(|draft| {
        draft.header.insert("alg".to_owned(), json!("HS256"));
        // It is a hash for ES384, and would be a reason to refuse the token.
        draft.claims.remove("at_hash");
    });
    assert!(sign_in(&provider).await.is_err());
}

#[tokio::test]
async fn a_token_response_without_id_token_is_refused() {
    let provider = TestProvider::start().await;
    provider.state().token_response = object(json!({"id_token": null}));
    assert!(matches!(
        sign_in(&provider).await,
        Err(AuthError::InvalidAnswer(_))
    ));
}

#[tokio::test]
async fn a_key_without_alg_is_accepted() {
    let provider = TestProvider::start().await;
    provider.state().jwk = object(json!({"alg": null}));
    sign_in(&provider).await.unwrap();
}

#[tokio::test]
async fn an_algorithm_that_discovery_does_not_list_is_refused() {
    let provider = TestProvider::start().await;
    provider.state().discovery = object(json!({
        "id_token_signing_alg_values_supported": ["RS256"],
    }));
    assert!(matches!(
        sign_in(&provider).await,
        Err(AuthError::InvalidIdToken(_))
    ));
}
