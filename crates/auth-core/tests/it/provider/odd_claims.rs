//! Claims of odd types: a claim that nobody checks refuses no sign-in and is kept
//! as it came; a claim that is checked has to be of its type.

use std::time::Duration;

use auth_core::{Auth, AuthError, Config, ConfigBuilder, MemoryStore, Session, SignInOptions};
use auth_testkit::{
    CLIENT_ID, CookieJar, TestApp, TestProvider, param, settings,
    signing::{claim, from_now, private_key_pem},
    steps::{begin_with, complete},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

fn config(provider: &TestProvider, change: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> Config {
    change(settings(provider, "http://localhost:3000"))
        .build()
        .unwrap()
}

async fn sign_in_with(
    provider: &TestProvider,
    config: Config,
    options: &SignInOptions,
) -> Result<Session, AuthError> {
    let auth = Auth::new(config, MemoryStore::new()).unwrap();
    let mut browser = CookieJar::default();
    let url = begin_with(&auth, &mut browser, options).await;
    complete(&auth, &mut browser, &provider.authorize(&url))
        .await
        .map(|completed| completed.session)
        .map_err(|failure| failure.error)
}

async fn sign_in(provider: &TestProvider) -> Result<Session, AuthError> {
    let config = config(provider, |settings| settings);
    sign_in_with(provider, config, &SignInOptions::new()).await
}

#[tokio::test]
async fn a_claim_about_the_user_refuses_no_sign_in_and_is_kept_as_it_came() {
    for (name, value) in [
        ("updated_at", json!("2026-01-01T00:00:00Z")),
        ("email_verified", json!("true")),
        ("phone_number", json!(12_025_550_143_i64)),
        ("address", json!("1 Example Street")),
        ("name", json!({"given": "Alice"})),
        ("email", json!(["alice@example.com"])),
        ("picture", json!(7)),
        ("roles", json!("shopper")),
        ("locale", json!(null)),
        ("unknown", json!([[{"deep": [1.0e300]}]])),
    ] {
        let provider = TestProvider::start().await;
        let set = value.clone();
        // Not `claim`: it removes a claim that is null.
        provider.tamper(move |draft| {
            draft.claims.insert(name.to_owned(), set.clone());
        });
        let session = sign_in(&provider).await.unwrap();
        assert_eq!(session.claims.get(name), Some(&value), "{name}");
        let typed = session.claims.deserialize::<auth_core::NoCustomClaims>();
        match typed {
            Err(error) => assert_eq!(error.claim, name),
            Ok(_) => assert!(value.is_null() || ["unknown", "updated_at"].contains(&name)),
        }
    }
}

#[tokio::test]
async fn a_single_method_of_authentication_may_be_a_string() {
    for (value, methods) in [
        (json!("pwd"), vec!["pwd"]),
        (json!(["pwd", "otp"]), vec!["pwd", "otp"]),
        (json!(["pwd", 7]), vec!["pwd"]),
        (json!(7), vec![]),
    ] {
        let provider = TestProvider::start().await;
        provider.tamper(claim("amr", value.clone()));
        let session = sign_in(&provider).await.unwrap();
        assert_eq!(session.amr, methods, "{value}");
    }
}

#[tokio::test]
async fn a_claim_of_the_protocol_has_to_be_of_its_type() {
    for (name, value) in [
        ("iss", json!(["https://logto.test/oidc"])),
        ("sub", json!(7)),
        ("sub", json!(["user-1"])),
        ("aud", json!({"client": true})),
        ("aud", json!([CLIENT_ID, 7])),
        ("aud", json!([])),
        ("azp", json!([CLIENT_ID])),
        ("nonce", json!(7)),
        ("at_hash", json!(7)),
        ("sid", json!(7)),
        ("sid", json!("")),
        ("sid", json!(["sid-1"])),
        ("acr", json!(0)),
        ("auth_time", json!("1700000000")),
        ("auth_time", json!(true)),
        ("exp", json!("4000000000")),
        ("exp", json!(1e300)),
        ("iat", json!("now")),
        ("nbf", json!([1])),
    ] {
        let provider = TestProvider::start().await;
        provider.tamper(claim(name, value.clone()));
        match sign_in(&provider).await {
            Err(AuthError::InvalidIdToken(reason)) => {
                assert!(reason.contains(name), "{name} {value}: {reason}");
            }
            other => panic!("{name} {value}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn null_is_an_absent_claim_and_not_enough_where_one_is_required() {
    for (name, is_enough) in [
        ("azp", true),
        ("at_hash", true),
        ("sid", true),
        ("acr", true),
        ("auth_time", true),
        ("nbf", true),
        ("nonce", false),
        ("sub", false),
        ("aud", false),
        ("exp", false),
        ("iat", false),
    ] {
        let provider = TestProvider::start().await;
        provider.tamper(move |draft| drop(draft.claims.insert(name.to_owned(), Value::Null)));
        let result = sign_in(&provider).await;
        assert_eq!(result.is_ok(), is_enough, "{name}: {result:?}");
    }
    for (name, options) in [
        (
            "auth_time",
            SignInOptions::new().max_age(Duration::from_secs(60)),
        ),
        ("acr", SignInOptions::new().acr_values(["urn:mfa"])),
    ] {
        let provider = TestProvider::start().await;
        provider.tamper(move |draft| drop(draft.claims.insert(name.to_owned(), Value::Null)));
        let config = config(&provider, |settings| settings);
        let result = sign_in_with(&provider, config, &options).await;
        assert!(result.is_err(), "{name}: {result:?}");
    }
}

/// Signs with the provider's key. No map can hold a member twice, so the payload is
/// a text.
fn sign(payload: &str) -> String {
    let key = EncodingKey::from_ec_pem(private_key_pem(1).as_bytes()).unwrap();
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let header = r#"{"alg":"ES384","kid":"key-1"}"#;
    let signed = format!("{}.{}", part(header), part(payload));
    let signature = jsonwebtoken::crypto::sign(signed.as_bytes(), &key, Algorithm::ES384).unwrap();
    format!("{signed}.{signature}")
}

#[tokio::test]
async fn a_claim_that_appears_twice_is_refused() {
    for (member, is_accepted) in [
        ("", true),
        (r#","sub":"user-1""#, false),
        (r#","sub":"user-2""#, false),
        (r#","\u0073ub":"user-2""#, false),
        (r#","name":null,"name":null"#, false),
        // It is within a claim that nobody checks.
        (r#","custom":{"a":1,"a":2}"#, true),
    ] {
        let provider = TestProvider::start().await;
        let config = config(&provider, |settings| settings);
        let auth = Auth::new(config, MemoryStore::new()).unwrap();
        let mut browser = CookieJar::default();
        let url = begin_with(&auth, &mut browser, &SignInOptions::new()).await;
        let query = provider.authorize(&url);
        let (issuer, now) = (provider.issuer(), provider.state().now());
        let nonce = param(&url, "nonce").unwrap();
        let id_token = sign(&format!(
            r#"{{"iss":"{issuer}","aud":"{CLIENT_ID}","sub":"user-1","nonce":"{nonce}",
                "iat":{now},"exp":{}{member}}}"#,
            now + 60
        ));
        let body = json!({"access_token": "a", "id_token": id_token});
        provider.fail("/oidc/token", 200, &body.to_string());
        match complete(&auth, &mut browser, &query).await {
            Ok(_) => assert!(is_accepted, "{member}"),
            Err(failure) => {
                let text = failure.error.to_string();
                assert!(
                    !is_accepted && text.contains("appears twice"),
                    "{member}: {text}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_refusal_for_time_names_both_clocks_and_the_tolerance_can_be_set() {
    for ahead in [90, 120, 280] {
        let provider = TestProvider::start().await;
        provider.tamper(from_now("iat", ahead));
        let refused = sign_in(&provider).await.unwrap_err().to_string();
        for part in [
            "issued in the future (iat)",
            "its time is 20",
            "this server's clock says 20",
            "s behind of it",
            "AUTH_CLOCK_TOLERANCE",
            "which is 60 s",
        ] {
            assert!(refused.contains(part), "{part}: {refused}");
        }
        let tolerant = config(&provider, |settings| {
            settings.clock_tolerance(Duration::from_secs(300))
        });
        sign_in_with(&provider, tolerant, &SignInOptions::new())
            .await
            .unwrap();
    }
    let provider = TestProvider::start().await;
    provider.tamper(from_now("exp", -120));
    let refused = sign_in(&provider).await.unwrap_err().to_string();
    assert!(refused.contains("has expired (exp)"), "{refused}");
    assert!(refused.contains("s ahead of it"), "{refused}");
}

#[tokio::test]
async fn the_tolerance_has_a_limit() {
    let provider = TestProvider::start().await;
    let build = |seconds| {
        settings(&provider, "http://localhost:3000")
            .clock_tolerance(Duration::from_secs(seconds))
            .build()
    };
    assert!(build(0).is_ok());
    assert!(build(600).is_ok());
    let problem = build(601).unwrap_err().to_string();
    assert!(problem.contains("AUTH_CLOCK_TOLERANCE"), "{problem}");
}

#[tokio::test]
async fn a_further_audience_has_to_be_trusted_and_azp_has_to_name_this_client() {
    for (aud, azp, trusted, is_accepted) in [
        (json!([CLIENT_ID, "other"]), json!(CLIENT_ID), vec![], false),
        (
            json!([CLIENT_ID, "other"]),
            json!(CLIENT_ID),
            vec!["other"],
            true,
        ),
        (
            json!([CLIENT_ID, "other"]),
            json!(null),
            vec!["other"],
            false,
        ),
        (
            json!([CLIENT_ID, "other"]),
            json!("other"),
            vec!["other"],
            false,
        ),
        (
            json!([CLIENT_ID, "other", "third"]),
            json!(CLIENT_ID),
            vec!["other"],
            false,
        ),
        (json!(["other"]), json!(CLIENT_ID), vec!["other"], false),
        (json!("other"), json!(CLIENT_ID), vec!["other"], false),
    ] {
        let provider = TestProvider::start().await;
        let set = (aud.clone(), azp.clone());
        provider.tamper(move |draft| {
            claim("aud", set.0.clone())(draft);
            claim("azp", set.1.clone())(draft);
        });
        let config = config(&provider, |mut settings| {
            for audience in &trusted {
                settings = settings.trusted_audience(*audience);
            }
            settings
        });
        let result = sign_in_with(&provider, config, &SignInOptions::new()).await;
        assert_eq!(
            result.is_ok(),
            is_accepted,
            "{aud} {azp} {trusted:?}: {result:?}"
        );
        if let Err(error) = result
            && trusted.is_empty()
        {
            assert!(error.to_string().contains("AUTH_LOGTO_TRUSTED_AUDIENCES"));
        }
    }
}

#[tokio::test]
async fn a_logout_token_is_remembered_as_long_as_a_tolerant_app_accepts_it() {
    let provider = TestProvider::start().await;
    let app = TestApp::with_settings(&provider, |settings| {
        settings.clock_tolerance(Duration::from_secs(600))
    });
    let mut draft = provider.draft_logout_token();
    // The provider's clock is ahead by nearly the tolerance.
    from_now("iat", 590)(&mut draft);
    let token = draft.sign();
    app.auth.back_channel_logout(&token).await.unwrap();
    for _ in 0..19 {
        app.clock.advance(Duration::from_secs(60));
        let again = app.auth.back_channel_logout(&token).await.unwrap_err();
        assert!(again.to_string().contains("seen before"), "{again}");
    }
    app.clock.advance(Duration::from_secs(60));
    let again = app.auth.back_channel_logout(&token).await.unwrap_err();
    assert!(again.to_string().contains("too long ago"), "{again}");
}

#[tokio::test]
async fn a_logout_token_has_to_have_the_configured_algorithm() {
    for (alg, is_accepted) in [("ES384", true), ("RS256", false)] {
        let provider = TestProvider::start().await;
        let config = config(&provider, |settings| {
            settings.id_token_signed_response_alg(alg)
        });
        let auth = Auth::new(config, MemoryStore::new()).unwrap();
        let token = provider.draft_logout_token().sign();
        let result = auth.verify_logout_token(&token).await;
        assert_eq!(result.is_ok(), is_accepted, "{alg}: {result:?}");
    }
}
