//! What a flood here makes of the provider.

use std::time::{Duration, Instant};

use auth_axum::WithAuth as _;
use auth_core::{Auth, AuthError, PushedRequests};
use auth_testkit::{Fault, TestProvider, TestSite, object};
use axum::Router;
use serde_json::json;

use super::{at_once, cookies};

const SIGN_IN: &str = "/api/auth/signin/logto";
const PUSH: &str = "/oidc/request";
const TOKEN: &str = "/oidc/token";
const USER_INFO: &str = "/oidc/me";

fn router(auth: &Auth) -> Router {
    Router::new().with_auth(auth)
}

fn offer_pushed_requests(provider: &TestProvider, is_required: bool) {
    provider.state().discovery = object(json!({
        "pushed_authorization_request_endpoint": format!("{}/request", provider.issuer()),
        "require_pushed_authorization_requests": is_required,
    }));
}

async fn site_that_pushes(pushed: PushedRequests) -> TestSite {
    TestSite::with_settings(|settings| settings.pushed_requests(pushed), router).await
}

fn is_pushed(address: &str) -> bool {
    address.contains("request_uri=")
}

#[tokio::test]
async fn a_sign_in_that_begins_costs_the_provider_nothing() {
    let site = TestSite::new(router).await;
    offer_pushed_requests(&site.provider, false);
    for _ in 0..100 {
        let answer = site.browser().post(SIGN_IN, "").await;
        assert!(!is_pushed(answer.location()), "{answer:?}");
    }
    assert_eq!(site.provider.hits(PUSH), 0);
}

#[tokio::test]
async fn requests_are_pushed_if_the_provider_requires_it_or_the_application_says_so() {
    for (pushed, is_required, expected) in [
        (PushedRequests::WhenRequired, false, false),
        (PushedRequests::WhenRequired, true, true),
        (PushedRequests::Always, false, true),
        (PushedRequests::Never, true, false),
    ] {
        let site = site_that_pushes(pushed).await;
        offer_pushed_requests(&site.provider, is_required);
        let answer = site.browser().post(SIGN_IN, "").await;
        assert_eq!(
            is_pushed(answer.location()),
            expected,
            "{pushed:?} {is_required}"
        );
    }
    let site = site_that_pushes(PushedRequests::Always).await;
    let answer = site.browser().post(SIGN_IN, "").await;
    assert!(
        answer.location().contains("error=Configuration"),
        "{answer:?}"
    );
}

/// Somebody begins sign-ins without pause. Meanwhile users complete theirs, and the
/// tokens of others are refreshed.
#[tokio::test]
async fn a_flood_of_sign_ins_keeps_nobody_from_signing_in_or_refreshing() {
    let site = TestSite::new(router).await;
    offer_pushed_requests(&site.provider, true);
    let signed_in = site.signed_in().await;
    let mut signing_in = site.browser();
    let address = signing_in.post(SIGN_IN, "").await.location().to_owned();

    let delay = Duration::from_millis(700);
    site.provider.state().delays.insert(PUSH, delay);
    let stranger = site.browser();
    let flood = tokio::spawn(at_once((0..500).map(move |_| {
        let mut browser = stranger.clone();
        async move { browser.post(SIGN_IN, "").await }
    })));
    while site.provider.hits(PUSH) < 9 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let started = Instant::now();
    let completed = signing_in.complete_sign_in(&site.provider, &address).await;
    assert_eq!(completed.location(), "/", "{completed:?}");
    let cookies = cookies(&signed_in);
    let session = site.auth.session(&cookies).await.unwrap().unwrap();
    site.auth.refresh_claims(&session).await.unwrap();
    let elapsed = started.elapsed();
    assert!(elapsed < delay, "{elapsed:?}");

    let answers = flood.await.unwrap();
    let refused = |answer: &&auth_testkit::TestResponse| {
        answer.location().contains("error=ProviderUnavailable")
    };
    let refused = answers.iter().filter(refused).count();
    assert!(refused > 400, "{refused} of 500");
    let most = site.provider.state().most_at_once[PUSH];
    assert!(most <= 8, "{most} at once");
}

#[tokio::test]
async fn a_flood_of_callbacks_is_sent_on_in_small_portions() {
    let site = TestSite::new(router).await;
    let delay = Duration::from_millis(50);
    site.provider.state().delays.insert(TOKEN, delay);
    // One cookie of a sign-in is valid for one callback, so each has its own.
    let mut callbacks = Vec::new();
    for _ in 0..100 {
        let mut browser = site.browser();
        let started = browser.post(SIGN_IN, "").await;
        let address = started.location().parse().unwrap();
        let state = auth_testkit::param(&address, "state").unwrap();
        let issuer = site.provider.issuer();
        let callback = format!("/api/auth/callback/logto?code=x&state={state}&iss={issuer}");
        callbacks.push(async move { browser.get(&callback).await });
    }
    at_once(callbacks).await;
    let most = site.provider.state().most_at_once[TOKEN];
    assert!(most <= 16, "{most} at once");
}

#[tokio::test]
async fn a_pause_that_the_provider_asks_for_is_respected_by_all() {
    let site = TestSite::new(router).await;
    offer_pushed_requests(&site.provider, true);
    let signed_in = cookies(&site.signed_in().await);
    let session = site.auth.session(&signed_in).await.unwrap().unwrap();
    let too_many = Fault::new(429, "{}").retry_after(60);
    site.provider.state().faults.insert(USER_INFO, too_many);
    assert!(site.auth.user_info(&session).await.is_err());
    site.provider.state().faults.clear();

    // Neither the users' requests nor those that matter less.
    let (asked, pushed) = (site.provider.hits(USER_INFO), site.provider.hits(PUSH));
    for _ in 0..10 {
        let error = site.auth.user_info(&session).await.unwrap_err();
        let AuthError::TooManyRequests { retry_after, .. } = error else {
            panic!("{error:?}");
        };
        assert!(retry_after > Duration::from_secs(50), "{retry_after:?}");
        let answer = site.browser().post(SIGN_IN, "").await;
        assert!(
            answer.location().contains("error=ProviderUnavailable"),
            "{answer:?}"
        );
    }
    assert_eq!(site.provider.hits(USER_INFO), asked);
    assert_eq!(site.provider.hits(PUSH), pushed);
    // A refresh matters more: a flood of page views must not stop it.
    site.auth.refresh_claims(&session).await.unwrap();
}

/// Every kind of request asks again only after the pause.
#[tokio::test]
async fn a_short_pause_delays_a_sign_in_and_does_not_fail_it() {
    let site = TestSite::new(router).await;
    offer_pushed_requests(&site.provider, true);
    let too_many = Fault::new(503, "<html>").retry_after(1);
    site.provider.state().faults.insert(PUSH, too_many);
    let refused = site.browser().post(SIGN_IN, "").await;
    assert!(
        refused.location().contains("error=ProviderUnavailable"),
        "{refused:?}"
    );
    site.provider.state().faults.clear();
    let started = Instant::now();
    let answer = site.browser().post(SIGN_IN, "").await;
    assert!(is_pushed(answer.location()), "{answer:?}");
    assert!(started.elapsed() > Duration::from_millis(800));
}
