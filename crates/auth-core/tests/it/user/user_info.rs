//! The userinfo endpoint: which token is sent, and whose claims are accepted.

use auth_core::{AuthError, ErrorKind, Scope};
use auth_testkit::{
    ACCESS_TOKEN, CookieJar, TestApp, TestProvider, object,
    steps::{session, signed_in, user},
};
use serde_json::json;

const ME: &str = "/oidc/me";

async fn fixture() -> (TestProvider, TestApp, CookieJar) {
    let provider = TestProvider::start().await;
    let app = TestApp::with_settings(&provider, |settings| settings.scope(Scope::Organizations));
    let browser = signed_in(&app.auth, &provider).await;
    (provider, app, browser)
}

#[tokio::test]
async fn claims_only_from_userinfo_are_listed() {
    let (provider, app, browser) = fixture().await;
    let session = session(&app.auth, &browser).await;
    let info = app.auth.user_info(&session).await.unwrap();
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
    assert_eq!(provider.state().user_info.sent, [ACCESS_TOKEN]);
}

#[tokio::test]
async fn organizations_have_names_and_roles() {
    let (_provider, app, browser) = fixture().await;
    let session = session(&app.auth, &browser).await;
    let organizations = app.auth.organizations(&session).await.unwrap();
    let found: Vec<_> = organizations
        .iter()
        .map(|one| (one.id.as_str(), one.name.as_deref(), one.roles.join(" ")))
        .collect();
    assert_eq!(
        found,
        [
            ("acme", Some("Acme"), "admin".to_owned()),
            ("globex", None, "member".to_owned())
        ]
    );
}

#[tokio::test]
async fn organizations_require_a_scope() {
    let (provider, app, browser) = fixture().await;
    // The settings have the scope; the sign-in did not request it.
    provider.state().user_info.claims = object(json!({
        "organizations": null,
        "organization_data": null,
        "organization_roles": null,
    }));
    let session = session(&app.auth, &browser).await;
    let error = app.auth.organizations(&session).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ScopeMissing);
    assert!(error.to_string().contains("urn:logto:scope:organizations"));
    // A member of no organization gets an empty list, not an error.
    provider.state().user_info.claims = object(json!({
        "organizations": [],
        "organization_data": [],
        "organization_roles": [],
    }));
    assert_eq!(app.auth.organizations(&session).await.unwrap(), []);
}

#[tokio::test]
async fn an_answer_about_another_user_is_refused() {
    for sub in [json!("user-2"), json!(""), json!(null), json!(7)] {
        let (provider, app, browser) = fixture().await;
        provider.state().user_info.claims = object(json!({"sub": sub}));
        let session = session(&app.auth, &browser).await;
        let error = app.auth.user_info(&session).await;
        assert!(
            matches!(error, Err(AuthError::InvalidAnswer(_))),
            "{sub}: {error:?}"
        );
    }
}

#[tokio::test]
async fn a_refused_token_is_refreshed_once() {
    let (provider, app, browser) = fixture().await;
    provider.state().user_info.rejects_tokens = true;
    let session = session(&app.auth, &browser).await;
    let error = app.auth.user_info(&session).await.unwrap_err();
    assert!(matches!(error, AuthError::InvalidAccessToken), "{error}");
    assert_eq!(provider.hits(ME), 2);
    assert_eq!(
        provider.state().user_info.sent,
        [ACCESS_TOKEN, "access-token-value.1"]
    );
}

#[tokio::test]
async fn a_suspended_user_is_signed_out() {
    let (provider, app, browser) = fixture().await;
    provider.state().user_info.rejects_tokens = true;
    provider.state().refresh.refusal = Some((400, "invalid_grant"));
    let session = session(&app.auth, &browser).await;
    let error = app.auth.user_info(&session).await.unwrap_err();
    assert!(matches!(error, AuthError::SessionEnded), "{error}");
    assert_eq!(user(&app.auth, &browser).await, None);
}

#[tokio::test]
async fn an_invalid_answer_is_an_error_and_keeps_the_session() {
    for (status, body, kind) in [
        (200, "<html>", ErrorKind::ProviderError),
        (200, "[1]", ErrorKind::ProviderError),
        (200, "", ErrorKind::ProviderError),
        (302, "{}", ErrorKind::ProviderError),
        (403, "{}", ErrorKind::ProviderError),
        (500, "<html>", ErrorKind::ProviderUnavailable),
    ] {
        let (provider, app, browser) = fixture().await;
        provider.fail(ME, status, body);
        let session = session(&app.auth, &browser).await;
        let error = app.auth.user_info(&session).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{status} {body}: {error}");
        assert!(user(&app.auth, &browser).await.is_some());
    }
}

#[tokio::test]
async fn a_refused_token_without_a_refresh_token_is_an_error() {
    let provider = TestProvider::start().await;
    provider.state().token_response = object(json!({"refresh_token": null}));
    let app = TestApp::new(&provider);
    let browser = signed_in(&app.auth, &provider).await;
    provider.state().user_info.rejects_tokens = true;
    let session = session(&app.auth, &browser).await;
    let error = app.auth.user_info(&session).await.unwrap_err();
    assert!(matches!(error, AuthError::InvalidAccessToken), "{error}");
}
