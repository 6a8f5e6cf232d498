//! Sign-ins whose requests are pushed, from one network in great numbers.

use std::time::{Duration, Instant};

use auth_axum::WithAuth as _;
use auth_core::PushedRequests;
use auth_testkit::{TestSite, object};
use axum::Router;
use serde_json::json;
use tokio::task::JoinSet;

use super::addresses::Client;

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
