//! Access tokens for APIs and organizations: each for what was requested, and
//! only for its own user.

use auth_core::{
    AccessTokenRequest, Auth, AuthError, ErrorKind, Prompt, ResourceIndicator, SignInOptions,
};
use auth_testkit::{
    ACCESS_TOKEN, CookieJar, SUB, TestApp, TestProvider, object, param,
    steps::{access_token, access_token_for, begin, begin_with, complete, signed_in_as, user},
};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use url::Url;

use crate::two_apis::{BILLING, Fixture, MINUTE, SHOPPING, app};

fn all(url: &Url, name: &str) -> Vec<String> {
    url.query_pairs()
        .filter_map(|(n, value)| (n == name).then(|| value.into_owned()))
        .collect()
}

#[tokio::test]
async fn several_resources_repeat_the_parameter() {
    let provider = TestProvider::start().await;
    let auth = app(&provider).auth;
    let url = begin(&auth, &mut CookieJar::default(), "/").await;
    assert_eq!(
        all(&url, "resource"),
        [SHOPPING, BILLING, ResourceIndicator::ORGANIZATIONS]
    );
    let scope = param(&url, "scope").unwrap();
    let mut scopes: Vec<&str> = scope.split(' ').collect();
    scopes.sort_unstable();
    assert_eq!(
        scopes,
        [
            "email",
            "offline_access",
            "openid",
            "profile",
            "read",
            "urn:logto:scope:organizations",
            "write"
        ]
    );
    assert_eq!(param(&url, "prompt").as_deref(), Some("consent"));
}

#[tokio::test]
async fn each_request_gets_its_own_token_which_is_stored() {
    let fixture = Fixture::new().await;
    let wanted = [
        AccessTokenRequest::resource(SHOPPING),
        AccessTokenRequest::resource(BILLING),
        AccessTokenRequest::organization("acme"),
        AccessTokenRequest::resource(SHOPPING).in_organization("acme"),
        AccessTokenRequest::resource(SHOPPING).in_organization("globex"),
        AccessTokenRequest::resource(SHOPPING).with_scopes(["read"]),
    ];
    let expected = [
        json!([SHOPPING, null, null]),
        json!([BILLING, null, null]),
        json!([null, "acme", null]),
        json!([SHOPPING, "acme", null]),
        json!([SHOPPING, "globex", null]),
        json!([SHOPPING, null, "read"]),
    ];
    for round in 0..2 {
        for (wanted, expected) in wanted.iter().zip(&expected) {
            let token = fixture.ask(wanted).await.unwrap();
            let what = json!([token["resource"], token["organization"], token["scope"]]);
            assert_eq!(&what, expected, "round {round}");
        }
    }
    assert_eq!(
        fixture.refreshes(),
        wanted.len(),
        "the second round uses kept tokens"
    );
    let other = fixture.app.other_process();
    access_token_for(&other, &fixture.browser, &wanted[0])
        .await
        .unwrap();
    assert_eq!(
        fixture.refreshes(),
        wanted.len(),
        "other processes use kept tokens too"
    );
    let own = access_token(&other, &fixture.browser).await.unwrap();
    assert_eq!(own.expose(), ACCESS_TOKEN, "the token of the sign-in stays");
}

#[tokio::test]
async fn a_stored_token_is_refreshed_shortly_before_it_expires() {
    let fixture = Fixture::new().await;
    let wanted = AccessTokenRequest::resource(SHOPPING);
    let first = fixture.ask(&wanted).await.unwrap();
    fixture.app.clock.advance(58 * MINUTE);
    assert_eq!(fixture.ask(&wanted).await.unwrap(), first);
    assert_eq!(fixture.refreshes(), 1);
    fixture.app.clock.advance(3 * MINUTE);
    assert_ne!(fixture.ask(&wanted).await.unwrap(), first);
    assert_eq!(fixture.refreshes(), 2);
}

#[tokio::test]
async fn a_token_without_permissions_has_an_empty_scope() {
    let fixture = Fixture::new().await;
    fixture.provider.state().refresh.token_response = object(json!({"scope": ""}));
    let wanted = AccessTokenRequest::resource(SHOPPING);
    let token = access_token_for(&fixture.app.auth, &fixture.browser, &wanted)
        .await
        .unwrap();
    assert!(token.scope().is_empty(), "{:?}", token.scope());
}

#[tokio::test]
async fn an_answer_without_scope_grants_the_requested_scopes() {
    let fixture = Fixture::new().await;
    fixture.provider.state().refresh.token_response = object(json!({"scope": null}));
    let wanted = AccessTokenRequest::resource(SHOPPING).with_scopes(["read"]);
    let token = access_token_for(&fixture.app.auth, &fixture.browser, &wanted)
        .await
        .unwrap();
    assert_eq!(token.scope(), ["read"]);
}

#[tokio::test]
async fn a_session_stores_a_limited_number_of_tokens() {
    let fixture = Fixture::new().await;
    let organization =
        |number: usize| AccessTokenRequest::organization(format!("o{number}").as_str());
    for number in 0..30 {
        fixture.ask(&organization(number)).await.unwrap();
    }
    fixture.ask(&organization(29)).await.unwrap();
    fixture.ask(&organization(6)).await.unwrap();
    assert_eq!(fixture.refreshes(), 30);
    fixture.ask(&organization(0)).await.unwrap();
    assert_eq!(fixture.refreshes(), 31, "the oldest went first");
}

#[tokio::test]
async fn each_refusal_has_its_error_kind_and_keeps_the_session() {
    for (wanted, refusal, kind) in [
        (
            AccessTokenRequest::resource("https://unknown.example.com"),
            None,
            ErrorKind::UnknownResource,
        ),
        (
            AccessTokenRequest::organization("foreign"),
            Some((403, "access_denied")),
            ErrorKind::NotAMember,
        ),
        (
            AccessTokenRequest::resource(SHOPPING).in_organization("foreign"),
            Some((403, "access_denied")),
            ErrorKind::NotAMember,
        ),
        (
            AccessTokenRequest::organization("acme"),
            Some((403, "insufficient_scope")),
            ErrorKind::ScopeMissing,
        ),
        (
            AccessTokenRequest::resource(SHOPPING).with_scopes(["delete"]),
            Some((400, "invalid_scope")),
            ErrorKind::ScopeMissing,
        ),
        (
            AccessTokenRequest::resource(SHOPPING),
            Some((400, "invalid_request")),
            ErrorKind::ProviderError,
        ),
    ] {
        let fixture = Fixture::new().await;
        fixture.provider.state().refresh.refusal = refusal;
        let error = fixture.ask(&wanted).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{wanted:?}: {error}");
        let user = user(&fixture.app.auth, &fixture.browser).await;
        assert_eq!(user.as_deref(), Some(SUB), "{wanted:?}");
    }
}

#[tokio::test]
async fn invalid_grant_ends_the_session() {
    let fixture = Fixture::new().await;
    fixture.provider.state().refresh.refusal = Some((400, "invalid_grant"));
    let error = fixture.ask(&AccessTokenRequest::resource(SHOPPING)).await;
    assert!(matches!(error, Err(AuthError::SessionEnded)), "{error:?}");
    assert_eq!(user(&fixture.app.auth, &fixture.browser).await, None);
}

#[tokio::test]
async fn a_missing_refresh_token_is_explained_in_the_error() {
    let fixture = Fixture::new().await;
    fixture.provider.state().token_response = object(json!({"refresh_token": null}));
    let auth = &fixture.app.auth;
    let mut browser = CookieJar::default();
    let url = begin_with(auth, &mut browser, &SignInOptions::silent()).await;
    assert_eq!(param(&url, "prompt").as_deref(), Some("none"));
    complete(auth, &mut browser, &fixture.provider.authorize(&url))
        .await
        .unwrap();
    access_token(auth, &browser).await.unwrap();
    let error = access_token_for(auth, &browser, &AccessTokenRequest::resource(SHOPPING))
        .await
        .unwrap_err();
    assert!(matches!(error, AuthError::NoRefreshToken));
    let text = error.to_string();
    assert!(
        text.contains("offline_access") && text.contains("prompt=consent"),
        "{text}"
    );
}

#[tokio::test]
async fn all_tokens_use_the_rotated_refresh_token() {
    let fixture = Fixture::new().await;
    fixture.provider.state().refresh.rotates = true;
    for resource in [SHOPPING, BILLING] {
        fixture
            .ask(&AccessTokenRequest::resource(resource))
            .await
            .unwrap();
    }
    let sent = fixture.provider.state().refresh.sent.clone();
    assert_eq!(sent.len(), 2);
    assert_ne!(sent[0], sent[1]);
}

/// One request for each combination.
fn of_everything() -> Vec<AccessTokenRequest> {
    let mut wanted = Vec::new();
    for organization in ["acme", "globex"] {
        wanted.push(AccessTokenRequest::organization(organization));
        for resource in [SHOPPING, BILLING] {
            wanted.push(AccessTokenRequest::resource(resource).in_organization(organization));
        }
    }
    wanted.extend([SHOPPING, BILLING].map(AccessTokenRequest::resource));
    wanted
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_token_requests_of_50_users_never_mix() {
    let provider = TestProvider::start().await;
    provider.state().refresh.rotates = true;
    let app = app(&provider);
    let processes = [app.auth.clone(), app.other_process()];
    let mut users = JoinSet::new();
    for number in 0..50 {
        let (provider, processes) = (provider.clone(), processes.clone());
        users.spawn(async move {
            let sub = format!("user-{number}");
            let browser = signed_in_as(&processes[0], &provider, &sub).await;
            let mut tokens = JoinSet::new();
            for (place, wanted) in of_everything().into_iter().enumerate() {
                let auth: Auth = processes[(number + place) % 2].clone();
                let browser = browser.clone();
                tokens.spawn(async move {
                    let token = access_token_for(&auth, &browser, &wanted).await.unwrap();
                    (
                        wanted,
                        serde_json::from_str::<Value>(token.expose()).unwrap(),
                    )
                });
            }
            for (wanted, token) in tokens.join_all().await {
                let mut granted_for = match token["resource"].as_str() {
                    Some(resource) => AccessTokenRequest::resource(resource),
                    None => AccessTokenRequest::user_info(),
                };
                if let Some(organization) = token["organization"].as_str() {
                    granted_for = granted_for.in_organization(organization);
                }
                assert_eq!(token["sub"], sub.as_str());
                assert_eq!(granted_for, wanted);
            }
        });
    }
    assert_eq!(users.join_all().await.len(), 50);
    let asked = provider.state().refresh.sent.len();
    assert_eq!(asked, 50 * of_everything().len(), "none was fetched twice");
}

#[tokio::test]
async fn access_token_claims_are_verified_like_at_the_api() {
    let fixture = Fixture::new().await;
    let auth = &fixture.app.auth;
    let session = fixture.session().await;
    let ask = async |resource: &str| {
        let wanted = AccessTokenRequest::resource(resource);
        auth.access_token_claims(&session, &wanted).await
    };
    let mut draft = fixture.provider.draft_access_token();
    draft.claims.insert("tier".to_owned(), json!("gold"));
    // The ID token would not match another access token.
    let issue = |token: &str| object(json!({"access_token": token, "id_token": null}));
    fixture.provider.state().refresh.token_response = issue(&draft.sign());
    let claims = ask(SHOPPING).await.unwrap();
    assert!(claims.has_scope("write"));
    assert_eq!(claims.sub(), SUB);
    assert_eq!(claims.claims()["tier"], "gold");
    let error = ask(BILLING).await.unwrap_err();
    assert!(matches!(error, AuthError::InvalidAnswer(_)), "{error}");

    let user_info = AccessTokenRequest::user_info();
    let error = auth.access_token_claims(&session, &user_info).await;
    assert!(matches!(error, Err(AuthError::OpaqueToken)), "{error:?}");
    auth.refresh_claims(&session).await.unwrap();
    fixture.provider.state().refresh.token_response = issue("opaque");
    let error = ask(SHOPPING).await.unwrap_err();
    assert!(matches!(error, AuthError::OpaqueToken), "{error}");
}

#[tokio::test]
async fn the_configured_prompt_is_used_unless_the_sign_in_sets_one() {
    let provider = TestProvider::start().await;
    let app = TestApp::with_settings(&provider, |settings| settings.prompt([]));
    let mut browser = CookieJar::default();
    let url = begin(&app.auth, &mut browser, "/").await;
    assert_eq!(param(&url, "prompt"), None);
    let options = SignInOptions::new().prompt([Prompt::Login, Prompt::Consent]);
    let url = begin_with(&app.auth, &mut browser, &options).await;
    assert_eq!(param(&url, "prompt").as_deref(), Some("login consent"));
}
