//! Logout tokens that name a real key and are signed with another, in great numbers.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use auth_axum::{AddressLimits, AuthSetup, WithAuth as _};
use auth_testkit::{TestSite, signing};
use axum::{Router, http::Request};
use serde_json::json;
use tokio::{task::JoinSet, time::timeout};

use super::addresses::Client;

pub(super) const LOGOUT: &str = "/api/auth/backchannel-logout/logto";

/// Returns the form with a logout token of this number.
pub(super) fn form(site: &TestSite, number: usize, is_forged: bool) -> String {
    let mut draft = site.provider.draft_logout_token();
    signing::claim("jti", json!(format!("logout-{number}")))(&mut draft);
    if is_forged {
        draft.key = Some(99);
    }
    format!("logout_token={}", draft.sign())
}

async fn site(limits: AddressLimits) -> TestSite {
    TestSite::new(|auth| Router::new().with_auth(AuthSetup::new(auth).with_address_limits(limits)))
        .await
}

/// Logto sends a logout once, so it must not wait behind them, and none is lost.
#[tokio::test(flavor = "multi_thread")]
async fn a_valid_logout_does_not_wait_behind_forged_ones() {
    const FLOOD: usize = 2000;

    let site = site(AddressLimits::default()).await;
    // The keys are there.
    let mut provider = Client::at(&site, "198.51.100.1");
    let first = form(&site, 0, false);
    let answer = provider.send(Request::post(LOGOUT), &first).await;
    assert_eq!(answer.status, 200);
    let token = form(&site, 1, true);
    let answered = Arc::new(AtomicUsize::new(0));
    let mut flood = JoinSet::new();
    for _ in 0..FLOOD {
        let mut client = Client::at(&site, "203.0.113.9");
        let (token, answered) = (token.clone(), Arc::clone(&answered));
        flood.spawn(async move {
            let answer = client.send(Request::post(LOGOUT), &token).await;
            answered.fetch_add(1, Ordering::SeqCst);
            answer
        });
    }
    while answered.load(Ordering::SeqCst) < FLOOD / 20 {
        tokio::task::yield_now().await;
    }
    for number in 2..12 {
        let valid = form(&site, number, false);
        let answer = provider.send(Request::post(LOGOUT), &valid).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    // More than a thousand are refused at once and not verified.
    let during = answered.load(Ordering::SeqCst);
    assert!(during < FLOOD - 100, "{during} were answered before");
    let answers = flood.join_all().await;
    let count = |status| answers.iter().filter(|it| it.status == status).count();
    assert_eq!(count(400) + count(429), FLOOD);
    assert!((50..100).contains(&count(400)), "{}", count(400));
    let refused = answers.iter().find(|it| it.status == 429).unwrap();
    assert!(refused.header("retry-after").is_some(), "{refused:?}");
    // The flood is over: valid logouts also of that address are accepted.
    let mut client = Client::at(&site, "203.0.113.9");
    let last = form(&site, 12, false);
    let answer = client.send(Request::post(LOGOUT), &last).await;
    assert_eq!(answer.status, 200);
}

/// Logto waits for a few seconds only, and does not send a logout again.
#[tokio::test(flavor = "multi_thread")]
async fn a_logout_is_carried_out_also_if_its_sender_waits_no_longer() {
    let site = site(AddressLimits::default()).await;
    let mut provider = Client::at(&site, "198.51.100.1");
    let forged = form(&site, 1, true);
    let mut flood = JoinSet::new();
    for _ in 0..300 {
        let mut client = Client::at(&site, "203.0.113.9");
        let token = forged.clone();
        flood.spawn(async move { client.send(Request::post(LOGOUT), &token).await });
    }
    tokio::task::yield_now().await;
    let valid = form(&site, 2, false);
    let mut impatient = Client::at(&site, "203.0.113.9");
    let answer = impatient.send(Request::post(LOGOUT), &valid);
    let answer = timeout(Duration::from_millis(30), answer).await;
    assert!(answer.is_err(), "it was answered at once: {answer:?}");
    flood.join_all().await;
    // A token is accepted once, so it was carried out.
    let begun = Instant::now();
    loop {
        let again = provider.send(Request::post(LOGOUT), &valid).await;
        assert_eq!(again.status, 400, "it had not been carried out");
        if begun.elapsed() > Duration::from_millis(100) {
            break;
        }
        // Fewer than an address may send.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Also if nobody knows where tokens come from, a limited number waits.
#[tokio::test(flavor = "multi_thread")]
async fn the_queue_has_an_end() {
    let site = site(AddressLimits::off()).await;
    let token = form(&site, 1, true);
    let mut flood = JoinSet::new();
    for _ in 0..6000 {
        let mut client = Client::at(&site, "203.0.113.9");
        let token = token.clone();
        flood.spawn(async move { client.send(Request::post(LOGOUT), &token).await });
    }
    let answers = flood.join_all().await;
    let count = |status| answers.iter().filter(|it| it.status == status).count();
    assert_eq!(count(400) + count(429), 6000);
    assert!(count(429) > 0);
    let refused = answers.iter().find(|it| it.status == 429).unwrap();
    assert!(refused.header("retry-after").is_some(), "{refused:?}");
}
