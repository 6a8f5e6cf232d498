//! The session cookie: which values belong to a session.

use auth_core::{Auth, MemoryStore};
use auth_testkit::{
    ACCESS_TOKEN, CookieJar, REFRESH_TOKEN, SUB, TestProvider, auth, config, settings,
    steps::{begin, complete, signed_in, user},
};

const SESSION: &str = "authjs.3000.session-token";

#[tokio::test]
async fn a_planted_session_id_never_becomes_signed_in() {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    let planted = "A".repeat(43);
    let mut browser = CookieJar::default();
    browser.values.insert(SESSION.to_owned(), planted.clone());
    let url = begin(&auth, &mut browser, "/").await;
    complete(&auth, &mut browser, &provider.authorize(&url))
        .await
        .unwrap();
    assert_ne!(browser.values[SESSION], planted);
    let mut mallory = CookieJar::default();
    mallory.values.insert(SESSION.to_owned(), planted);
    assert_eq!(user(&auth, &mallory).await, None);
}

#[tokio::test]
async fn a_second_sign_in_replaces_the_session() {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    let mut browser = signed_in(&auth, &provider).await;
    let before = browser.clone();
    let url = begin(&auth, &mut browser, "/").await;
    complete(&auth, &mut browser, &provider.authorize(&url))
        .await
        .unwrap();
    assert_eq!(user(&auth, &browser).await.as_deref(), Some(SUB));
    assert_eq!(user(&auth, &before).await, None);
}

#[tokio::test]
async fn a_session_of_another_secret_is_not_found() {
    let provider = TestProvider::start().await;
    let store = MemoryStore::new();
    let first = Auth::new(config(&provider, "http://localhost:3000"), store.clone()).unwrap();
    let browser = signed_in(&first, &provider).await;
    let other = settings(&provider, "http://localhost:3000")
        .secret("another secret of more than thirty-two characters")
        .build()
        .unwrap();
    let second = Auth::new(other, store).unwrap();
    assert_eq!(user(&second, &browser).await, None);
}

#[tokio::test]
async fn a_damaged_session_cookie_means_signed_out() {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    let good = signed_in(&auth, &provider)
        .await
        .values
        .remove(SESSION)
        .unwrap();
    for value in [
        String::new(),
        "x".to_owned(),
        good[1..].to_owned(),
        format!("{good}x"),
        format!("\"{good}\""),
        "é".repeat(43),
        "%".repeat(43),
        "x".repeat(8000),
    ] {
        let mut browser = CookieJar::default();
        browser.values.insert(SESSION.to_owned(), value.clone());
        assert_eq!(user(&auth, &browser).await, None, "{value:.50}");
    }
}

#[tokio::test]
async fn debug_output_contains_no_secrets_or_personal_data() {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    let mut browser = CookieJar::default();
    let url = begin(&auth, &mut browser, "/").await;
    let completed = complete(&auth, &mut browser, &provider.authorize(&url))
        .await
        .unwrap();
    let printed = format!("{auth:?} {completed:?} {:?}", browser.cookies());
    for secret in [
        ACCESS_TOKEN,
        REFRESH_TOKEN,
        auth_testkit::CLIENT_SECRET,
        "thirty-two characters",
        "alice@example.com",
        &browser.values[SESSION],
        "eyJ",
    ] {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
}
