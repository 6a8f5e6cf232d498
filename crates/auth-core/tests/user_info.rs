//! The userinfo endpoint: with the right token, about the right user.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

mod mock_provider;

use auth_core::{AuthError, ErrorKind, Scope};
use mock_provider::{
    ACCESS_TOKEN, MockProvider, Watched,
    browser::{Browser, session, signed_in, user},
    object,
};
use serde_json::json;

const ME: &str = "/oidc/me";

async fn fixture() -> (MockProvider, Watched, Browser) {
    let provider = MockProvider::start().await;
    let watched = Watched::with(&provider, |settings| settings.scope(Scope::Organizations));
    let browser = signed_in(&watched.auth, &provider).await;
    (provider, watched, browser)
}

#[tokio::test]
async fn it_says_which_claims_come_only_from_there() {
    let (provider, watched, browser) = fixture().await;
    let session = session(&watched.auth, &browser).await;
    let info = watched.auth.user_info(&session).await.unwrap();
    assert_eq!(info.claims.get("custom_data").unwrap()["plan"], "pro");
    let mut only: Vec<_> = info.only_here(&session).collect();
    only.sort_unstable();
    assert_eq!(
        only,
        [
            "custom_data",
            "organization_data",
            "organization_roles",
            "organizations"
        ]
    );
    assert_eq!(provider.inner().user_info.shown, [ACCESS_TOKEN]);
}

#[tokio::test]
async fn organizations_have_names_and_roles() {
    let (_provider, watched, browser) = fixture().await;
    let session = session(&watched.auth, &browser).await;
    let organizations = watched.auth.organizations(&session).await.unwrap();
    let told: Vec<_> = organizations
        .iter()
        .map(|one| (one.id.as_str(), one.name.as_deref(), one.roles.join(" ")))
        .collect();
    assert_eq!(
        told,
        [
            ("acme", Some("Acme"), "admin".to_owned()),
            ("globex", None, "member".to_owned())
        ]
    );
}

#[tokio::test]
async fn organizations_take_a_scope() {
    let (provider, watched, browser) = fixture().await;
    // Whatever the settings say by now: the sign-in did not ask for it.
    provider.inner().user_info.claims = object(json!({
        "organizations": null,
        "organization_data": null,
        "organization_roles": null,
    }));
    let session = session(&watched.auth, &browser).await;
    let error = watched.auth.organizations(&session).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ScopeMissing);
    assert!(error.to_string().contains("urn:logto:scope:organizations"));
    // A member of none is told so.
    provider.inner().user_info.claims = object(json!({
        "organizations": [],
        "organization_data": [],
        "organization_roles": [],
    }));
    assert_eq!(watched.auth.organizations(&session).await.unwrap(), []);
}

#[tokio::test]
async fn an_answer_about_another_user_is_refused() {
    for sub in [json!("user-2"), json!(""), json!(null), json!(7)] {
        let (provider, watched, browser) = fixture().await;
        provider.inner().user_info.claims = object(json!({"sub": sub}));
        let session = session(&watched.auth, &browser).await;
        let error = watched.auth.user_info(&session).await;
        assert!(
            matches!(error, Err(AuthError::InvalidAnswer(_))),
            "{sub}: {error:?}"
        );
    }
}

#[tokio::test]
async fn a_token_that_is_refused_is_renewed_once() {
    let (provider, watched, browser) = fixture().await;
    provider.inner().user_info.refuses = true;
    let session = session(&watched.auth, &browser).await;
    let error = watched.auth.user_info(&session).await.unwrap_err();
    assert!(matches!(error, AuthError::InvalidAccessToken), "{error}");
    assert_eq!(provider.hits(ME), 2);
    assert_eq!(
        provider.inner().user_info.shown,
        [ACCESS_TOKEN, "access-token-value.1"]
    );
}

#[tokio::test]
async fn a_suspended_user_is_signed_out() {
    let (provider, watched, browser) = fixture().await;
    provider.inner().user_info.refuses = true;
    provider.inner().refresh.refusal = Some((400, "invalid_grant"));
    let session = session(&watched.auth, &browser).await;
    let error = watched.auth.user_info(&session).await.unwrap_err();
    assert!(matches!(error, AuthError::SessionEnded), "{error}");
    assert_eq!(user(&watched.auth, &browser).await, None);
}

#[tokio::test]
async fn what_is_no_answer_is_a_failure_and_ends_nothing() {
    for (status, body, kind) in [
        (200, "<html>", ErrorKind::ProviderError),
        (200, "[1]", ErrorKind::ProviderError),
        (200, "", ErrorKind::ProviderError),
        (302, "{}", ErrorKind::ProviderError),
        (403, "{}", ErrorKind::ProviderError),
        (500, "<html>", ErrorKind::ProviderUnavailable),
    ] {
        let (provider, watched, browser) = fixture().await;
        provider.fail(ME, status, body);
        let session = session(&watched.auth, &browser).await;
        let error = watched.auth.user_info(&session).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{status} {body}: {error}");
        assert!(user(&watched.auth, &browser).await.is_some());
    }
}

#[tokio::test]
async fn without_a_refresh_token_a_refused_token_cannot_be_renewed() {
    let provider = MockProvider::start().await;
    provider.inner().token = object(json!({"refresh_token": null}));
    let watched = Watched::new(&provider);
    let browser = signed_in(&watched.auth, &provider).await;
    provider.inner().user_info.refuses = true;
    let session = session(&watched.auth, &browser).await;
    let error = watched.auth.user_info(&session).await.unwrap_err();
    assert!(matches!(error, AuthError::InvalidAccessToken), "{error}");
}
