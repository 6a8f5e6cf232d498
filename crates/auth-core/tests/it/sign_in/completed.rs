//! A sign-in from the request to the session.

use auth_core::{Auth, DeviceInfo, MemoryStore, SignInOptions, User};
use auth_testkit::{
    CookieJar, SUB, TestProvider, auth, config, param, settings,
    steps::{begin, complete, signed_in, user},
};

const SESSION: &str = "authjs.3000.session-token";

#[tokio::test]
async fn the_request_has_pkce_state_and_nonce() {
    let provider = TestProvider::start().await;
    let url = begin(&auth(&provider), &mut CookieJar::default(), "/").await;
    let param = |name| param(&url, name);
    assert_eq!(param("response_type").as_deref(), Some("code"));
    assert_eq!(param("code_challenge_method").as_deref(), Some("S256"));
    assert_eq!(param("code_challenge").map(|c| c.len()), Some(43));
    assert_eq!(param("state").map(|s| s.len()), Some(43));
    assert_eq!(param("nonce").map(|n| n.len()), Some(43));
    assert_eq!(param("prompt").as_deref(), Some("consent"));
    assert_eq!(
        param("scope").as_deref(),
        Some("openid offline_access profile email")
    );
    assert_eq!(
        param("redirect_uri").as_deref(),
        Some("http://localhost:3000/api/auth/callback/logto")
    );
}

#[tokio::test]
async fn a_sign_in_begins_a_session_and_returns_to_its_page() {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    let mut browser = CookieJar::default();
    let url = begin(&auth, &mut browser, "/orders?page=2#top").await;
    let completed = complete(&auth, &mut browser, &provider.authorize(&url))
        .await
        .unwrap();
    assert_eq!(completed.redirect_to.as_str(), "/orders?page=2#top");
    assert_eq!(
        browser.values.keys().collect::<Vec<_>>(),
        [SESSION],
        "the cookie of the pending sign-in is removed"
    );
    let session = auth.session(&browser.cookies()).await.unwrap().unwrap();
    assert_eq!(
        session.user,
        User::new(SUB)
            .with_name(Some("alice"))
            .with_email(Some("alice@example.com")),
        "name ?? username; a null picture is none"
    );
    assert_eq!(session.sid.as_deref(), Some("sid-1"));
    let claims: Vec<_> = session.claims.iter().map(|(name, _)| name).collect();
    assert_eq!(
        claims,
        [
            "sub",
            "name",
            "username",
            "picture",
            "email",
            "created_at",
            "updated_at",
            "roles"
        ],
        "what is about the user, in the provider's order"
    );
    assert!(
        session.claims.get("name").unwrap().is_null(),
        "null is kept"
    );
}

#[tokio::test]
async fn the_profile_mapping_can_be_replaced() {
    let provider = TestProvider::start().await;
    let config = settings(&provider, "http://localhost:3000")
        .profile(|claims| User::new(claims.str("username").unwrap_or_default()))
        .build()
        .unwrap();
    let auth = Auth::new(config, MemoryStore::new()).unwrap();
    let browser = signed_in(&auth, &provider).await;
    assert_eq!(user(&auth, &browser).await.as_deref(), Some("alice"));
}

#[tokio::test]
async fn a_sign_in_never_returns_to_another_site() {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    for page in [
        "https://evil.test/",
        "//evil.test",
        "/\\evil.test",
        "javascript:alert(1)",
        "",
    ] {
        let mut browser = CookieJar::default();
        let url = begin(&auth, &mut browser, page).await;
        let completed = complete(&auth, &mut browser, &provider.authorize(&url))
            .await
            .unwrap();
        assert_eq!(completed.redirect_to.as_str(), "/", "{page:?}");
    }
}

#[tokio::test]
async fn cookies_over_https_are_secure_and_host_only() {
    let provider = TestProvider::start().await;
    let auth = Auth::new(config(&provider, "https://app.test"), MemoryStore::new()).unwrap();
    let started = auth
        .begin_sign_in(&SignInOptions::new(), &CookieJar::default().cookies())
        .await
        .unwrap();
    let mut browser = CookieJar::default();
    browser.store(&started.cookies);
    let completed = auth
        .complete_sign_in(
            &provider.authorize(&started.url),
            &browser.cookies(),
            &DeviceInfo::default(),
        )
        .await
        .unwrap();
    for cookie in started.cookies.iter().chain(&completed.cookies) {
        assert!(cookie.name.starts_with("__Host-authjs."), "{}", cookie.name);
        // Browsers ignore a removal without `Secure`.
        assert!(cookie.secure, "{}", cookie.name);
    }
}
