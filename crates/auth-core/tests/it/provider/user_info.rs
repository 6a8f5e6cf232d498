//! Userinfo answers that are signed, or of another user.

use auth_core::{AuthError, UserInfo};
use auth_testkit::{
    CLIENT_ID, Fault, SUB, TestProvider, TokenDraft, auth, object,
    signing::{claim, from_now, header},
    steps::{session, signed_in},
};
use serde_json::{Value, json};

const ME: &str = "/oidc/me";

async fn ask(fault: impl FnOnce(&TestProvider) -> Fault) -> Result<UserInfo, AuthError> {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    let browser = signed_in(&auth, &provider).await;
    let session = session(&auth, &browser).await;
    let fault = fault(&provider);
    provider.state().faults.insert(ME, fault);
    auth.user_info(&session).await
}

fn signed(provider: &TestProvider, change: impl Fn(&mut TokenDraft)) -> Fault {
    let mut draft = TokenDraft {
        header: object(json!({"alg": "ES384", "kid": "key-1"})),
        claims: object(json!({
            "iss": provider.issuer(), "aud": CLIENT_ID, "sub": SUB,
            "custom_data": {"plan": "pro"},
        })),
        key: Some(1),
    };
    change(&mut draft);
    Fault {
        status: 200,
        content_type: "application/jwt; charset=utf-8",
        body: draft.sign(),
        retry_after: None,
    }
}

#[tokio::test]
async fn a_signed_answer_is_verified_and_read() {
    let info = ask(|provider| signed(provider, |_| {})).await.unwrap();
    assert_eq!(info.claims.get("custom_data").unwrap()["plan"], "pro");
    assert!(info.claims.get("iss").is_none());
}

type Change = Box<dyn Fn(&mut TokenDraft)>;

#[tokio::test]
async fn a_signed_answer_that_is_wrong_in_one_place_is_refused() {
    let cases: Vec<(&str, Change)> = vec![
        ("signature", Box::new(|draft| draft.key = Some(9))),
        ("not", Box::new(|draft| draft.key = None)),
        ("algorithm", Box::new(header("alg", json!("HS256")))),
        ("algorithm", Box::new(header("alg", json!("none")))),
        ("typ", Box::new(header("typ", json!("at+jwt")))),
        ("typ", Box::new(header("typ", json!("logout+jwt")))),
        (
            "(iss)",
            Box::new(claim("iss", json!("https://evil.test/oidc"))),
        ),
        ("no iss", Box::new(claim("iss", Value::Null))),
        ("(aud)", Box::new(claim("aud", json!("another")))),
        ("no aud", Box::new(claim("aud", Value::Null))),
        ("another user", Box::new(claim("sub", json!("user-2")))),
        ("its sub", Box::new(claim("sub", json!(7)))),
        ("(exp)", Box::new(from_now("exp", -3600))),
    ];
    for (named, change) in cases {
        let error = ask(|provider| signed(provider, change)).await.unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, AuthError::InvalidAnswer(_)), "{text}");
        if named != "not" {
            assert!(text.contains(named), "{named}: {text}");
        }
    }
}

#[tokio::test]
async fn an_encrypted_answer_is_named_as_such() {
    let error = ask(|_| Fault {
        status: 200,
        content_type: "application/jwt",
        body: "a.b.c.d.e".to_owned(),
        retry_after: None,
    })
    .await
    .unwrap_err();
    assert!(error.to_string().contains("encrypted"), "{error}");
}

#[tokio::test]
async fn the_user_has_to_be_the_same_and_the_error_says_which_check_failed() {
    for (sub, named) in [
        (json!("user-2"), "another user (sub)"),
        (json!(7), "its sub is not a string"),
        (json!(""), "its sub is not a string"),
        (json!(null), "its sub is not a string"),
        (Value::Bool(false), "its sub is not a string"),
    ] {
        let body = json!({"sub": sub, "name": "secret"}).to_string();
        let error = ask(|_| Fault::new(200, &body))
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains(named), "{sub}: {error}");
        assert!(!error.contains("secret"), "{error}");
    }
    let error = ask(|_| Fault::new(200, r#"{"name":"x"}"#))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("it has no sub"), "{error}");
    let error = ask(|_| Fault::new(200, "<h1>"))
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("text/html"), "{error}");
    let error = ask(|_| Fault::new(403, r#"{"error":"insufficient_scope"}"#))
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("insufficient_scope") && error.contains("403"),
        "{error}"
    );
}
