//! Claims of a session after changes at the provider.

use auth_core::{AccessTokenRequest, AuthError, SignOutOptions};
use auth_testkit::steps::user;
use serde_json::json;

use crate::two_apis::{BILLING, Fixture, SHOPPING};

#[tokio::test]
async fn refreshed_claims_show_a_changed_membership() {
    let fixture = Fixture::new().await;
    let auth = &fixture.app.auth;
    let before = fixture.session().await;
    assert!(before.claims.get("organizations").is_none());
    fixture
        .ask(&AccessTokenRequest::organization("acme"))
        .await
        .unwrap();
    fixture.provider.tamper(|draft| {
        draft
            .claims
            .insert("organizations".to_owned(), json!(["acme"]));
        draft.claims.insert("name".to_owned(), json!("Alice"));
    });
    let renewed = auth.refresh_claims(&before).await.unwrap();
    assert_eq!(renewed.claims.get("organizations"), Some(&json!(["acme"])));
    assert_eq!(renewed.user.name.as_deref(), Some("Alice"));
    assert_eq!(renewed.signed_in_at, before.signed_in_at);
    assert_eq!(renewed.expires_at, before.expires_at);
    let seen = fixture.session().await;
    assert_eq!(
        seen.claims, renewed.claims,
        "later requests read the new claims"
    );
    fixture
        .ask(&AccessTokenRequest::organization("acme"))
        .await
        .unwrap();
    assert_eq!(
        fixture.refreshes(),
        3,
        "permissions there may have changed: the kept token is not used"
    );
}

#[tokio::test]
async fn every_token_refresh_updates_the_claims() {
    let fixture = Fixture::new().await;
    fixture.provider.tamper(|draft| {
        draft.claims.insert("roles".to_owned(), json!([]));
    });
    let wanted = AccessTokenRequest::resource(SHOPPING);
    fixture.ask(&wanted).await.unwrap();
    assert_eq!(
        fixture.session().await.claims.get("roles"),
        Some(&json!([]))
    );
    fixture.app.store.take_calls("compare_and_swap");
    fixture
        .ask(&AccessTokenRequest::resource(BILLING))
        .await
        .unwrap();
    assert_eq!(
        fixture.app.store.take_calls("compare_and_swap"),
        1,
        "the time of asking is written, although nothing has changed"
    );
}

#[tokio::test]
async fn claims_of_an_older_id_token_replace_nothing() {
    let fixture = Fixture::new().await;
    let auth = &fixture.app.auth;
    let says = |role: &'static str, later: i64| {
        fixture.provider.tamper(move |draft| {
            draft.claims.insert("roles".to_owned(), json!([role]));
            let issued_at = draft.claims["iat"].as_i64().unwrap() + later;
            draft.claims.insert("iat".to_owned(), json!(issued_at));
        });
    };
    // Another request has a newer ID token and writes its claims first.
    says("newer", 10);
    auth.refresh_claims(&fixture.session().await).await.unwrap();
    says("older", 0);
    let wanted = AccessTokenRequest::resource(SHOPPING);
    fixture.ask(&wanted).await.unwrap();
    let roles = fixture.session().await.claims.get("roles").cloned();
    assert_eq!(roles, Some(json!(["newer"])));
}

#[tokio::test]
async fn claims_of_a_token_with_fewer_scopes_replace_nothing() {
    let fixture = Fixture::new().await;
    fixture.provider.tamper(|draft| {
        draft.claims.remove("roles");
    });
    let wanted = AccessTokenRequest::resource(SHOPPING).with_scopes(["openid", "read"]);
    fixture.ask(&wanted).await.unwrap();
    assert!(fixture.session().await.claims.get("roles").is_some());
}

#[tokio::test]
async fn a_token_is_returned_even_if_its_claims_cannot_be_stored() {
    let fixture = Fixture::new().await;
    fixture.provider.tamper(|draft| {
        draft.claims.insert("roles".to_owned(), json!([]));
    });
    fixture.app.store.fail("compare_and_swap");
    fixture
        .ask(&AccessTokenRequest::resource(SHOPPING))
        .await
        .unwrap();
    let session = fixture.session().await;
    let error = fixture.app.auth.refresh_claims(&session).await;
    assert!(matches!(error, Err(AuthError::Store(_))), "{error:?}");
}

#[tokio::test]
async fn refreshing_claims_does_not_restore_an_ended_session() {
    let fixture = Fixture::new().await;
    let session = fixture.session().await;
    let auth = &fixture.app.auth;
    auth.sign_out(&SignOutOptions::new(), &fixture.browser.cookies())
        .await
        .unwrap();
    let error = auth.refresh_claims(&session).await;
    assert!(matches!(error, Err(AuthError::NotSignedIn)), "{error:?}");
    assert_eq!(user(auth, &fixture.browser).await, None);
}
