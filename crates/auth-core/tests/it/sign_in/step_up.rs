//! `max_age`, `prompt=login` and `acr_values`: the ID token must show that the
//! user has authenticated, when and how (OpenID Connect Core §3.1.3.7, items 12
//! and 13).

use std::time::Duration;

use auth_core::{Clock as _, ErrorKind, Prompt, SignInOptions};
use auth_testkit::{
    SUB, TestApp, TestProvider, param,
    steps::{begin_with, complete, session, signed_in, user},
};
use serde_json::json;

fn max_age(seconds: u64) -> SignInOptions {
    SignInOptions::new().max_age(Duration::from_secs(seconds))
}

fn login() -> SignInOptions {
    SignInOptions::new().prompt([Prompt::Login, Prompt::Consent])
}

/// Signs a signed-in user in again, with an `auth_time` of `ago` seconds ago.
/// Returns how long ago the session says that was.
async fn outcome(options: &SignInOptions, ago: Option<i64>) -> Result<i64, ErrorKind> {
    let provider = TestProvider::start().await;
    let app = TestApp::new(&provider);
    let auth = &app.auth;
    let mut browser = signed_in(auth, &provider).await;
    let url = begin_with(auth, &mut browser, options).await;
    let now = app.clock.now().unix_timestamp();
    provider.tamper(move |draft| {
        if let Some(ago) = ago {
            draft
                .claims
                .insert("auth_time".to_owned(), json!(now - ago));
        }
    });
    let query = provider.authorize(&url);
    match complete(auth, &mut browser, &query).await {
        Ok(_) => {
            let at = session(auth, &browser).await.authenticated_at.unwrap();
            Ok(now - at.unix_timestamp())
        }
        Err(failure) => {
            let kept = user(auth, &browser).await;
            assert_eq!(kept.as_deref(), Some(SUB), "the former session stays");
            Err(failure.error.kind())
        }
    }
}

#[tokio::test]
async fn a_step_up_requires_a_recent_auth_time() {
    const REFUSED: Result<i64, ErrorKind> = Err(ErrorKind::ProviderError);
    for (name, options, ago, expected) in [
        ("just now", max_age(300), Some(0), Ok(0)),
        ("within", max_age(300), Some(200), Ok(200)),
        ("clocks differ", max_age(300), Some(350), Ok(350)),
        ("too long ago", max_age(300), Some(400), REFUSED),
        ("no auth_time", max_age(300), None, REFUSED),
        ("in the future", max_age(300), Some(-120), REFUSED),
        ("at once", max_age(0), Some(0), Ok(0)),
        ("at once, an old one", max_age(0), Some(90), REFUSED),
        ("login", login(), Some(0), Ok(0)),
        ("login, an old one", login(), Some(90), REFUSED),
        ("login, no auth_time", login(), None, REFUSED),
    ] {
        assert_eq!(outcome(&options, ago).await, expected, "{name}");
    }
}

#[tokio::test]
async fn max_age_is_sent_in_the_request() {
    let provider = TestProvider::start().await;
    let app = TestApp::new(&provider);
    let mut browser = signed_in(&app.auth, &provider).await;
    let url = begin_with(&app.auth, &mut browser, &max_age(300)).await;
    assert_eq!(param(&url, "max_age").as_deref(), Some("300"));
    assert_eq!(session(&app.auth, &browser).await.authenticated_at, None);
}

#[tokio::test]
async fn a_step_up_requires_one_of_the_classes_that_it_asks_for() {
    let provider = TestProvider::start().await;
    for (acr, is_accepted) in [
        (json!("phr"), true),
        (json!("mfa"), true),
        (json!("pwd"), false),
        (json!("mfa phr"), false),
        (json!(null), false),
        (json!(3), false),
    ] {
        let app = TestApp::new(&provider);
        let mut browser = signed_in(&app.auth, &provider).await;
        assert_eq!(session(&app.auth, &browser).await.acr, None);
        let options = SignInOptions::new().acr_values(["phr", "mfa"]);
        let url = begin_with(&app.auth, &mut browser, &options).await;
        assert_eq!(param(&url, "acr_values").as_deref(), Some("phr mfa"));
        let claim = acr.clone();
        provider.tamper(move |draft| {
            draft.claims.insert("acr".to_owned(), claim.clone());
            draft.claims.insert("amr".to_owned(), json!(["pwd", "otp"]));
        });
        let query = provider.authorize(&url);
        let completed = complete(&app.auth, &mut browser, &query).await;
        assert_eq!(completed.is_ok(), is_accepted, "{acr}");
        let kept = session(&app.auth, &browser).await;
        if is_accepted {
            assert_eq!(kept.acr.as_deref(), acr.as_str());
            assert_eq!(kept.amr, ["pwd", "otp"]);
        } else {
            assert_eq!(kept.acr, None, "the former session stays");
        }
        provider.tamper(|draft| {
            draft.claims.remove("acr");
            draft.claims.remove("amr");
        });
    }
}

#[tokio::test]
async fn how_the_user_authenticated_outlives_a_refresh() {
    let provider = TestProvider::start().await;
    let app = TestApp::new(&provider);
    let mut browser = signed_in(&app.auth, &provider).await;
    let options = SignInOptions::new().acr_values(["mfa"]);
    let url = begin_with(&app.auth, &mut browser, &options).await;
    provider.tamper(|draft| {
        draft.claims.insert("acr".to_owned(), json!("mfa"));
    });
    let query = provider.authorize(&url);
    complete(&app.auth, &mut browser, &query).await.unwrap();
    provider.tamper(|draft| {
        draft.claims.remove("acr");
        draft
            .claims
            .insert("name".to_owned(), json!("Alice the Second"));
    });
    let before = session(&app.auth, &browser).await;
    app.auth.refresh_claims(&before).await.unwrap();
    let after = session(&app.auth, &browser).await;
    assert_eq!(after.claims.str("name"), Some("Alice the Second"));
    assert_eq!(after.acr.as_deref(), Some("mfa"));
}
