//! Access tokens: the checks of RFC 9068 §4 and RFC 8725.

use auth_core::{AccessTokenRejected as Rejected, AccessTokenVerifier, AuthError};
use auth_testkit::{
    CLIENT_ID, LOGOUT_EVENT, RESOURCE, SUB, TestProvider, TokenDraft, auth,
    signing::{claim, from_now, header, public_key},
};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

const MINUTE: i64 = 60;
type Tamper = Box<dyn Fn(&mut TokenDraft) + Send>;

fn verifier(provider: &TestProvider) -> AccessTokenVerifier {
    AccessTokenVerifier::new(&provider.issuer(), RESOURCE).unwrap()
}

fn tampered(mut draft: TokenDraft, tamper: &Tamper) -> String {
    tamper(&mut draft);
    draft.sign()
}

#[tokio::test]
async fn a_valid_token_identifies_the_caller() {
    let provider = TestProvider::start().await;
    let mut draft = provider.draft_access_token();
    draft.claims.insert("roles".to_owned(), json!(["shopper"]));
    let token = verifier(&provider).verify(&draft.sign()).await.unwrap();
    assert_eq!(token.sub(), SUB);
    assert_eq!(token.client_id(), Some(CLIENT_ID));
    assert_eq!(token.scope(), ["read", "write"]);
    assert!(token.has_scope("read") && !token.has_scope("read write") && !token.has_scope(""));
    assert_eq!(token.organization_id(), None);
    assert_eq!(token.jti(), Some("token-1"));
    assert_eq!(
        json!(token.issued_at().unix_timestamp()),
        draft.claims["iat"]
    );
    assert_eq!(
        json!(token.expires_at().unix_timestamp()),
        draft.claims["exp"]
    );
    assert_eq!(*token.claims(), draft.claims);

    #[derive(Deserialize)]
    struct Custom {
        roles: Vec<String>,
    }
    assert_eq!(token.custom::<Custom>().unwrap().roles, ["shopper"]);
    assert!(token.custom::<Vec<String>>().is_err());
    assert!(!format!("{token:?}").contains(SUB));
}

#[tokio::test]
async fn a_valid_token_is_accepted() {
    let provider = TestProvider::start().await;
    let verifier = verifier(&provider);
    let cases: Vec<(&str, Tamper)> = vec![
        ("as Logto makes it", Box::new(|_| {})),
        (
            "typ in full",
            Box::new(header("typ", json!("application/at+jwt"))),
        ),
        ("typ in capitals", Box::new(header("typ", json!("AT+JWT")))),
        ("kid absent, one key", Box::new(header("kid", Value::Null))),
        (
            "aud a list",
            Box::new(claim("aud", json!(["urn:another", RESOURCE]))),
        ),
        ("without permissions", Box::new(claim("scope", json!("")))),
        ("without scope", Box::new(claim("scope", Value::Null))),
        (
            "past within the leeway",
            Box::new(from_now("exp", -MINUTE / 2)),
        ),
        (
            "issued ahead within the leeway",
            Box::new(from_now("iat", MINUTE / 2)),
        ),
        (
            "nbf within the leeway",
            Box::new(from_now("nbf", MINUTE / 2)),
        ),
        (
            "times with fractions",
            Box::new(claim("exp", json!(4_000_000_000.5))),
        ),
    ];
    for (name, tamper) in cases {
        let result = verifier
            .verify(&tampered(provider.draft_access_token(), &tamper))
            .await;
        assert!(result.is_ok(), "{name}: {result:?}");
    }
}

#[tokio::test]
async fn an_invalid_token_is_refused() {
    let provider = TestProvider::start().await;
    let verifier = verifier(&provider);
    let malformed: Vec<(&str, Tamper)> = vec![
        (
            "alg none",
            Box::new(|draft| {
                draft.header.insert("alg".to_owned(), json!("none"));
                draft.key = None;
            }),
        ),
        (
            "HS256 with the client's secret",
            Box::new(header("alg", json!("HS256"))),
        ),
        ("alg unknown", Box::new(header("alg", json!("XS1")))),
        ("alg missing", Box::new(header("alg", Value::Null))),
        (
            "crit with an unknown extension",
            Box::new(header("crit", json!(["exp"]))),
        ),
        ("crit empty", Box::new(header("crit", json!([])))),
        ("a JWT within a JWT", Box::new(header("cty", json!("JWT")))),
        (
            "too long",
            Box::new(claim("filler", json!("x".repeat(16 * 1024)))),
        ),
    ];
    for (name, tamper) in malformed {
        let result = verifier
            .verify(&tampered(provider.draft_access_token(), &tamper))
            .await;
        assert!(
            matches!(result, Err(Rejected::Malformed)),
            "{name}: {result:?}"
        );
    }
    let invalid: Vec<(&str, Tamper)> = vec![
        ("not signed", Box::new(|draft| draft.key = None)),
        (
            "signed with another key",
            Box::new(|draft| draft.key = Some(9)),
        ),
        ("kid unknown", Box::new(header("kid", json!("another-key")))),
        (
            "an algorithm that no key has",
            Box::new(header("alg", json!("RS256"))),
        ),
        (
            "an algorithm of another curve",
            Box::new(header("alg", json!("ES256"))),
        ),
        ("without typ", Box::new(header("typ", Value::Null))),
        (
            "an ID token (typ JWT)",
            Box::new(header("typ", json!("JWT"))),
        ),
        (
            "a logout token",
            Box::new(header("typ", json!("logout+jwt"))),
        ),
        (
            "iss another",
            Box::new(claim("iss", json!("https://evil.test/oidc"))),
        ),
        ("iss missing", Box::new(claim("iss", Value::Null))),
        (
            "aud another",
            Box::new(claim("aud", json!("https://another.test/api"))),
        ),
        ("aud the resource with more", {
            Box::new(claim("aud", json!(format!("{RESOURCE}/more"))))
        }),
        ("aud the client", Box::new(claim("aud", json!(CLIENT_ID)))),
        ("aud missing", Box::new(claim("aud", Value::Null))),
        (
            "aud an organization",
            Box::new(claim("aud", json!("urn:logto:organization:o1"))),
        ),
        ("exp missing", Box::new(claim("exp", Value::Null))),
        ("exp no number", Box::new(claim("exp", json!("soon")))),
        ("iat missing", Box::new(claim("iat", Value::Null))),
        ("iat in the future", Box::new(from_now("iat", 2 * MINUTE))),
        ("nbf in the future", Box::new(from_now("nbf", 2 * MINUTE))),
        ("nbf no number", Box::new(claim("nbf", json!("soon")))),
        ("sub missing", Box::new(claim("sub", Value::Null))),
        ("sub empty", Box::new(claim("sub", json!("")))),
        ("sub no text", Box::new(claim("sub", json!(1)))),
        ("scope a list", Box::new(claim("scope", json!(["read"])))),
        ("client_id no text", Box::new(claim("client_id", json!(1)))),
    ];
    for (name, tamper) in invalid {
        let result = verifier
            .verify(&tampered(provider.draft_access_token(), &tamper))
            .await;
        assert!(
            matches!(result, Err(Rejected::Invalid(_))),
            "{name}: {result:?}"
        );
    }
    // A signature costs the most, so that of an expired token is not verified.
    for is_forged in [false, true] {
        let expired: Tamper = Box::new(move |draft| {
            from_now("exp", -2 * MINUTE)(draft);
            if is_forged {
                draft.key = Some(9);
            }
        });
        let token = tampered(provider.draft_access_token(), &expired);
        let result = verifier.verify(&token).await;
        assert!(matches!(result, Err(Rejected::Expired)), "{result:?}");
    }
}

#[tokio::test]
async fn hs256_with_the_public_key_is_refused() {
    let provider = TestProvider::start().await;
    let mut draft = provider.draft_access_token();
    draft.header.insert("alg".to_owned(), json!("HS256"));
    let token = draft.sign_with_secret(&public_key(1));
    let result = verifier(&provider).verify(&token).await;
    assert!(matches!(result, Err(Rejected::Malformed)), "{result:?}");
}

#[tokio::test]
async fn access_and_logout_tokens_are_not_interchangeable() {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    let verifier = auth.access_token_verifier(CLIENT_ID);
    // Valid except for its type.
    let mut logout = provider.draft_logout_token();
    let now = provider.state().now();
    logout.claims.insert("exp".to_owned(), json!(now + 60));
    assert!(auth.verify_logout_token(&logout.sign()).await.is_ok());
    let result = verifier.verify(&logout.sign()).await;
    assert!(matches!(result, Err(Rejected::Invalid(_))), "{result:?}");

    let mut access = provider.draft_access_token();
    access.claims.insert("aud".to_owned(), json!(CLIENT_ID));
    access
        .claims
        .insert("events".to_owned(), json!({LOGOUT_EVENT: {}}));
    assert!(verifier.verify(&access.sign()).await.is_ok());
    let result = auth.verify_logout_token(&access.sign()).await;
    assert!(
        matches!(result, Err(AuthError::InvalidLogoutToken(_))),
        "{result:?}"
    );
}

#[tokio::test]
async fn organization_tokens_name_their_organization() {
    let provider = TestProvider::start().await;
    let verifier = AccessTokenVerifier::for_organizations(&provider.issuer()).unwrap();
    let audience = |aud: Value| -> Tamper { Box::new(claim("aud", aud)) };
    let own = tampered(
        provider.draft_access_token(),
        &audience(json!("urn:logto:organization:o1")),
    );
    let token = verifier.verify(&own).await.unwrap();
    assert_eq!(token.organization_id(), Some("o1"));
    let shared = auth(&provider).organization_token_verifier();
    assert!(shared.verify(&own).await.is_ok());
    for (name, aud) in [
        ("an API", json!(RESOURCE)),
        ("no organization", json!("urn:logto:organization:")),
        (
            "all organizations",
            json!("urn:logto:resource:organizations"),
        ),
        (
            "two",
            json!(["urn:logto:organization:o1", "urn:logto:organization:o2"]),
        ),
    ] {
        let result = verifier
            .verify(&tampered(provider.draft_access_token(), &audience(aud)))
            .await;
        assert!(
            matches!(result, Err(Rejected::Invalid(_))),
            "{name}: {result:?}"
        );
    }
    let mut both = provider.draft_access_token();
    both.claims
        .insert("aud".to_owned(), json!("urn:logto:organization:o1"));
    both.claims
        .insert("organization_id".to_owned(), json!("o2"));
    let result = verifier.verify(&both.sign()).await;
    assert!(matches!(result, Err(Rejected::Invalid(_))), "{result:?}");
}

#[tokio::test]
async fn a_token_for_an_api_within_an_organization_is_rejected_unless_accepted() {
    let provider = TestProvider::start().await;
    let within: Tamper = Box::new(claim("organization_id", json!("o1")));
    let token = tampered(provider.draft_access_token(), &within);
    let strict = verifier(&provider);
    let accepting = strict.clone().within_organizations();
    // The clones share what they remember, and still differ.
    for _ in 0..2 {
        let result = strict.verify(&token).await;
        assert!(
            matches!(result, Err(Rejected::WithinOrganization)),
            "{result:?}"
        );
        let token = accepting.verify(&token).await.unwrap();
        assert_eq!(token.organization_id(), Some("o1"));
    }
    let plain = provider.draft_access_token().sign();
    assert!(accepting.verify(&plain).await.is_ok());
}

#[tokio::test]
async fn an_invalid_issuer_is_refused() {
    for issuer in [
        "",
        "tenant.logto.app",
        "http://tenant.logto.app/oidc",
        "https://tenant.logto.app/oidc?tenant=1",
        "https://tenant.logto.app/oidc#tenant",
    ] {
        let result = AccessTokenVerifier::new(issuer, RESOURCE);
        assert!(
            matches!(result, Err(AuthError::InvalidIssuer(_))),
            "{issuer}: {result:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Arbitrary text is malformed, without a panic and without a request to the
    /// provider, which is down here.
    #[test]
    fn arbitrary_text_is_malformed(token in "\\PC{0,300}|[A-Za-z0-9_-]{0,80}(\\.[A-Za-z0-9_-]{0,80}){0,4}") {
        let verifier = AccessTokenVerifier::new("http://127.0.0.1:9/oidc", RESOURCE).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let result = runtime.block_on(verifier.verify(&token));
        prop_assert!(matches!(result, Err(Rejected::Malformed)), "{:?}", result);
    }
}
