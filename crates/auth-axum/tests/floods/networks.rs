//! Requests from many addresses of one network, in great numbers: sign-ins whose
//! requests are pushed, and forged logouts.

use std::time::{Duration, Instant};

use auth_axum::WithAuth as _;
use auth_core::PushedRequests;
use auth_testkit::{TestSite, object};
use axum::{Router, http::Request};
use serde_json::json;
use tokio::task::JoinSet;

use super::{
    addresses::Client,
    forged_logouts::{LOGOUT, form},
};

const PUSH: &str = "/oidc/request";

#[tokio::test(flavor = "multi_thread")]
async fn a_network_does_not_take_the_places_of_others() {
    let delay = Duration::from_secs(1);
    let site = TestSite::with_settings(
        |settings| settings.pushed_requests(PushedRequests::Always),
        |auth| Router::new().with_auth(auth),
    )
    .await;
    let endpoint = format!("{}/request", site.provider.issuer());
    let discovery = json!({"pushed_authorization_request_endpoint": endpoint});
    site.provider.state().discovery = object(discovery);
    // The discovery document is there.
    Client::at(&site, "198.51.100.1").begin().await;
    site.provider.state().delays.insert(PUSH, delay);

    let mut flood = JoinSet::new();
    for host in 0..60 {
        let mut client = Client::at(&site, &format!("203.0.113.{host}"));
        flood.spawn(async move { client.begin().await });
    }
    while site.provider.hits(PUSH) < 5 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let started = Instant::now();
    let begun = Client::at(&site, "198.51.100.1").begin().await;
    assert!(begun.location().contains("request_uri="), "{begun:?}");
    let elapsed = started.elapsed();
    assert!(elapsed < delay * 3 / 2, "{elapsed:?}");
    assert!(site.provider.state().most_at_once[PUSH] <= 5);
    // Of the flood too, none is answered with an error but 429.
    for answer in flood.join_all().await {
        let is_begun = answer.header("location").is_some();
        assert!(is_begun || answer.status == 429, "{answer:?}");
    }
}

/// A sender has all addresses of its network, so each forged logout may be the first of
/// an address that has sent nothing wrong. The provider may have one of them.
#[tokio::test(flavor = "multi_thread")]
async fn a_network_does_not_fill_the_queue_of_logouts() {
    // More than wait for the verification of signatures.
    const FLOOD: usize = 6000;

    let networks: [fn(usize) -> String; 2] = [
        |number| format!("2001:db8:1:{number:x}::1"),
        |number| format!("203.0.113.{}", number % 200),
    ];
    for (network, address) in networks.into_iter().enumerate() {
        let site = TestSite::new(|auth| Router::new().with_auth(auth)).await;
        let providers = [
            Client::at(&site, "198.51.100.1"),
            Client::at(&site, ["2001:db8:1:ffff::1", "203.0.113.250"][network]),
        ];
        let valid = |number: usize| {
            let mut provider = providers[number % 2].clone();
            let valid = form(&site, number, false);
            async move { provider.send(Request::post(LOGOUT), &valid).await }
        };
        // The keys are there, and both are known.
        assert_eq!(valid(1).await.status, 200);
        assert_eq!(valid(2).await.status, 200);
        let token = form(&site, 3, true);
        let mut flood = JoinSet::new();
        for number in 0..FLOOD {
            let mut client = Client::at(&site, &address(number));
            let token = token.clone();
            flood.spawn(async move { client.send(Request::post(LOGOUT), &token).await });
        }
        let mut during = 0;
        for number in 4.. {
            let answer = valid(number).await;
            assert_eq!(answer.status, 200, "{network}: {answer:?}");
            while let Some(answer) = flood.try_join_next() {
                let status = answer.unwrap().status.as_u16();
                assert!(matches!(status, 400 | 429), "{status}");
                during += 1;
            }
            if flood.is_empty() {
                break;
            }
        }
        assert_eq!(during, FLOOD);
        // Valid logouts of that network are accepted too.
        let mut client = Client::at(&site, &address(7));
        let last = form(&site, 0, false);
        let answer = client.send(Request::post(LOGOUT), &last).await;
        assert_eq!(answer.status, 200, "{network}: {answer:?}");
    }
}
