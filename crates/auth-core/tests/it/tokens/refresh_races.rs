//! Many requests, two processes, a sign-in or a sign-out at the same time: one
//! refresh is sent, and no refresh token is lost.

use std::time::Duration;

use auth_core::{AuthError, SignOutOptions};
use auth_testkit::{
    ACCESS_TOKEN, REFRESH_TOKEN,
    steps::{access_token, begin, complete, user},
};
use serde_json::json;
use tokio::task::JoinSet;

use super::two_processes::Fixture;

const TOKEN: &str = "/oidc/token";
const REVOCATION: &str = "/oidc/token/revocation";

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_requests_in_two_processes_send_one_refresh() {
    let fixture = Fixture::expired().await;
    {
        let mut state = fixture.provider.state();
        state.refresh.rotates = true;
        state.delays.insert(TOKEN, Duration::from_millis(100));
    }
    let mut requests = JoinSet::new();
    for number in 0..100 {
        let auth = [&fixture.auth, &fixture.other][number % 2].clone();
        let browser = fixture.browser.clone();
        requests.spawn(async move {
            // Some requests are late: they arrive after the first response, or
            // while it is stored.
            tokio::time::sleep(Duration::from_millis(number as u64 * 2)).await;
            access_token(&auth, &browser)
                .await
                .unwrap()
                .expose()
                .to_owned()
        });
    }
    for token in requests.join_all().await {
        assert_eq!(
            token, "access-token-value.1",
            "all get the token of the one refresh"
        );
    }
    assert_eq!(fixture.provider.state().refresh.sent, [REFRESH_TOKEN]);
}

#[tokio::test]
async fn a_refresh_continues_if_the_client_disconnects() {
    let fixture = Fixture::expired().await;
    {
        let mut state = fixture.provider.state();
        state.refresh.rotates = true;
        state.delays.insert(TOKEN, Duration::from_millis(100));
    }
    let gone = tokio::time::timeout(Duration::from_millis(30), fixture.ask()).await;
    assert!(gone.is_err(), "the caller gave up");
    assert_eq!(fixture.ask().await.unwrap(), "access-token-value.1");
    assert_eq!(fixture.refreshes(), 1);
}

#[tokio::test]
async fn a_slow_refresh_keeps_its_lease_and_is_sent_once() {
    let fixture = Fixture::expired().await;
    {
        let mut state = fixture.provider.state();
        state.refresh.rotates = true;
        state.delays.insert(TOKEN, Duration::from_millis(4500));
    }
    // The store is slow too.
    fixture.store.fail("save_tokens");
    let repair = async {
        tokio::time::sleep(Duration::from_millis(7500)).await;
        fixture.store.repair("save_tokens");
    };
    let other = access_token(&fixture.other, &fixture.browser);
    let (first, second, ()) = tokio::join!(fixture.ask(), other, repair);
    assert_eq!(first.unwrap(), "access-token-value.1");
    assert_eq!(second.unwrap().expose(), "access-token-value.1");
    assert_eq!(fixture.refreshes(), 1);
}

#[tokio::test]
async fn a_sign_out_during_a_refresh_revokes_the_new_refresh_token() {
    let fixture = Fixture::expired().await;
    {
        let mut state = fixture.provider.state();
        state.refresh.rotates = true;
        state.delays.insert(TOKEN, Duration::from_millis(200));
    }
    let signed_out = async {
        fixture.until_sent(1).await;
        let options = SignOutOptions::new();
        fixture
            .auth
            .sign_out(&options, &fixture.browser.cookies())
            .await
            .unwrap();
    };
    let (asked, ()) = tokio::join!(fixture.ask(), signed_out);
    assert!(
        matches!(asked, Err(AuthError::NotSignedIn)),
        "no token of a session that has ended: {asked:?}"
    );
    let rotated = format!("{REFRESH_TOKEN}~");
    assert!(fixture.provider.state().revoked.contains(&rotated));
    assert!(!fixture.is_signed_in().await, "the session stays ended");
}

#[tokio::test]
async fn a_refresh_during_a_new_sign_in_does_not_restore_the_former_session() {
    let mut fixture = Fixture::expired().await;
    // The new sign-in is in another provider session.
    fixture
        .provider
        .tamper(|draft| drop(draft.claims.insert("sid".to_owned(), json!("sid-2"))));
    fixture.provider.state().refresh.rotates = true;
    let former = fixture.browser.clone();
    let url = begin(&fixture.auth, &mut fixture.browser, "/").await;
    let query = fixture.provider.authorize(&url);
    // Only the refresh is slow: the code is exchanged meanwhile.
    fixture
        .provider
        .state()
        .delays
        .insert(TOKEN, Duration::from_millis(200));
    let refresh = {
        let (auth, browser) = (fixture.auth.clone(), former.clone());
        tokio::spawn(async move { access_token(&auth, &browser).await })
    };
    fixture.until_sent(1).await;
    fixture.provider.state().delays.clear();
    complete(&fixture.auth, &mut fixture.browser, &query)
        .await
        .unwrap();
    let answer = refresh.await.unwrap();
    assert!(matches!(answer, Err(AuthError::NotSignedIn)), "{answer:?}");
    assert_eq!(user(&fixture.auth, &former).await, None);
    assert!(fixture.is_signed_in().await, "the new session is untouched");
    assert_eq!(fixture.ask().await.unwrap(), ACCESS_TOKEN);
    // In the background the former session's new refresh token is revoked too.
    let rotated = format!("{REFRESH_TOKEN}~");
    while !fixture.provider.state().revoked.contains(&rotated) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(fixture.provider.hits(REVOCATION) >= 2);
}
