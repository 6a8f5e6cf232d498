//! Logout tokens: the checks of OpenID Connect Back-Channel Logout 1.0 §2.6, and
//! the modules of the OpenID conformance suite about logout tokens.

use auth_core::{Auth, AuthError, ErrorKind, LogoutToken};
use auth_testkit::{
    CLIENT_ID, LOGOUT_EVENT, ProviderKey, SUB, TestProvider, TokenDraft, auth, object,
    signing::{claim, from_now, header, public_key},
    steps::signed_in,
};
use proptest::prelude::*;
use serde_json::{Value, json};

const MINUTE: i64 = 60;
type Tamper = Box<dyn Fn(&mut TokenDraft) + Send>;

fn tampered(draft: TokenDraft, tamper: &Tamper) -> TokenDraft {
    let mut draft = draft;
    tamper(&mut draft);
    draft
}

async fn verify(auth: &Auth, draft: &TokenDraft) -> Result<LogoutToken, AuthError> {
    auth.verify_logout_token(&draft.sign()).await
}

#[tokio::test]
async fn a_valid_token_is_accepted() {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    let draft = provider.draft_logout_token();
    let token = verify(&auth, &draft).await.unwrap();
    assert_eq!(token.sub.as_deref(), Some(SUB));
    assert_eq!(token.sid.as_deref(), Some("sid-1"));
    assert_eq!(token.jti, "logout-1");
    assert_eq!(json!(token.issued_at.unix_timestamp()), draft.claims["iat"]);

    let cases: Vec<(&str, Tamper)> = vec![
        ("exp, as Logto 1.42", Box::new(from_now("exp", 2 * MINUTE))),
        (
            "exp past within the leeway",
            Box::new(from_now("exp", -MINUTE / 2)),
        ),
        (
            "iat ahead within the leeway",
            Box::new(from_now("iat", MINUTE / 2)),
        ),
        (
            "iat nine minutes ago",
            Box::new(from_now("iat", -9 * MINUTE)),
        ),
        (
            "nbf within the leeway",
            Box::new(from_now("nbf", MINUTE / 2)),
        ),
        (
            "aud a list",
            Box::new(claim("aud", json!(["another", CLIENT_ID]))),
        ),
        ("sid only", Box::new(claim("sub", Value::Null))),
        ("sub only", Box::new(claim("sid", Value::Null))),
        (
            "sub of 255 characters",
            Box::new(claim("sub", json!("x".repeat(255)))),
        ),
        ("without typ", Box::new(header("typ", Value::Null))),
        (
            "typ in capitals",
            Box::new(header("typ", json!("Logout+JWT"))),
        ),
        (
            "typ in full",
            Box::new(header("typ", json!("application/logout+jwt"))),
        ),
        ("kid absent, one key", Box::new(header("kid", Value::Null))),
        (
            "an event more",
            Box::new(claim("events", json!({LOGOUT_EVENT: {}, "urn:b": {}}))),
        ),
    ];
    for (name, tamper) in cases {
        let result = verify(&auth, &tampered(provider.draft_logout_token(), &tamper)).await;
        assert!(result.is_ok(), "{name}: {result:?}");
    }
}

#[tokio::test]
async fn an_invalid_token_is_refused() {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    let cases: Vec<(&str, Tamper)> = vec![
        // From the conformance suite.
        (
            "alg-none",
            Box::new(|draft| {
                draft.header.insert("alg".to_owned(), json!("none"));
                draft.key = None;
            }),
        ),
        ("no-event", Box::new(claim("events", Value::Null))),
        ("with-nonce", Box::new(claim("nonce", json!("a nonce")))),
        ("wrong-alg", Box::new(header("alg", json!("RS256")))),
        ("wrong-aud", Box::new(claim("aud", json!("another-client")))),
        (
            "wrong-event",
            Box::new(claim("events", json!({"urn:another": {}}))),
        ),
        (
            "wrong-iss",
            Box::new(claim("iss", json!("https://evil.test/oidc"))),
        ),
        // From RFC 8725, and the other checks of §2.6.
        (
            "HS256 with the client's secret",
            Box::new(header("alg", json!("HS256"))),
        ),
        ("alg unknown", Box::new(header("alg", json!("XS1")))),
        ("alg missing", Box::new(header("alg", Value::Null))),
        ("not signed", Box::new(|draft| draft.key = None)),
        (
            "signed with another key",
            Box::new(|draft| draft.key = Some(9)),
        ),
        ("kid unknown", Box::new(header("kid", json!("another-key")))),
        ("kid no text", Box::new(header("kid", json!(1)))),
        (
            "an ID token (typ JWT)",
            Box::new(header("typ", json!("JWT"))),
        ),
        ("an access token", Box::new(header("typ", json!("at+jwt")))),
        (
            "typ in another tree",
            Box::new(header("typ", json!("application/x/logout+jwt"))),
        ),
        ("crit", Box::new(header("crit", json!(["exp"])))),
        (
            "crit null",
            Box::new(|draft| drop(draft.header.insert("crit".to_owned(), Value::Null))),
        ),
        ("iss with a slash more", {
            let issuer = format!("{}/", provider.issuer());
            Box::new(claim("iss", json!(issuer)))
        }),
        ("iss missing", Box::new(claim("iss", Value::Null))),
        ("aud missing", Box::new(claim("aud", Value::Null))),
        ("aud empty", Box::new(claim("aud", json!([])))),
        (
            "aud a list with a number",
            Box::new(claim("aud", json!([1, CLIENT_ID]))),
        ),
        (
            "aud an object",
            Box::new(claim("aud", json!({CLIENT_ID: true}))),
        ),
        ("iat missing", Box::new(claim("iat", Value::Null))),
        ("iat no number", Box::new(claim("iat", json!("now")))),
        ("iat in the future", Box::new(from_now("iat", 2 * MINUTE))),
        (
            "iat eleven minutes ago",
            Box::new(from_now("iat", -11 * MINUTE)),
        ),
        ("iat beyond all time", Box::new(claim("iat", json!(1e300)))),
        ("exp past", Box::new(from_now("exp", -2 * MINUTE))),
        ("exp no number", Box::new(claim("exp", json!("soon")))),
        ("nbf in the future", Box::new(from_now("nbf", 2 * MINUTE))),
        (
            "events a list",
            Box::new(claim("events", json!([LOGOUT_EVENT]))),
        ),
        (
            "event no object",
            Box::new(claim("events", json!({LOGOUT_EVENT: true}))),
        ),
        (
            "nonce null",
            Box::new(|draft| drop(draft.claims.insert("nonce".to_owned(), Value::Null))),
        ),
        (
            "neither sub nor sid",
            Box::new(|draft| {
                draft.claims.remove("sub");
                draft.claims.remove("sid");
            }),
        ),
        ("sub empty", Box::new(claim("sub", json!("")))),
        (
            "sub too long",
            Box::new(claim("sub", json!("x".repeat(256)))),
        ),
        ("sid empty", Box::new(claim("sid", json!("")))),
        ("sid no text", Box::new(claim("sid", json!(7)))),
        ("jti missing", Box::new(claim("jti", Value::Null))),
        ("jti empty", Box::new(claim("jti", json!("")))),
        (
            "too long",
            Box::new(claim("filler", json!("x".repeat(16 * 1024)))),
        ),
    ];
    for (name, tamper) in cases {
        let result = verify(&auth, &tampered(provider.draft_logout_token(), &tamper)).await;
        let Err(error @ AuthError::InvalidLogoutToken(_)) = result else {
            panic!("{name}: {result:?}");
        };
        assert_eq!(error.kind(), ErrorKind::ProviderError, "{name}");
    }
}

#[tokio::test]
async fn hs256_with_the_public_key_is_refused() {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    // The algorithm is refused even if the discovery document lists it.
    provider.state().discovery = object(json!({
        "id_token_signing_alg_values_supported": ["HS256", "ES384", "none"],
    }));
    let mut draft = provider.draft_logout_token();
    draft.header.insert("alg".to_owned(), json!("HS256"));
    let token = draft.sign_with_secret(&public_key(1));
    let result = auth.verify_logout_token(&token).await;
    assert!(
        matches!(result, Err(AuthError::InvalidLogoutToken(_))),
        "{result:?}"
    );
}

#[tokio::test]
async fn a_key_for_another_use_or_algorithm_is_refused() {
    let cases = [
        ("for encryption", json!({"use": "enc"})),
        ("of another algorithm", json!({"alg": "ES256"})),
        ("of an encryption algorithm", json!({"alg": "ECDH-ES"})),
    ];
    for (name, jwk) in cases {
        let provider = TestProvider::start().await;
        provider.state().jwk = object(jwk);
        let result = verify(&auth(&provider), &provider.draft_logout_token()).await;
        assert!(
            matches!(result, Err(AuthError::InvalidLogoutToken(_))),
            "{name}: {result:?}"
        );
    }
}

#[tokio::test]
async fn an_unreachable_provider_does_not_make_a_token_invalid() {
    let provider = TestProvider::start().await;
    provider.fail("/oidc/jwks", 503, "{}");
    let result = verify(&auth(&provider), &provider.draft_logout_token()).await;
    assert!(
        matches!(result, Err(AuthError::Unreachable { .. })),
        "{result:?}"
    );
}

#[tokio::test]
async fn malformed_tokens_are_refused() {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    let right = provider.draft_logout_token().sign();
    for token in [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        "e30.e30.",
        "ö.ö.ö",
        "\u{0}",
        &format!("{right}."),
        &format!("{right}="),
        &format!(" {right}"),
        &right.to_lowercase(),
    ] {
        let result = auth.verify_logout_token(token).await;
        assert!(
            matches!(result, Err(AuthError::InvalidLogoutToken(_))),
            "{token:?}: {result:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// A valid token with one changed character is refused, without a panic.
    #[test]
    fn a_token_with_one_changed_character_is_refused(at in 0..400_usize, to in any::<char>()) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (right, changed, result) = runtime.block_on(async {
            let provider = TestProvider::start().await;
            let right = provider.draft_logout_token().sign();
            let mut changed: Vec<char> = right.chars().collect();
            let at = at % changed.len();
            changed[at] = to;
            let changed: String = changed.into_iter().collect();
            let result = auth(&provider).verify_logout_token(&changed).await;
            (right, changed, result)
        });
        prop_assert_eq!(result.is_ok(), right == changed);
    }
}

#[tokio::test]
async fn a_forged_logout_token_does_not_delay_new_keys_for_sign_ins() {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    signed_in(&auth, &provider).await;
    let mut unknown = provider.draft_logout_token();
    unknown
        .header
        .insert("kid".to_owned(), json!("a key of nobody's"));
    verify(&auth, &unknown).await.unwrap_err();
    provider.state().keys = vec![ProviderKey::new("key-2", 2)];
    signed_in(&auth, &provider).await;
}
