//! Token responses: only what is used has to be right.

use auth_core::{AuthError, SignInFailure};
use auth_testkit::{
    CookieJar, REFRESH_TOKEN, TestProvider, auth, object,
    steps::{access_token, begin, complete, session, signed_in},
};
use serde_json::{Value, json};

async fn sign_in(changes: Value) -> Result<(), SignInFailure> {
    let provider = TestProvider::start().await;
    provider.state().token_response = object(changes);
    let auth = auth(&provider);
    let mut browser = CookieJar::default();
    let url = begin(&auth, &mut browser, "/").await;
    complete(&auth, &mut browser, &provider.authorize(&url)).await?;
    access_token(&auth, &browser).await.unwrap();
    Ok(())
}

#[tokio::test]
async fn a_lifetime_that_makes_no_sense_is_unknown() {
    for lifetime in [
        json!("3600"),
        json!(3600.5),
        json!(-1),
        json!("soon"),
        json!(1e300),
        json!(null),
        json!({}),
    ] {
        let result = sign_in(json!({"expires_in": lifetime})).await;
        assert!(result.is_ok(), "{lifetime}: {result:?}");
    }
}

#[tokio::test]
async fn only_bearer_tokens_are_used() {
    for (kind, is_used) in [
        (json!(null), true),
        (json!("bearer"), true),
        (json!("mac"), false),
        (json!("DPoP"), false),
        (json!(1), false),
    ] {
        let result = sign_in(json!({"token_type": kind})).await;
        assert_eq!(result.is_ok(), is_used, "{kind}: {result:?}");
        if let Err(failure) = result {
            assert!(failure.error.to_string().contains("token_type"));
        }
    }
}

#[tokio::test]
async fn what_is_not_used_is_not_looked_at() {
    sign_in(json!({
        "issued_token_type": 7,
        "not_before_policy": "x",
        "session_state": {"a": []},
        "refresh_expires_in": "never",
    }))
    .await
    .unwrap();
}

#[tokio::test]
async fn a_blank_id_token_is_none() {
    for blank in ["", "  "] {
        let failure = sign_in(json!({"id_token": blank})).await.unwrap_err();
        assert!(matches!(failure.error, AuthError::InvalidAnswer(_)));
        assert!(failure.error.to_string().contains("no id_token"));
    }
    assert!(sign_in(json!({"access_token": ""})).await.is_err());
}

#[tokio::test]
async fn a_blank_token_of_a_refresh_does_not_take_the_place_of_the_good_one() {
    for blank in [json!(""), json!(" "), json!(null)] {
        let provider = TestProvider::start().await;
        let auth = auth(&provider);
        let browser = signed_in(&auth, &provider).await;
        provider.state().refresh.token_response = object(json!({
            "refresh_token": blank, "id_token": blank,
        }));
        let refresh = async || {
            let session = session(&auth, &browser).await;
            auth.refresh_claims(&session).await
        };
        // Without an ID token there are no new claims; the tokens are kept.
        drop(refresh().await);
        provider.state().refresh.token_response.clear();
        refresh().await.unwrap();
        assert_eq!(
            provider.state().refresh.sent,
            [REFRESH_TOKEN, REFRESH_TOKEN],
            "{blank}"
        );
    }
}
