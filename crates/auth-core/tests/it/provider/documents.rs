//! Discovery documents and key sets: only what is used has to be there, and what
//! cannot be used is named.

use auth_core::{Auth, AuthError, SignInOptions};
use auth_testkit::{CookieJar, TestProvider, auth, object, steps::signed_in};
use serde_json::{Value, json};

const DISCOVERY: &str = "/oidc/.well-known/openid-configuration";
const JWKS: &str = "/oidc/jwks";

async fn begin(auth: &Auth) -> Result<(), AuthError> {
    let browser = CookieJar::default();
    auth.begin_sign_in(&SignInOptions::new(), &browser.cookies())
        .await
        .map(drop)
}

#[tokio::test]
async fn only_what_is_used_has_to_be_there() {
    for changes in [
        json!({"subject_types_supported": null}),
        json!({"response_types_supported": null, "subject_types_supported": null}),
        json!({"response_types_supported": "code", "claims_supported": {"a": 1}}),
        json!({
            "id_token_signing_alg_values_supported": ["XS1", "ES384", 7],
            "token_endpoint_auth_methods_supported": [1],
            "scopes_supported": false,
            "registration_endpoint": "not a URL",
        }),
        json!({
            "userinfo_endpoint": null, "revocation_endpoint": null,
            "end_session_endpoint": null,
        }),
    ] {
        let provider = TestProvider::start().await;
        provider.state().discovery = object(changes);
        signed_in(&auth(&provider), &provider).await;
    }
}

#[tokio::test]
async fn what_is_used_is_named_if_it_is_missing_or_wrong() {
    for (changes, named) in [
        (json!({"issuer": null}), "names no issuer"),
        (
            json!({"issuer": "https://evil.test/oidc"}),
            "https://evil.test/oidc",
        ),
        (json!({"jwks_uri": null}), "jwks_uri"),
        (json!({"token_endpoint": null}), "token_endpoint"),
        (json!({"token_endpoint": 7}), "token_endpoint"),
        (
            json!({"authorization_endpoint": ""}),
            "authorization_endpoint",
        ),
        (json!({"userinfo_endpoint": "/me"}), "userinfo_endpoint"),
        (
            json!({"id_token_signing_alg_values_supported": "ES384"}),
            "id_token_signing_alg_values_supported",
        ),
    ] {
        let provider = TestProvider::start().await;
        provider.state().discovery = object(changes);
        let error = begin(&auth(&provider)).await.unwrap_err();
        assert!(matches!(error, AuthError::Discovery(_)), "{error:?}");
        assert!(error.to_string().contains(named), "{named}: {error}");
    }
}

#[tokio::test]
async fn a_page_in_place_of_the_document_is_named_with_its_content_type() {
    let provider = TestProvider::start().await;
    provider.fail(DISCOVERY, 200, "<h1>Welcome</h1>");
    let error = begin(&auth(&provider)).await.unwrap_err().to_string();
    for part in [
        "text/html",
        "status 200",
        "path of AUTH_LOGTO_ISSUER",
        "/oidc",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
}

#[tokio::test]
async fn keys_of_other_kinds_are_passed_over() {
    let provider = TestProvider::start().await;
    let key = auth_testkit::signing::public_key(1);
    let part = |part: &[u8]| {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(part)
    };
    let keys: Value = json!({"keys": [
        {"kty": "AKP", "alg": "ML-DSA-44", "kid": "key-1", "pub": "AAAA"},
        {"kty": 7},
        "key",
        {"kty": "EC", "crv": "P-384", "kid": "key-1", "alg": "ES384",
         "x": part(&key[1..49]), "y": part(&key[49..])},
    ]});
    provider.fail(JWKS, 200, &keys.to_string());
    signed_in(&auth(&provider), &provider).await;
    for (keys, named) in [("{}", "no list of keys"), ("[]", "not a JSON object")] {
        let provider = TestProvider::start().await;
        provider.fail(JWKS, 200, keys);
        let error = begin(&auth(&provider)).await.unwrap_err().to_string();
        assert!(error.contains(named), "{error}");
        assert!(error.contains("jwks_uri"), "{error}");
    }
}
