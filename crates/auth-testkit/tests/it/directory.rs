//! Users, roles, organizations and API resources, as tokens show them.

use auth_core::{
    AccessTokenRequest, AccessTokenVerifier, Auth, AuthError, Claims, ErrorKind, MemoryStore, Scope,
};
use auth_testkit::{
    CookieJar, SUB, TestOrganization, TestOrganizationRole, TestProvider, TestResource, TestRole,
    TestUser, settings, steps,
};
use serde_json::{Value, json};

const API: &str = "https://shop.example.com/api";
const OTHER_API: &str = "https://stock.example.com/api";

async fn provider() -> TestProvider {
    let provider = TestProvider::start().await;
    provider
        .add_resource(TestResource::new(API, ["read", "write", "delete"]))
        .add_resource(TestResource::new(OTHER_API, ["read"]))
        .add_role(TestRole::new("editor").permissions(API, ["read", "write"]))
        .add_organization(TestOrganization::new("acme").name("Acme").description("A"))
        .add_organization_role(
            TestOrganizationRole::new("member")
                .permissions(["invite"])
                .resource_permissions(API, ["delete"]),
        )
        .add_user(
            TestUser::new("alice")
                .name("Alice")
                .email("alice@example.com")
                .role("editor")
                .organization("acme", ["member"])
                .organization("globex", [])
                .permissions(OTHER_API, ["read"])
                .custom_data(json!({"plan": "pro"}))
                .claim("department", json!("sales")),
        )
        .add_user(TestUser::new("bob"));
    provider
}

/// An application that asks for everything.
fn auth(provider: &TestProvider) -> Auth {
    let scopes = Scope::LOGTO.into_iter();
    let permissions = ["read", "write", "delete", "invite"].map(Scope::from);
    let config = settings(provider, "http://localhost:3000")
        .scopes(scopes.chain(permissions))
        .resource(API)
        .resource(OTHER_API);
    Auth::new(config.build().unwrap(), MemoryStore::new()).unwrap()
}

async fn claims(auth: &Auth, browser: &CookieJar) -> Value {
    as_json(&steps::session(auth, browser).await.claims)
}

fn as_json(claims: &Claims) -> Value {
    let members = claims
        .iter()
        .map(|(name, value)| (name.to_owned(), value.clone()));
    Value::Object(members.collect())
}

#[tokio::test]
async fn the_id_token_holds_what_the_scopes_request() {
    let provider = provider().await;
    let auth = auth(&provider);
    let alice = steps::signed_in_as(&auth, &provider, "alice").await;
    let all = claims(&auth, &alice).await;
    for (claim, value) in [
        ("sub", json!("alice")),
        ("name", json!("Alice")),
        ("username", json!("alice")),
        ("email", json!("alice@example.com")),
        ("email_verified", json!(true)),
        ("roles", json!(["editor"])),
        ("organizations", json!(["acme", "globex"])),
        ("organization_roles", json!(["acme:member"])),
        ("department", json!("sales")),
    ] {
        assert_eq!(all[claim], value, "{claim}");
    }
    assert_eq!(all.get("custom_data"), None, "of userinfo only");
    let bob = steps::signed_in_as(&auth, &provider, "bob").await;
    let all = claims(&auth, &bob).await;
    assert_eq!((&all["sub"], &all["roles"]), (&json!("bob"), &json!([])));
    assert_eq!(all.get("email"), None);

    let few = settings(&provider, "http://localhost:3000").build();
    let few = Auth::new(few.unwrap(), MemoryStore::new()).unwrap();
    let alice = steps::signed_in_as(&few, &provider, "alice").await;
    let claims = claims(&few, &alice).await;
    assert_eq!(claims["email"], "alice@example.com", "a default scope");
    for claim in ["roles", "organizations", "organization_roles"] {
        assert_eq!(claims.get(claim), None, "{claim}");
    }
}

#[tokio::test]
async fn userinfo_is_the_users_own() {
    let provider = provider().await;
    let auth = auth(&provider);
    let alice = steps::signed_in_as(&auth, &provider, "alice").await;
    let session = steps::session(&auth, &alice).await;
    let info = auth.user_info(&session).await.unwrap();
    let info = as_json(&info.claims);
    assert_eq!(info["custom_data"], json!({"plan": "pro"}));
    assert_eq!(
        info["organization_data"],
        json!([
            {"id": "acme", "name": "Acme", "description": "A"},
            {"id": "globex", "name": "globex", "description": null},
        ])
    );
    let organizations = auth.organizations(&session).await.unwrap();
    assert_eq!(organizations[0].name.as_deref(), Some("Acme"));
    let bob = steps::signed_in_as(&auth, &provider, "bob").await;
    let session = steps::session(&auth, &bob).await;
    let info = auth.user_info(&session).await.unwrap();
    let info = as_json(&info.claims);
    assert_eq!(info["custom_data"], json!({}));
}

#[tokio::test]
async fn a_change_of_the_user_shows_in_refreshed_claims() {
    let provider = provider().await;
    let auth = auth(&provider);
    let bob = steps::signed_in_as(&auth, &provider, "bob").await;
    let session = steps::session(&auth, &bob).await;
    assert!(!session.has_role("editor"));
    provider.add_user(TestUser::new("bob").role("editor"));
    auth.refresh_claims(&session).await.unwrap();
    assert!(steps::session(&auth, &bob).await.has_role("editor"));
}

#[tokio::test]
async fn access_tokens_hold_the_users_permissions() {
    let provider = provider().await;
    let auth = auth(&provider);
    let alice = steps::signed_in_as(&auth, &provider, "alice").await;
    let bob = steps::signed_in_as(&auth, &provider, "bob").await;
    let at = |api| AccessTokenVerifier::new(&provider.issuer(), api).unwrap();
    let of_organizations = AccessTokenVerifier::for_organizations(&provider.issuer()).unwrap();
    let at_api = || AccessTokenRequest::resource(API);
    for (browser, request, verifier, scope, organization) in [
        (&alice, at_api(), &at(API), "read write", None),
        (
            &alice,
            at_api().with_scopes(["read"]),
            &at(API),
            "read",
            None,
        ),
        (
            &alice,
            AccessTokenRequest::resource(OTHER_API),
            &at(OTHER_API),
            "read",
            None,
        ),
        (&bob, at_api(), &at(API), "", None),
        (
            &alice,
            at_api().in_organization("acme"),
            &at(API).within_organizations(),
            "delete",
            Some("acme"),
        ),
        (
            &alice,
            AccessTokenRequest::organization("acme"),
            &of_organizations,
            "invite",
            Some("acme"),
        ),
        (
            &alice,
            AccessTokenRequest::organization("globex"),
            &of_organizations,
            "",
            Some("globex"),
        ),
    ] {
        let token = steps::access_token_for(&auth, browser, &request)
            .await
            .unwrap();
        let verified = verifier.verify(token.expose()).await.unwrap();
        assert_eq!(verified.scope().join(" "), scope, "{request:?}");
        assert_eq!(verified.organization_id(), organization, "{request:?}");
    }
    let of_acme = AccessTokenRequest::organization("acme");
    let refused = steps::access_token_for(&auth, &bob, &of_acme).await;
    assert!(
        matches!(refused, Err(AuthError::NotAMember { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn organization_tokens_require_their_scope() {
    let provider = provider().await;
    let config = settings(&provider, "http://localhost:3000")
        .build()
        .unwrap();
    let auth = Auth::new(config, MemoryStore::new()).unwrap();
    let alice = steps::signed_in_as(&auth, &provider, "alice").await;
    let of_acme = AccessTokenRequest::organization("acme");
    let refused = steps::access_token_for(&auth, &alice, &of_acme).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::ScopeMissing);
}

#[tokio::test]
async fn a_resource_that_does_not_exist_is_refused() {
    let provider = provider().await;
    let config = settings(&provider, "http://localhost:3000").resource("https://no.example");
    let auth = Auth::new(config.build().unwrap(), MemoryStore::new()).unwrap();
    let mut browser = CookieJar::default();
    let address = steps::begin(&auth, &mut browser, "/").await;
    let query = provider.authorize_as(&address, "alice");
    let failure = steps::complete(&auth, &mut browser, &query)
        .await
        .unwrap_err();
    assert_eq!(failure.error.kind(), ErrorKind::UnknownResource);
}

#[tokio::test]
async fn tokens_for_requests_to_an_api_need_no_sign_in() {
    let provider = provider().await;
    let verifier = AccessTokenVerifier::new(&provider.issuer(), API).unwrap();
    let token = provider.access_token("alice", API);
    let verified = verifier.verify(&token).await.unwrap();
    assert_eq!(
        (verified.sub(), verified.scope().join(" ").as_str()),
        ("alice", "read write")
    );
    let within = provider.access_token_in_organization("alice", API, "acme");
    assert!(
        verifier.verify(&within).await.is_err(),
        "not unless the API says so"
    );
    let verified = verifier
        .within_organizations()
        .verify(&within)
        .await
        .unwrap();
    assert!(verified.has_scope("delete"));
    let verifier = AccessTokenVerifier::for_organizations(&provider.issuer()).unwrap();
    let token = provider.organization_token("alice", "acme");
    assert!(verifier.verify(&token).await.unwrap().has_scope("invite"));
}

#[tokio::test]
async fn without_users_of_its_own_everybody_signs_in() {
    let provider = TestProvider::start().await;
    let auth = auth_testkit::auth(&provider);
    for sub in [SUB, "anybody"] {
        let browser = steps::signed_in_as(&auth, &provider, sub).await;
        assert_eq!(steps::user(&auth, &browser).await.as_deref(), Some(sub));
    }
}

#[tokio::test]
#[should_panic(expected = "the provider has no user `alcie`")]
async fn a_user_who_was_not_added_fails_the_test() {
    let provider = provider().await;
    steps::signed_in_as(&auth(&provider), &provider, "alcie").await;
}

#[tokio::test]
#[should_panic(expected = "has no permissions [\"wirte\"]")]
async fn a_permission_that_does_not_exist_fails_the_test() {
    let provider = provider().await;
    provider.add_role(TestRole::new("author").permissions(API, ["wirte"]));
}
