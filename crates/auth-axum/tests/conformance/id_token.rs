//! ID tokens: the modules of the basic plan, and forged signatures.

use auth_testkit::{
    CLIENT_ID, ProviderKey, TestProvider, object,
    signing::{claim, header, rs256_jwk},
};
use serde_json::{Value, json};

use super::row::{
    Row,
    Verdict::{Accept, Reject},
};

const MINUTE: i64 = 60;

pub(crate) fn rows() -> Vec<Row> {
    [basic(), signatures(), forged(), times()]
        .into_iter()
        .flatten()
        .collect()
}

fn basic() -> Vec<Row> {
    [
        Row::sign_in("oidcc-client-test", "answers as it should", Accept, |_| {}),
        Row::id_token(
            "invalid-iss",
            "the ID token has another `iss`",
            Reject,
            claim_of("iss", json!("https://evil.test/oidc")),
        ),
        Row::id_token(
            "missing-sub",
            "the ID token has no `sub`",
            Reject,
            claim_of("sub", Value::Null),
        ),
        Row::id_token(
            "invalid-aud",
            "the ID token is for another client",
            Reject,
            claim_of("aud", json!("another-client")),
        ),
        Row::id_token(
            "invalid-aud",
            "the ID token is for this client and another",
            Reject,
            claim_of("aud", json!([CLIENT_ID, "another-client"])),
        ),
        Row::id_token(
            "missing-iat",
            "the ID token has no `iat`",
            Reject,
            claim_of("iat", Value::Null),
        ),
        Row::id_token(
            "nonce-invalid",
            "the ID token has the `nonce` of another sign-in",
            Reject,
            claim_of("nonce", json!("another-nonce")),
        ),
        Row::id_token(
            "nonce-invalid",
            "the ID token has no `nonce`",
            Reject,
            claim_of("nonce", Value::Null),
        ),
        Row::id_token(
            "invalid-athash",
            "`at_hash` is that of another access token",
            Reject,
            claim_of("at_hash", json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")),
        ),
        Row::id_token(
            "missing-athash",
            "no `at_hash`",
            Accept,
            claim_of("at_hash", Value::Null),
        ),
        Row::id_token(
            "kid-absent-single-jwks",
            "no `kid` in the token, one key",
            Accept,
            header_of("kid", Value::Null),
        ),
        Row::sign_in(
            "kid-absent-multiple-jwks",
            "no `kid` in the token, two keys",
            Reject,
            |provider| {
                provider.state().keys.push(ProviderKey::new("key-2", 2));
                provider.tamper(header("kid", Value::Null));
            },
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The same change for each of several providers.
fn claim_of(
    name: &'static str,
    value: Value,
) -> impl Fn(&mut auth_testkit::TokenDraft) + Clone + Send + 'static {
    move |draft| claim(name, value.clone())(draft)
}

fn header_of(
    name: &'static str,
    value: Value,
) -> impl Fn(&mut auth_testkit::TokenDraft) + Clone + Send + 'static {
    move |draft| header(name, value.clone())(draft)
}

/// Makes the provider sign with RS256, with the key that its JWKS shows or another.
fn sign_with_rsa(provider: &TestProvider, seed: u8) {
    let mut state = provider.state();
    state.jwk = rs256_jwk();
    state.discovery = object(json!({"id_token_signing_alg_values_supported": ["RS256"]}));
    drop(state);
    provider.tamper(move |draft| {
        draft.header.insert("alg".to_owned(), json!("RS256"));
        // It is a hash for ES384.
        draft.claims.remove("at_hash");
        draft.key = Some(seed);
    });
}

fn signatures() -> Vec<Row> {
    [
        Row::sign_in(
            "idtoken-sig-rs256",
            "signs with RS256",
            Accept,
            |provider| {
                sign_with_rsa(provider, 1);
            },
        ),
        Row::sign_in(
            "invalid-sig-rs256",
            "signs with another RSA key",
            Reject,
            |provider| {
                sign_with_rsa(provider, 2);
            },
        ),
        Row::id_token(
            "idtoken-sig-none",
            "`alg` is none, no signature",
            Reject,
            |draft| {
                draft.header.insert("alg".to_owned(), json!("none"));
                draft.key = None;
            },
        ),
        Row::sign_in(
            "idtoken-sig-none",
            "the same, and discovery lists none",
            Reject,
            |provider| {
                provider.state().discovery =
                    object(json!({"id_token_signing_alg_values_supported": ["none", "ES384"]}));
                provider.tamper(|draft| {
                    draft.header.insert("alg".to_owned(), json!("none"));
                    draft.key = None;
                });
            },
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn forged() -> Vec<Row> {
    let hs256 = |draft: &mut auth_testkit::TokenDraft| {
        draft.header.insert("alg".to_owned(), json!("HS256"));
        draft.claims.remove("at_hash");
    };
    [
        Row::id_token("HS256", "signs with the client's secret", Reject, hs256),
        Row::sign_in(
            "HS256",
            "the same, and discovery lists HS256",
            Reject,
            move |provider| {
                provider.state().discovery =
                    object(json!({"id_token_signing_alg_values_supported": ["HS256", "ES384"]}));
                provider.tamper(hs256);
            },
        ),
        Row::id_token(
            "foreign key",
            "another key, under the right `kid`",
            Reject,
            |draft| {
                draft.key = Some(9);
            },
        ),
        Row::id_token("foreign key", "no signature", Reject, |draft| {
            draft.key = None;
        }),
        Row::id_token(
            "foreign key",
            "a `kid` that no key has",
            Reject,
            header_of("kid", json!("forged")),
        ),
        Row::id_token(
            "foreign key",
            "the key is in the token (`jwk`)",
            Reject,
            |draft| {
                draft
                    .header
                    .insert("jwk".to_owned(), json!({"kty": "EC", "crv": "P-384"}));
                draft.key = Some(9);
            },
        ),
        Row::id_token(
            "foreign key",
            "the address of the keys is in the token (`jku`)",
            Reject,
            |draft| {
                draft
                    .header
                    .insert("jku".to_owned(), json!("https://evil.test/jwks"));
                draft.key = Some(9);
            },
        ),
        Row::id_token(
            "crit",
            "`crit` names an extension",
            Reject,
            header_of("crit", json!(["exp"])),
        ),
        Row::id_token(
            "crit",
            "`crit` is empty",
            Reject,
            header_of("crit", json!([])),
        ),
        Row::id_token(
            "ES512",
            "`alg` is ES512",
            Reject,
            header_of("alg", json!("ES512")),
        ),
        Row::sign_in(
            "ES512",
            "only ES512, in discovery and keys",
            Reject,
            |provider| {
                let mut state = provider.state();
                state.discovery =
                    object(json!({"id_token_signing_alg_values_supported": ["ES512"]}));
                state.jwk = object(json!({"alg": "ES512", "crv": "P-521"}));
                drop(state);
                provider.tamper(header("alg", json!("ES512")));
            },
        ),
        Row::sign_in(
            "key without alg",
            "the key has no `alg`",
            Accept,
            |provider| {
                provider.state().jwk = object(json!({"alg": null}));
            },
        ),
        Row::sign_in(
            "key without alg",
            "the key has neither `alg` nor `use`",
            Accept,
            |provider| {
                provider.state().jwk = object(json!({"alg": null, "use": null}));
            },
        ),
        Row::sign_in(
            "key without alg",
            "the key is for encryption",
            Reject,
            |provider| {
                provider.state().jwk = object(json!({"use": "enc"}));
            },
        ),
        Row::id_token(
            "token confusion",
            "an access token in the place of the ID token",
            Reject,
            header_of("typ", json!("at+jwt")),
        ),
        Row::id_token(
            "token confusion",
            "a logout token in the place of the ID token",
            Reject,
            header_of("typ", json!("logout+jwt")),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The clock of application and provider stands still.
fn times() -> Vec<Row> {
    [
        ("exp", -2 * MINUTE, Reject, "expired two minutes ago"),
        ("exp", -MINUTE / 2, Accept, "expired half a minute ago"),
        ("iat", 2 * MINUTE, Reject, "is issued in two minutes"),
        ("iat", MINUTE / 2, Accept, "is issued in half a minute"),
        ("iat", -24 * 60 * MINUTE, Reject, "was issued a day ago"),
        ("nbf", 2 * MINUTE, Reject, "is valid in two minutes"),
    ]
    .into_iter()
    .flat_map(|(name, by, expected, what)| {
        Row::id_token(
            "clock",
            format!("the ID token {what}"),
            expected,
            move |draft| {
                let now = draft.claims["iat"].as_i64().unwrap();
                draft.claims.insert(name.to_owned(), json!(now + by));
            },
        )
    })
    .collect()
}
