//! Tokens that anybody can make, with the name of a real key.

use std::sync::mpsc;

use auth_axum::{AddressLimits, ProtectedApi, WithAuth as _};
use auth_core::Auth;
use auth_testkit::{Browser, RESOURCE, TestResponse, TestSite, TokenDraft, signing};
use axum::{Router, body::Body, http::Request, routing::get};
use serde_json::json;
use tokio::{runtime::Builder, task::JoinSet};

fn router(auth: &Auth) -> Router {
    let api = ProtectedApi::new(auth.access_token_verifier(RESOURCE), ["read"])
        .with_address_limits(AddressLimits::off());
    Router::new()
        .route("/api/items", get(async || "items").route_layer(api))
        .with_auth(auth)
}

async fn start() -> TestSite {
    TestSite::with_settings(|settings| settings.resource(RESOURCE), router).await
}

fn bearer(token: &str) -> Request<Body> {
    Request::get("/api/items")
        .header("authorization", format!("Bearer {token}"))
        .body(Body::empty())
        .unwrap()
}

/// Returns a token of a key that is not the provider's, under the name of one that is.
fn forged(site: &TestSite, change: impl Fn(&mut TokenDraft)) -> String {
    let mut draft = site.provider.draft_access_token();
    draft.key = Some(99);
    change(&mut draft);
    draft.sign()
}

/// One thread serves everything. It answers others while no signature can be verified,
/// so it verifies none itself.
#[test]
fn forged_tokens_do_not_hold_up_other_requests() {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(1)
        .build()
        .unwrap();
    runtime.block_on(async {
        let site = start().await;
        let valid = site.provider.draft_access_token().sign();
        // The keys are known.
        assert_eq!(site.browser().send(bearer(&valid)).await.status, 200);
        let token = forged(&site, |_| {});
        let (release, released) = mpsc::channel::<()>();
        // The only other thread is taken.
        let taken = tokio::task::spawn_blocking(move || released.recv());
        let mut flood = JoinSet::new();
        for n in 0..200 {
            let mut browser = site.browser();
            // Each is another token: no cache helps.
            let token = format!("{}{}", &token[..token.len() - 3], signature_end(n));
            flood.spawn(async move { browser.send(bearer(&token)).await });
        }
        for _ in 0..100 {
            // Lets the flood come as far as it can.
            tokio::task::yield_now().await;
            assert_eq!(site.browser().send(bearer(&valid)).await.status, 200);
        }
        assert!(flood.try_join_next().is_none());
        drop(release);
        taken.await.unwrap().unwrap_err();
        let answers = flood.join_all().await;
        let refused = |answer: &&TestResponse| answer.status == 401;
        assert_eq!(answers.iter().filter(refused).count(), 200);
    });
}

/// Returns three characters of base64url, others for each number.
fn signature_end(n: usize) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let digit = |n: usize| char::from(ALPHABET[n % 64]);
    // The last character has two bits that mean nothing; `A` and `Q` leave them zero.
    [digit(n / 64), digit(n), 'A'].iter().collect()
}

/// More tokens than are verified in a quarter of a second: the rest are told to come
/// again, and a token that was verified before passes.
#[tokio::test(flavor = "multi_thread")]
async fn tokens_wait_in_a_short_queue() {
    let site = start().await;
    let valid = site.provider.draft_access_token().sign();
    assert_eq!(site.browser().send(bearer(&valid)).await.status, 200);
    let token = forged(&site, |_| {});
    let mut flood = JoinSet::new();
    for n in 0..3000 {
        let mut browser = site.browser();
        let token = format!("{}{}", &token[..token.len() - 3], signature_end(n));
        flood.spawn(async move { browser.send(bearer(&token)).await });
    }
    let known = site.browser().send(bearer(&valid)).await;
    assert_eq!(known.status, 200);
    // A user signs in meanwhile: the ID token waits for none of these.
    let mut browser: Browser = site.browser();
    browser.sign_in(&site.provider).await;
    let answers = flood.join_all().await;
    let count = |status| {
        answers
            .iter()
            .filter(|answer| answer.status == status)
            .count()
    };
    assert_eq!(count(401) + count(503), 3000);
    assert!(count(503) > 0, "{} were verified", count(401));
    let busy = answers.iter().find(|answer| answer.status == 503).unwrap();
    assert!(busy.header("retry-after").is_some(), "{busy:?}");
}

/// What would be refused anyway costs no signature.
#[tokio::test]
async fn cheap_checks_come_first() {
    let site = start().await;
    let valid = site.provider.draft_access_token().sign();
    assert_eq!(site.browser().send(bearer(&valid)).await.status, 200);
    for (claim, value, reason) in [
        ("exp", json!(1), "it has expired"),
        ("aud", json!("https://another.test"), "(aud)"),
        ("iss", json!("https://another.test"), "(iss)"),
    ] {
        let token = forged(&site, signing::claim(claim, value));
        let answer = site.browser().send(bearer(&token)).await;
        assert_eq!(answer.status, 401);
        // The signature is wrong too, which was not looked at.
        assert!(
            !answer.body.contains("signature"),
            "{claim} {reason}: {}",
            answer.body
        );
    }
    let answer = site.browser().send(bearer(&forged(&site, |_| {}))).await;
    assert!(answer.body.contains("signature"), "{}", answer.body);
}
