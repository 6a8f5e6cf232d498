//! Pending sign-ins: those that have begun and are not completed.

use std::{fmt::Write as _, time::Duration};

use auth_core::{Auth, AuthError, MemoryStore, RequestCookies, SignInOptions};
use auth_testkit::{
    CookieJar, TestClock, TestProvider, auth, config,
    steps::{begin, complete},
};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn several_tabs_can_sign_in_at_once() {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    let mut browser = CookieJar::default();
    let first = begin(&auth, &mut browser, "/first").await;
    let second = begin(&auth, &mut browser, "/second").await;
    for (url, page) in [(first, "/first"), (second, "/second")] {
        let completed = complete(&auth, &mut browser, &provider.authorize(&url))
            .await
            .unwrap();
        assert_eq!(completed.redirect_to.as_str(), page);
    }
}

#[tokio::test]
async fn the_oldest_pending_sign_ins_are_dropped_first() {
    let provider = TestProvider::start().await;
    let clock = TestClock::new();
    let auth = Auth::with_clock(
        config(&provider, "http://localhost:3000"),
        MemoryStore::new(),
        clock.clone(),
    )
    .unwrap();
    let mut browser = CookieJar::default();
    let damaged = format!("authjs.3000.state.{}", "A".repeat(16));
    browser.values.insert(damaged, "%%%".to_owned());
    let mut urls = Vec::new();
    for _ in 0..8 {
        urls.push(begin(&auth, &mut browser, "/").await);
        clock.advance(Duration::from_secs(1));
    }
    assert_eq!(browser.values.len(), 5, "{:?}", browser.values.keys());
    let oldest = complete(&auth, &mut browser, &provider.authorize(&urls[0])).await;
    assert!(matches!(
        oldest.unwrap_err().error,
        AuthError::StateMismatch
    ));
    complete(&auth, &mut browser, &provider.authorize(&urls[7]))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_pending_sign_in_expires_after_ten_minutes() {
    let provider = TestProvider::start().await;
    let clock = TestClock::new();
    let auth = Auth::with_clock(
        config(&provider, "http://localhost:3000"),
        MemoryStore::new(),
        clock.clone(),
    )
    .unwrap();
    let mut browser = CookieJar::default();
    let url = begin(&auth, &mut browser, "/").await;
    clock.advance(11 * MINUTE);
    let failure = complete(&auth, &mut browser, &provider.authorize(&url))
        .await
        .unwrap_err();
    assert!(matches!(failure.error, AuthError::Expired));
}

#[tokio::test]
async fn a_pending_sign_in_is_bound_to_its_state() {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    let mut browser = CookieJar::default();
    let first = begin(&auth, &mut browser, "/").await;
    let name = browser.values.keys().next().unwrap().clone();
    begin(&auth, &mut browser, "/").await;
    let other = browser
        .values
        .iter()
        .find(|(n, _)| **n != name)
        .unwrap()
        .1
        .clone();
    browser.values.insert(name, other);
    assert!(
        complete(&auth, &mut browser, &provider.authorize(&first))
            .await
            .is_err()
    );
}

/// A page of another subdomain can set cookies with any names, and each removal is a
/// header of the answer.
#[tokio::test]
async fn names_that_are_not_those_of_a_sign_in_are_not_repeated() {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    let mut pairs = String::new();
    for n in 0..1000 {
        let value = "x".repeat(20);
        write!(
            pairs,
            "authjs.3000.state.{n}={value};authjs.3000.state.{n:016}={value};"
        )
        .unwrap();
    }
    let cookies = RequestCookies::parse([pairs.as_bytes()]);
    let options = SignInOptions::new();
    let started = auth.begin_sign_in(&options, &cookies).await.unwrap();
    let names: Vec<_> = started.cookies.iter().map(|cookie| &cookie.name).collect();
    let is_well_formed = |name: &str| name.len() == "authjs.3000.state.".len() + 16;
    assert!(names.iter().all(|name| is_well_formed(name)), "{names:?}");
    assert!(names.len() <= 21, "{}", names.len());
}
