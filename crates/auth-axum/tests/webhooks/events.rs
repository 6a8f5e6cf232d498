//! What each event does.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use auth_core::{
    AccessTokenRequest, AuthError, AuthEvent, Hooks, SessionAdmin as _, UserEvent, UserEventKind,
};
use auth_testkit::{Browser, REFRESH_TOKEN, RESOURCE, SUB};
use serde_json::json;

use super::Fixture;

#[tokio::test]
async fn all_sessions_of_a_suspended_or_deleted_user_end_on_every_process() {
    for (event, more) in [
        (
            "User.SuspensionStatus.Updated",
            json!({"data": {"id": SUB, "isSuspended": true}}),
        ),
        (
            "User.Deleted",
            json!({"data": null, "params": {"userId": SUB}, "path": "/api/users/x"}),
        ),
    ] {
        let fixture = Fixture::new().await;
        let browsers = [fixture.signed_in(SUB).await, fixture.signed_in(SUB).await];
        let bob = fixture.signed_in("bob").await;
        fixture.pass_a_second();
        let answer = fixture.send(&fixture.body(event, &more)).await;
        assert_eq!(answer.status, 204, "{event}");
        assert_eq!(answer.body, "");
        for browser in &browsers {
            assert!(!fixture.is_signed_in(browser).await, "{event}");
        }
        assert!(fixture.is_signed_in(&bob).await, "{event}");
        fixture.watched.auth.finish().await;
        let revoked = fixture.provider.state().revoked.clone();
        assert_eq!(revoked.len(), 2, "{event}");
        assert!(revoked.contains(&REFRESH_TOKEN.to_owned()), "{event}");
    }
}

#[tokio::test]
async fn a_sign_in_under_way_does_not_outlive_a_suspension() {
    let fixture = Fixture::new().await;
    // The ID token is issued. Before the session is stored, the webhook arrives.
    fixture
        .watched
        .store
        .delay("create", Duration::from_millis(300));
    let mut browser = Browser::new(&fixture.app);
    let started = browser.post("/api/auth/signin/logto", "").await;
    let address = started.location().to_owned();
    let (completed, suspended) = tokio::join!(
        browser.complete_sign_in(&fixture.provider, &address),
        async {
            tokio::time::sleep(Duration::from_millis(150)).await;
            fixture.send(&fixture.suspension(SUB, true)).await
        },
    );
    assert_eq!(suspended.status, 204);
    assert!(
        completed.location().starts_with("/api/auth/error"),
        "{completed:?}"
    );
    assert!(browser.is_signed_out());
    assert!(
        fixture
            .watched
            .store
            .store
            .list_page(None, 9)
            .await
            .unwrap()
            .is_empty()
    );
    // Whoever is reinstated signs in at once, within the same second.
    assert_eq!(
        fixture.send(&fixture.suspension(SUB, false)).await.status,
        204
    );
    let browser = fixture.signed_in(SUB).await;
    assert!(fixture.is_signed_in(&browser).await);
}

#[tokio::test]
async fn a_suspension_that_arrives_late_ends_no_later_session() {
    let fixture = Fixture::new().await;
    let former = fixture.signed_in(SUB).await;
    fixture.pass_a_second();
    let suspended = fixture.suspension(SUB, true);
    fixture.pass_a_second();
    let reinstated = fixture.suspension(SUB, false);
    // Out of order, with a sign-in between them.
    assert_eq!(fixture.send(&reinstated).await.status, 204);
    let later = fixture.signed_in(SUB).await;
    assert_eq!(fixture.send(&suspended).await.status, 204);
    assert!(!fixture.is_signed_in(&former).await);
    assert!(fixture.is_signed_in(&later).await);
}

#[tokio::test]
async fn changed_claims_count_as_old_until_a_refresh_that_began_later() {
    let members = json!({"organizationId": "acme", "addedUserIds": [], "removedUserIds": [SUB]});
    for (event, more) in [
        ("User.Data.Updated", json!({"data": {"id": SUB}})),
        ("Organization.Membership.Updated", members),
    ] {
        let fixture = Fixture::new().await;
        let alice = fixture.signed_in(SUB).await;
        let bob = fixture.signed_in("bob").await;
        let stale_since = async |browser: &Browser| {
            let session = fixture.session(browser).await.unwrap();
            session.claims_stale_since()
        };
        assert_eq!(stale_since(&alice).await, None);
        assert_eq!(fixture.send(&fixture.body(event, &more)).await.status, 204);
        assert!(stale_since(&alice).await.is_some(), "{event}");
        assert_eq!(stale_since(&bob).await, None, "{event}");
        assert!(fixture.is_signed_in(&alice).await);
        let session = fixture.session(&alice).await.unwrap();
        let renewed = fixture.watched.auth.refresh_claims(&session).await.unwrap();
        assert_eq!(renewed.claims_stale_since(), None, "{event}");
        assert_eq!(stale_since(&alice).await, None, "{event}");
    }
}

#[tokio::test]
async fn the_application_is_told_once_and_again_if_it_fails() {
    let told: Arc<Mutex<Vec<UserEvent>>> = Arc::default();
    let fails = Arc::new(Mutex::new(true));
    let fixture = Fixture::with_hooks(Hooks::new().on_event({
        let (told, fails) = (Arc::clone(&told), Arc::clone(&fails));
        move |event| {
            let is_report = if let AuthEvent::Reported(report) = event {
                told.lock().unwrap().push(report);
                true
            } else {
                false
            };
            let fails = *fails.lock().unwrap() && is_report;
            async move {
                if fails {
                    return Err("the application's database is down".into());
                }
                Ok(())
            }
        }
    }))
    .await;
    let browser = fixture.signed_in(SUB).await;
    fixture.pass_a_second();
    let deleted = fixture.body("User.Deleted", &json!({"params": {"userId": SUB}}));
    assert_eq!(fixture.send(&deleted).await.status, 500);
    assert!(!fixture.is_signed_in(&browser).await, "that is done anyway");
    *fails.lock().unwrap() = false;
    for _ in 0..3 {
        assert_eq!(fixture.send(&deleted).await.status, 204);
    }
    let changed = fixture.body("User.Data.Updated", &json!({"data": {"id": SUB}}));
    assert_eq!(fixture.send(&changed).await.status, 204);
    let reinstated = fixture.suspension(SUB, false);
    assert_eq!(fixture.send(&reinstated).await.status, 204);
    let told = told.lock().unwrap();
    let kinds: Vec<_> = told.iter().map(|event| event.kind).collect();
    assert_eq!(
        kinds,
        [
            UserEventKind::Deleted,
            UserEventKind::Deleted,
            UserEventKind::DataUpdated,
            UserEventKind::Reinstated,
        ]
    );
    assert!(told.iter().all(|event| event.subs == [SUB]));
}

#[tokio::test]
async fn a_handler_that_panics_has_failed() {
    let panics = Arc::new(Mutex::new(true));
    let fixture = Fixture::with_hooks(Hooks::new().on_event({
        let panics = Arc::clone(&panics);
        move |_| {
            let panics = std::mem::take(&mut *panics.lock().unwrap());
            async move {
                assert!(!panics, "the test makes the handler panic");
                Ok(())
            }
        }
    }))
    .await;
    let changed = fixture.body("User.Data.Updated", &json!({"data": {"id": SUB}}));
    assert_eq!(fixture.send(&changed).await.status, 500);
    assert_eq!(fixture.send(&changed).await.status, 204);
    assert!(!*panics.lock().unwrap());
}

#[tokio::test]
async fn a_change_of_many_members_marks_them_all() {
    let fixture = Fixture::new().await;
    let alice = fixture.signed_in(SUB).await;
    let mut added: Vec<_> = (0..5_000)
        .map(|number| format!("member-{number:08}"))
        .collect();
    added.push(SUB.to_owned());
    let removed: Vec<_> = (0..5_000)
        .map(|number| format!("former-{number:08}"))
        .collect();
    let body = fixture.body(
        "Organization.Membership.Updated",
        &json!({"organizationId": "acme", "addedUserIds": added, "removedUserIds": removed}),
    );
    assert!(body.len() > 64 * 1024, "longer than a form may be");
    assert_eq!(fixture.send(&body).await.status, 204);
    let session = fixture.session(&alice).await.unwrap();
    assert!(session.claims_stale_since().is_some());
}

#[tokio::test]
async fn a_change_during_a_refresh_stays_marked() {
    let fixture = Fixture::new().await;
    let alice = fixture.signed_in(SUB).await;
    let auth = &fixture.watched.auth;
    let changed = |number: u8| {
        let data = json!({"data": {"id": SUB}, "number": number});
        fixture.body("User.Data.Updated", &data)
    };
    let delays = |delay| {
        let mut state = fixture.provider.state();
        state.delays.insert("/oidc/token", delay);
    };
    let answer_after = Duration::from_millis(600);
    delays(answer_after);
    assert_eq!(fixture.send(&changed(1)).await.status, 204);
    // Reading the session begins a refresh in the background.
    let before = fixture.session(&alice).await.unwrap();
    tokio::time::sleep(answer_after / 2).await;
    assert_eq!(fixture.send(&changed(2)).await.status, 204);
    tokio::time::sleep(answer_after).await;
    assert_eq!(fixture.provider.state().refresh.sent.len(), 1);
    let marked = fixture.session(&alice).await.unwrap();
    assert!(
        marked.claims_stale_since() > before.claims_stale_since(),
        "the refresh began before the second change"
    );
    delays(Duration::ZERO);
    let refreshed = auth.refresh_claims(&marked).await.unwrap();
    assert_eq!(refreshed.claims_stale_since(), None);
}

#[tokio::test]
async fn a_refresh_that_fails_leaves_the_mark() {
    let fixture = Fixture::new().await;
    let alice = fixture.signed_in(SUB).await;
    let changed = fixture.body("User.Data.Updated", &json!({"data": {"id": SUB}}));
    assert_eq!(fixture.send(&changed).await.status, 204);
    fixture.provider.fail("/oidc/token", 503, "");
    let session = fixture.session(&alice).await.unwrap();
    assert!(fixture.watched.auth.refresh_claims(&session).await.is_err());
    let session = fixture.session(&alice).await.unwrap();
    assert!(session.claims_stale_since().is_some());
}

#[tokio::test]
async fn after_a_change_guards_ask_once_and_accept_nothing_older() {
    const HOUR: Duration = Duration::from_secs(3600);
    let fixture = Fixture::new().await;
    let alice = fixture.signed_in(SUB).await;
    let auth = &fixture.watched.auth;
    let asked = || fixture.provider.hits("/oidc/token");
    let user_info = AccessTokenRequest::user_info();
    let session = fixture.session(&alice).await.unwrap();
    auth.fresh_claims(&session, HOUR).await.unwrap();
    let token = auth.fresh_access_token(&session, &user_info, HOUR).await;
    token.unwrap();
    assert_eq!(asked(), 1, "the sign-in");

    let changed = |number: u8| {
        let data = json!({"data": {"id": SUB}, "number": number});
        fixture.body("User.Data.Updated", &data)
    };
    fixture.pass_a_second();
    assert_eq!(fixture.send(&changed(1)).await.status, 204);
    let session = fixture.session(&alice).await.unwrap();
    let fresh = auth.fresh_claims(&session, HOUR).await.unwrap();
    assert_eq!(fresh.claims_stale_since(), None);
    assert_eq!(asked(), 2);

    assert_eq!(fixture.send(&changed(2)).await.status, 204);
    fixture.provider.fail("/oidc/token", 503, "");
    let session = fixture.session(&alice).await.unwrap();
    let claims = auth.fresh_claims(&session, HOUR).await;
    assert!(
        matches!(claims, Err(AuthError::ClaimsUnconfirmed { .. })),
        "{claims:?}"
    );
    let token = auth.fresh_access_token(&session, &user_info, HOUR).await;
    assert!(
        matches!(token, Err(AuthError::ClaimsUnconfirmed { .. })),
        "{token:?}"
    );
}

#[tokio::test]
async fn a_change_that_claims_do_not_show_drops_the_tokens_from_before_it() {
    let fixture = Fixture::with(|settings| settings.resource(RESOURCE)).await;
    let alice = fixture.signed_in(SUB).await;
    let auth = &fixture.watched.auth;
    let api_token = async || {
        let session = fixture.session(&alice).await.unwrap();
        let request = AccessTokenRequest::resource(RESOURCE);
        let token = auth.access_token(&session, &request).await.unwrap();
        token.expose().to_owned()
    };
    let former = api_token().await;
    assert_eq!(api_token().await, former);
    fixture.pass_a_second();
    let changed = fixture.body("User.Data.Updated", &json!({"data": {"id": SUB}}));
    assert_eq!(fixture.send(&changed).await.status, 204);
    let session = fixture.session(&alice).await.unwrap();
    let hour = Duration::from_secs(3600);
    let fresh = auth.fresh_claims(&session, hour).await.unwrap();
    assert_eq!(fresh.claims, session.claims);
    assert_ne!(api_token().await, former);
}
