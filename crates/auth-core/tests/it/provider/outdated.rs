//! A provider that goes silent: the last discovery document and keys stay in use
//! for a day, and nobody waits for the provider.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use auth_core::{AccessTokenRejected as Rejected, AccessTokenVerifier, Clock};
use auth_testkit::{Fault, ProviderKey, RESOURCE, TestClock, TestProvider, signing::claim};
use serde_json::json;
use time::OffsetDateTime;

const DISCOVERY: &str = "/oidc/.well-known/openid-configuration";
const HOUR: Duration = Duration::from_secs(60 * 60);

struct Fixture {
    provider: TestProvider,
    clock: TestClock,
    verifier: AccessTokenVerifier,
    issued: u32,
}

impl Fixture {
    async fn start() -> Self {
        let provider = TestProvider::start().await;
        let clock = TestClock::new();
        provider.state().clock = Some(clock.clone());
        let verifier = AccessTokenVerifier::new(&provider.issuer(), RESOURCE)
            .unwrap()
            .with_clock(clock.clone());
        let mut fixture = Self {
            provider,
            clock,
            verifier,
            issued: 0,
        };
        fixture.verify().await.unwrap();
        fixture
    }

    /// Verifies a token that was not seen before.
    async fn verify(&mut self) -> Result<(), Rejected> {
        self.issued += 1;
        let mut draft = self.provider.draft_access_token();
        claim("jti", json!(format!("token-{}", self.issued)))(&mut draft);
        self.verifier.verify(&draft.sign()).await.map(drop)
    }

    fn fetches(&self) -> usize {
        self.provider.hits(DISCOVERY)
    }

    async fn fetched(&self, count: usize) {
        let began = Instant::now();
        while self.fetches() < count {
            assert!(
                began.elapsed() < Duration::from_secs(5),
                "{}",
                self.fetches()
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test]
async fn an_outdated_document_serves_at_once_and_is_fetched_in_the_background() {
    let mut fixture = Fixture::start().await;
    fixture.clock.advance(HOUR);
    fixture
        .provider
        .state()
        .delays
        .insert(DISCOVERY, Duration::from_millis(700));
    let began = Instant::now();
    for _ in 0..20 {
        fixture.verify().await.unwrap();
    }
    assert!(
        began.elapsed() < Duration::from_millis(600),
        "{:?}",
        began.elapsed()
    );
    fixture.fetched(2).await;
    tokio::time::sleep(Duration::from_millis(900)).await;
    fixture.verify().await.unwrap();
    assert_eq!(
        fixture.fetches(),
        2,
        "one fetch for all, and the new one is used"
    );
}

#[tokio::test]
async fn nobody_waits_for_a_provider_that_went_silent() {
    let mut fixture = Fixture::start().await;
    fixture
        .provider
        .state()
        .delays
        .insert(DISCOVERY, Duration::from_secs(30));
    for hours in 1..=23 {
        fixture.clock.advance(HOUR);
        let began = Instant::now();
        fixture.verify().await.unwrap();
        assert!(began.elapsed() < Duration::from_secs(1), "after {hours} h");
    }
    fixture.fetched(2).await;
    fixture.verify().await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(
        fixture.fetches(),
        2,
        "one is under way, so no other is begun"
    );
}

#[tokio::test]
async fn failed_fetches_are_followed_by_a_pause() {
    let mut fixture = Fixture::start().await;
    fixture.provider.fail(DISCOVERY, 503, "{}");
    fixture.clock.advance(HOUR);
    for _ in 0..50 {
        fixture.verify().await.unwrap();
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    fixture.fetched(2).await;
    assert_eq!(fixture.fetches(), 2);
}

#[tokio::test]
async fn a_document_of_a_day_ago_verifies_nothing() {
    let mut fixture = Fixture::start().await;
    fixture.provider.fail(DISCOVERY, 503, "{}");
    fixture.clock.advance(24 * HOUR);
    for _ in 0..20 {
        match fixture.verify().await {
            Err(Rejected::Unavailable(error)) => {
                let text = error.to_string();
                assert!(text.contains("24 hours ago is too old"), "{text}");
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(fixture.fetches(), 2, "the others share the failure");
}

#[tokio::test]
async fn a_provider_that_is_back_is_used_at_once_even_after_days() {
    let mut fixture = Fixture::start().await;
    fixture.clock.advance(72 * HOUR);
    fixture.provider.state().keys = vec![ProviderKey::new("key-2", 2)];
    fixture.verify().await.unwrap();
    assert_eq!(fixture.fetches(), 2);
}

/// A clock that a test sets back.
#[derive(Clone, Debug)]
struct SetBack(TestClock, Arc<AtomicBool>);

impl Clock for SetBack {
    fn now(&self) -> OffsetDateTime {
        let back = if self.1.load(Ordering::Relaxed) {
            48 * HOUR
        } else {
            Duration::ZERO
        };
        self.0.now() - back
    }
}

#[tokio::test]
async fn a_clock_that_was_set_back_makes_no_document_fresh_for_ever() {
    let fixture = Fixture::start().await;
    let clock = SetBack(fixture.clock.clone(), Arc::default());
    let mut fixture = Fixture {
        verifier: AccessTokenVerifier::new(&fixture.provider.issuer(), RESOURCE)
            .unwrap()
            .with_clock(clock.clone())
            .with_clock_tolerance(Duration::from_secs(600)),
        ..fixture
    };
    fixture.verify().await.unwrap();
    assert_eq!(fixture.fetches(), 2);
    clock.1.store(true, Ordering::Relaxed);
    // The token is of the future now; its key is fetched all the same.
    fixture.verify().await.unwrap_err();
    fixture.fetched(3).await;
}

#[tokio::test]
async fn nobody_asks_again_before_the_provider_says_so() {
    let provider = TestProvider::start().await;
    let verifier = AccessTokenVerifier::new(&provider.issuer(), RESOURCE).unwrap();
    let token = provider.draft_access_token().sign();
    let busy = Fault::new(503, "<html>").retry_after(3);
    provider.state().faults.insert(DISCOVERY, busy);
    for _ in 0..3 {
        let refused = verifier.verify(&token).await.unwrap_err();
        assert!(matches!(refused, Rejected::Unavailable(_)), "{refused:?}");
        assert_eq!(provider.hits(DISCOVERY), 1);
        // Longer than a failure answers without that.
        tokio::time::sleep(Duration::from_millis(900)).await;
    }
    provider.state().faults.clear();
    tokio::time::sleep(Duration::from_millis(600)).await;
    verifier.verify(&token).await.unwrap();
}
