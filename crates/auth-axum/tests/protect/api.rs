//! Protected APIs (RFC 6750 §3, RFC 9728 §3 and §5.1).

use auth_axum::ProtectedApi;
use auth_core::AccessTokenVerifier;
use auth_testkit::{Browser, RESOURCE, SUB};
use axum::{Router, body::Body, http::Request, routing::get};
use serde_json::{Value, json};

use super::{ApiRequests as _, METADATA, METADATA_PATH, assert_refused, json_of, start_site, who};

#[tokio::test]
async fn a_valid_token_is_accepted() {
    let site = start_site().await;
    let token = site.bearer(|_| {});
    let bare = token.strip_prefix("Bearer ").unwrap();
    for header in [
        token.clone(),
        format!("bearer {bare}"),
        format!("BEARER   {bare}"),
    ] {
        let answer = site.call("/api/who", &[&header]).await;
        assert_eq!(
            (answer.status.as_u16(), &*answer.body),
            (200, SUB),
            "{header}"
        );
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    assert_eq!(site.call("/api/which", &[&token]).await.body, "token-1");
    assert_eq!(site.call("/api/write", &[&token]).await.body, SUB);
    assert_eq!(site.store.take_calls("load"), 0, "it takes no session");
}

#[tokio::test]
async fn an_answer_without_a_token_names_the_metadata() {
    let site = start_site().await;
    let body = json!({
        "error_description": "an access token is required in the Authorization header",
    });
    let challenge = format!(r#"Bearer resource_metadata="{METADATA}""#);
    for authorization in [
        &[][..],
        &["Basic dTpw"],
        &["Bearerx abc"],
        &["Bearer\tabc"],
        &[""],
    ] {
        let answer = site.call("/api/who", authorization).await;
        assert_refused(&answer, 401, &challenge, &body);
    }
    // A session cookie is not accepted instead of a token.
    let answer = site.signed_in().await.get("/api/who").await;
    assert_refused(&answer, 401, &challenge, &body);
    // Neither is a token in the body or in the query (RFC 6750 §2.2, §2.3).
    let token = site.bearer(|_| {}).replace("Bearer ", "");
    let answer = site
        .call(&format!("/api/who?access_token={token}"), &[])
        .await;
    assert_refused(&answer, 401, &challenge, &body);
    let form =
        Request::post("/api/who").header("content-type", "application/x-www-form-urlencoded");
    let answer = site
        .send(form, &[], Body::from(format!("access_token={token}")))
        .await;
    assert_refused(&answer, 401, &challenge, &body);
}

#[tokio::test]
async fn a_malformed_authorization_header_answers_400() {
    let site = start_site().await;
    let token = site.bearer(|_| {});
    let none = "the Authorization header has no Bearer token";
    let two_tokens = format!("{token} {token}");
    let list = format!("{token}, {token}");
    let cases: [(&[&str], &str); 7] = [
        (&["Bearer"], none),
        (&["Bearer "], none),
        (&["Bearer ==="], none),
        (&["Bearer a\"b"], none),
        (&[&two_tokens], none),
        (&[&list], none),
        (
            &[&token, &token],
            "there is more than one Authorization header",
        ),
    ];
    for (authorization, description) in cases {
        let answer = site.call("/api/who", authorization).await;
        assert_refused(
            &answer,
            400,
            &format!(
                r#"Bearer error="invalid_request", error_description="{description}", resource_metadata="{METADATA}""#
            ),
            &json!({"error": "invalid_request", "error_description": description}),
        );
    }
}

#[tokio::test]
async fn an_invalid_token_is_refused() {
    let site = start_site().await;
    let set = |name: &'static str, value: Value| {
        site.bearer(move |draft| drop(draft.claims.insert(name.to_owned(), value.clone())))
    };
    let cases = [
        ("Bearer opaque".to_owned(), "it is not a JWT access token"),
        (set("exp", json!(1_700_000_000)), "it has expired"),
        (
            set("aud", json!("https://another.test")),
            "it is for another API (aud)",
        ),
        (
            site.bearer(|draft| draft.key = Some(9)),
            "its signature is wrong",
        ),
    ];
    for (authorization, why) in cases {
        let description = format!("the access token is not valid: {why}");
        let answer = site.call("/api/who", &[&authorization]).await;
        assert_refused(
            &answer,
            401,
            &format!(
                r#"Bearer error="invalid_token", error_description="{description}", resource_metadata="{METADATA}""#
            ),
            &json!({"error": "invalid_token", "error_description": description}),
        );
    }
}

#[tokio::test]
async fn an_api_answers_503_while_the_provider_is_down() {
    let site = start_site().await;
    site.provider.fail("/oidc/jwks", 503, "{}");
    let answer = site.call("/api/who", &[&site.bearer(|_| {})]).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("retry-after"), Some("5"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("www-authenticate"), None);
    assert_eq!(
        json_of(&answer),
        json!({
            "error": "temporarily_unavailable",
            "error_description": "access tokens cannot be verified now, try again later",
        })
    );
}

#[tokio::test]
async fn a_token_without_the_scope_or_role_answers_403() {
    let site = start_site().await;
    let token = site.bearer(|draft| {
        draft.claims.insert("roles".to_owned(), json!(["shopper"]));
        draft
            .claims
            .insert("organization_roles".to_owned(), json!(["o2:member"]));
    });
    let answer = site.call("/api/delete", &[&token]).await;
    assert_refused(
        &answer,
        403,
        &format!(
            r#"Bearer error="insufficient_scope", error_description="the scope delete is required", scope="delete", resource_metadata="{METADATA}""#
        ),
        &json!({
            "error": "insufficient_scope",
            "error_description": "the scope delete is required",
            "scope": "delete",
        }),
    );
    for (path, what) in [
        ("/api/admin", "the role admin"),
        ("/api/member", "the role member in the organization o1"),
        // A token does not say how old its claims are.
        ("/api/fresh", "a session with fresh claims"),
    ] {
        let description = format!("{what} is required");
        let answer = site.call(path, &[&token]).await;
        assert_refused(
            &answer,
            403,
            &format!(
                r#"Bearer error="insufficient_scope", error_description="{description}", resource_metadata="{METADATA}""#
            ),
            &json!({"error": "insufficient_scope", "error_description": description}),
        );
    }
    let entitled = site.bearer(|draft| {
        draft.claims.insert("roles".to_owned(), json!(["admin"]));
        draft
            .claims
            .insert("organization_roles".to_owned(), json!(["o1:member"]));
    });
    for path in ["/api/admin", "/api/member"] {
        assert_eq!(site.call(path, &[&entitled]).await.body, SUB, "{path}");
    }
}

#[tokio::test]
async fn guards_without_the_api_layer_let_nobody_in() {
    let site = start_site().await;
    let token = site.bearer(|_| {});
    for path in ["/bare/who", "/bare/shop", "/bare/scope"] {
        let answer = site.call(path, &[&token]).await;
        assert_eq!(answer.status, 401, "{path}");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{path}");
    }
    let mut signed_in = site.signed_in().await;
    assert_eq!(signed_in.get("/scope").await.status, 401);
}

#[tokio::test]
async fn the_metadata_describes_the_api() {
    let site = start_site().await;
    let answer = site.browser().get(METADATA_PATH).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), Some("public, max-age=3600"));
    assert_eq!(
        json_of(&answer),
        json!({
            "resource": RESOURCE,
            "authorization_servers": [site.provider.issuer()],
            "scopes_supported": ["read", "write"],
            "bearer_methods_supported": ["header"],
        })
    );
}

#[tokio::test]
async fn the_well_known_path_of_the_metadata_precedes_the_path_of_the_resource() {
    let issuer = "https://tenant.logto.app/oidc";
    for (resource, path) in [
        (
            "https://api.test",
            Some("/.well-known/oauth-protected-resource"),
        ),
        (
            "https://api.test/",
            Some("/.well-known/oauth-protected-resource"),
        ),
        (
            "https://api.test/a/b",
            Some("/.well-known/oauth-protected-resource/a/b"),
        ),
        ("https://api.test/:a", None),
        ("https://api.test/a/*b", None),
        (
            "https://api.test/{a}",
            Some("/.well-known/oauth-protected-resource/%7Ba%7D"),
        ),
        ("urn:shopping:api", None),
        ("shopping", None),
    ] {
        let verifier = AccessTokenVerifier::new(issuer, resource).unwrap();
        let api = ProtectedApi::new(verifier, ["read"]);
        let app = Router::new()
            .merge(api.metadata_routes())
            .route("/api", get(who).route_layer(api));
        let challenged = Browser::new(&app).get("/api").await;
        let expected = path.map_or("Bearer".to_owned(), |path| {
            format!(r#"Bearer resource_metadata="https://api.test{path}""#)
        });
        assert_eq!(
            challenged.header("www-authenticate"),
            Some(&*expected),
            "{resource}"
        );
        if let Some(path) = path {
            let metadata = json_of(&Browser::new(&app).get(path).await);
            assert_eq!(metadata["resource"], resource);
        }
    }
    let organizations = AccessTokenVerifier::for_organizations(issuer).unwrap();
    let api = ProtectedApi::new(organizations, [""; 0]);
    let app = Router::new().route("/api", get(who).route_layer(api));
    let challenged = Browser::new(&app).get("/api").await;
    assert_eq!(challenged.header("www-authenticate"), Some("Bearer"));
}

#[tokio::test]
async fn a_token_for_an_organization_is_refused_unless_the_api_accepts_them() {
    let site = start_site().await;
    let within = site.bearer(|draft| {
        draft
            .claims
            .insert("organization_id".to_owned(), json!("o1"));
    });
    let refused = site.call("/api/who", &[&within]).await;
    assert_eq!(refused.status, 403);
    let challenge = refused.header("www-authenticate").unwrap();
    assert!(
        challenge.contains(r#"error="insufficient_scope""#),
        "{challenge}"
    );
    assert_eq!(site.call("/within", &[&within]).await.status, 200);
    let own = site.bearer(|_| {});
    assert_eq!(site.call("/within", &[&own]).await.status, 200);
}
