//! One signed-in user who asks for a great many tokens.

use std::time::Duration;

use auth_axum::WithAuth as _;
use auth_core::{AccessTokenRequest, AuthError};
use auth_testkit::TestSite;
use axum::Router;
use tokio::task::JoinSet;

use super::cookies;

const TOKEN: &str = "/oidc/token";

#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_organizations_at_once_are_no_stampede() {
    let site = TestSite::new(|auth| Router::new().with_auth(auth)).await;
    let (greedy, other) = (site.signed_in().await, site.signed_in().await);
    let delay = Duration::from_millis(20);
    site.provider.state().delays.insert(TOKEN, delay);
    let before = site.provider.hits(TOKEN);

    let session = site.auth.session(&cookies(&greedy)).await.unwrap().unwrap();
    let mut asked = JoinSet::new();
    for n in 0..5000 {
        let (auth, session) = (site.auth.clone(), session.clone());
        asked.spawn(async move {
            let request = AccessTokenRequest::organization(format!("organization-{n}"));
            auth.access_token(&session, &request).await
        });
    }
    // Another user needs fresh claims meanwhile.
    let their_session = site.auth.session(&cookies(&other)).await.unwrap().unwrap();
    tokio::time::sleep(delay).await;
    site.auth.refresh_claims(&their_session).await.unwrap();

    let (mut issued, mut busy) = (0, 0);
    for answer in asked.join_all().await {
        match answer {
            Ok(_) => issued += 1,
            Err(AuthError::RefreshBusy) => busy += 1,
            Err(error) => panic!("{error:?}"),
        }
    }
    let leases = site.store.take_calls("lease_tokens");
    let asked = site.provider.hits(TOKEN) - before;
    assert!((1..=64).contains(&issued), "{issued}");
    assert_eq!(issued + busy, 5000);
    assert!(leases <= issued + 5, "{leases} writes to lease tokens");
    assert_eq!(asked, issued + 1);
    // The user goes on as before.
    let request = AccessTokenRequest::organization("organization-0");
    site.auth.access_token(&session, &request).await.unwrap();
}

/// A page may well show all organizations of a user.
#[tokio::test(flavor = "multi_thread")]
async fn as_many_tokens_as_a_session_keeps_are_issued_at_once() {
    let site = TestSite::new(|auth| Router::new().with_auth(auth)).await;
    let browser = site.signed_in().await;
    let session = site
        .auth
        .session(&cookies(&browser))
        .await
        .unwrap()
        .unwrap();
    let mut asked = JoinSet::new();
    for n in 0..24 {
        let (auth, session) = (site.auth.clone(), session.clone());
        asked.spawn(async move {
            let request = AccessTokenRequest::organization(format!("organization-{n}"));
            auth.access_token(&session, &request).await.unwrap()
        });
    }
    assert_eq!(asked.join_all().await.len(), 24);
    assert_eq!(site.provider.state().most_at_once[TOKEN], 1);
}
