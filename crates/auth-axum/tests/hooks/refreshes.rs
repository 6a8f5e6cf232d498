//! What the application decides when claims were fetched again.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use auth_core::{AllowSignIn, AuthError, Hooks, RefreshDecision};
use auth_testkit::TestUser;

use super::{Customer, Site, Told, at};

/// The data says how often claims were fetched.
fn counting() -> Hooks {
    Hooks::new()
        .on_sign_in(|_| async { Ok(AllowSignIn::new().data(&Customer { number: 0 }).into()) })
        .on_refresh(|session| async move {
            let Customer { number } = session.data().unwrap();
            Ok(RefreshDecision::store(&Customer { number: number + 1 }))
        })
}

#[tokio::test]
async fn new_data_is_there_with_the_new_claims() {
    let site = Site::new(counting()).await;
    let mut browser = site.signed_in("alice").await;
    let session = site.session(&browser).await.unwrap();
    let user = TestUser::new("alice").role("admin");
    site.provider.add_user(user);
    let renewed = site.app.auth.refresh_claims(&session).await.unwrap();
    assert_eq!(renewed.data(), Some(Customer { number: 1 }));
    assert!(renewed.has_role("admin"));
    site.app.clock.advance(Duration::from_secs(3600));
    assert_eq!(browser.post("/call", "").await.status, 200);
    for router in [&site.here, &site.there] {
        let customer = at(router, &browser).get("/customer").await;
        assert_eq!(customer.body, "alice is customer 2");
    }
}

#[tokio::test]
async fn two_servers_that_need_a_token_at_once_ask_once() {
    let site = Site::new(counting()).await;
    let browser = site.signed_in("alice").await;
    site.app.clock.advance(Duration::from_secs(3600));
    let (mut here, mut there) = (at(&site.here, &browser), at(&site.there, &browser));
    let (one, two) = tokio::join!(here.post("/call", ""), there.post("/call", ""));
    assert_eq!((one.status.as_u16(), two.status.as_u16()), (200, 200));
    site.app.auth.finish().await;
    let session = site.session(&browser).await.unwrap();
    assert_eq!(session.data(), Some(Customer { number: 1 }));
}

#[tokio::test]
async fn the_application_can_end_the_session() {
    let told = Told::default();
    let hooks = told.follow(Hooks::new().on_refresh(|session| async move {
        Ok(if session.claims.has_role("member") {
            RefreshDecision::Keep
        } else {
            RefreshDecision::End
        })
    }));
    let site = Site::new(hooks).await;
    let mut browser = site.signed_in("alice").await;
    let session = site.session(&browser).await.unwrap();
    site.app.auth.refresh_claims(&session).await.unwrap();
    told.take(&site).await;

    site.provider.add_user(TestUser::new("alice"));
    let ended = site.app.auth.refresh_claims(&session).await;
    assert!(matches!(ended, Err(AuthError::SessionEnded)), "{ended:?}");
    assert!(
        at(&site.there, &browser)
            .get("/customer")
            .await
            .status
            .is_redirection()
    );
    assert_eq!(browser.get("/api/auth/session").await.body, "null");
    let expected = ["alice signed out by the application", "alice revoked"];
    assert_eq!(told.take(&site).await, expected);
}

/// What a slow hook made from older claims does not replace what a later one made.
#[tokio::test]
async fn data_made_from_older_claims_is_not_stored() {
    let calls = Arc::new(AtomicU32::new(0));
    let hooks = Hooks::new().on_refresh(move |_| {
        let number = calls.fetch_add(1, Ordering::Relaxed);
        async move {
            if number == 0 {
                tokio::time::sleep(Duration::from_millis(1800)).await;
            }
            Ok(RefreshDecision::store(&Customer { number }))
        }
    });
    let site = Site::new(hooks).await;
    let browser = site.signed_in("alice").await;
    let session = site.session(&browser).await.unwrap();
    // Waits for a second only.
    let renewed = site.app.auth.refresh_claims(&session).await.unwrap();
    assert_eq!(renewed.data::<Customer>(), None);
    site.app.clock.advance(Duration::from_secs(1));
    let renewed = site.app.auth.refresh_claims(&session).await.unwrap();
    assert_eq!(renewed.data(), Some(Customer { number: 1 }));
    site.app.auth.finish().await;
    let session = site.session(&browser).await.unwrap();
    assert_eq!(session.data(), Some(Customer { number: 1 }));
}
