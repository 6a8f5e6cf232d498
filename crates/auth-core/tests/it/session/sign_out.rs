//! Sign-out: always in the application, then at the provider.

use std::time::{Duration, Instant};

use auth_core::{Auth, IdTokenHint, MemoryStore, SignOutDestination, SignOutOptions};
use auth_testkit::{
    CLIENT_ID, CookieJar, REFRESH_TOKEN, TestProvider, auth, object, param, settings,
    steps::{session, signed_in, user},
};
use serde_json::json;

async fn is_signed_in(auth: &Auth, browser: &CookieJar) -> bool {
    user(auth, browser).await.is_some()
}

#[tokio::test]
async fn a_sign_out_ends_the_session_here_and_at_logto() {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    let mut browser = signed_in(&auth, &provider).await;
    let before = browser.clone();
    let signed_out = auth
        .sign_out(&SignOutOptions::new(), &browser.cookies())
        .await
        .unwrap();
    browser.store(&signed_out.cookies);
    assert!(
        !is_signed_in(&auth, &before).await,
        "a copy of the cookie is not valid"
    );
    assert_eq!(provider.state().revoked, [REFRESH_TOKEN]);
    let SignOutDestination::Provider(url) = signed_out.next else {
        panic!("the browser is sent to the provider");
    };
    assert!(url.path().ends_with("/session/end"));
    assert_eq!(param(&url, "client_id").as_deref(), Some(CLIENT_ID));
    assert_eq!(
        param(&url, "post_logout_redirect_uri").as_deref(),
        Some("http://localhost:3000/")
    );
    assert_eq!(param(&url, "id_token_hint"), None, "no token in an address");
}

/// Signs out at the provider. Returns the query of the address it sends the
/// browser back to.
async fn sign_out_to(auth: &Auth, browser: &mut CookieJar, page: &str) -> String {
    let signed_out = auth
        .sign_out(&SignOutOptions::new().redirect_to(page), &browser.cookies())
        .await
        .unwrap();
    browser.store(&signed_out.cookies);
    let SignOutDestination::Provider(url) = signed_out.next else {
        panic!("the browser is sent to the provider");
    };
    format!("state={}", param(&url, "state").unwrap())
}

#[tokio::test]
async fn the_return_from_the_provider_leads_to_the_requested_page_once() {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    for (asked, page) in [("/bye?x=1", "/bye?x=1"), ("https://evil.test/", "/")] {
        let mut browser = signed_in(&auth, &provider).await;
        let query = sign_out_to(&auth, &mut browser, asked).await;
        let done = auth.complete_sign_out(&query, &browser.cookies()).unwrap();
        assert_eq!(done.redirect_to.as_str(), page);
        browser.store(&done.cookies);
        assert!(browser.values.is_empty(), "nothing is left: {browser:?}");
        assert!(auth.complete_sign_out(&query, &browser.cookies()).is_none());
    }
}

#[tokio::test]
async fn a_wrong_or_missing_state_is_ignored() {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    let mut browser = signed_in(&auth, &provider).await;
    let query = sign_out_to(&auth, &mut browser, "/bye").await;
    for other in ["", "state=", "state=another", "x=1", "state"] {
        assert!(
            auth.complete_sign_out(other, &browser.cookies()).is_none(),
            "{other}"
        );
    }
    // A sign-out of another browser.
    assert!(
        auth.complete_sign_out(&query, &CookieJar::default().cookies())
            .is_none()
    );
    assert!(auth.complete_sign_out(&query, &browser.cookies()).is_some());
}

#[tokio::test]
async fn an_application_only_sign_out_skips_the_provider() {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    let browser = signed_in(&auth, &provider).await;
    let options = SignOutOptions::new().redirect_to("/bye").application_only();
    let signed_out = auth.sign_out(&options, &browser.cookies()).await.unwrap();
    assert_eq!(signed_out.next.as_str(), "/bye");
    assert!(!is_signed_in(&auth, &browser).await);
    auth.finish().await;
    assert_eq!(provider.state().revoked, [REFRESH_TOKEN]);
}

#[tokio::test]
async fn the_id_token_hint_is_sent_if_configured() {
    for delay in [Duration::ZERO, Duration::from_secs(3)] {
        let provider = TestProvider::start().await;
        let config = settings(&provider, "http://localhost:3000").id_token_hint(IdTokenHint::Send);
        let auth = Auth::new(config.build().unwrap(), MemoryStore::new()).unwrap();
        let browser = signed_in(&auth, &provider).await;
        // The hint is sent even if the provider is slow to revoke the token.
        provider
            .state()
            .delays
            .insert("/oidc/token/revocation", delay);
        let signed_out = auth
            .sign_out(&SignOutOptions::new(), &browser.cookies())
            .await
            .unwrap();
        let SignOutDestination::Provider(url) = signed_out.next else {
            panic!("the browser is sent to the provider");
        };
        let hint = param(&url, "id_token_hint").unwrap();
        assert_eq!(hint.split('.').count(), 3, "a JWT");
    }
}

#[tokio::test]
async fn a_sign_out_without_a_session_does_not_contact_the_provider() {
    let provider = TestProvider::start().await;
    let signed_out = auth(&provider)
        .sign_out(
            &SignOutOptions::new().redirect_to("/bye"),
            &CookieJar::default().cookies(),
        )
        .await
        .unwrap();
    assert_eq!(signed_out.next.as_str(), "/bye");
    assert_eq!(provider.hits("/oidc/.well-known/openid-configuration"), 0);
}

#[tokio::test]
async fn a_sign_out_works_while_the_provider_is_down() {
    let provider = TestProvider::start().await;
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    provider.state().discovery = object(json!({
        "revocation_endpoint": format!("http://{}/revoke", gone.local_addr().unwrap()),
    }));
    drop(gone);
    let auth = auth(&provider);
    let browser = signed_in(&auth, &provider).await;
    let signed_out = auth
        .sign_out(
            &SignOutOptions::new().redirect_to("//evil.test"),
            &browser.cookies(),
        )
        .await
        .unwrap();
    assert_eq!(signed_out.next.as_str(), "/");
    assert!(!is_signed_in(&auth, &browser).await);
}

#[tokio::test]
async fn a_failed_revocation_does_not_prevent_the_sign_out_at_logto() {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    for status in [400, 503] {
        let browser = signed_in(&auth, &provider).await;
        provider.fail("/oidc/token/revocation", status, "");
        let signed_out = auth
            .sign_out(&SignOutOptions::new(), &browser.cookies())
            .await
            .unwrap();
        assert!(
            matches!(signed_out.next, SignOutDestination::Provider(_)),
            "{status}"
        );
        assert!(!is_signed_in(&auth, &browser).await);
    }
}

#[tokio::test]
async fn a_sign_out_does_not_wait_for_a_provider_that_hangs() {
    let provider = TestProvider::start().await;
    let hangs = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    provider.state().discovery = object(json!({
        "revocation_endpoint": format!("http://{}/revoke", hangs.local_addr().unwrap()),
    }));
    let auth = auth(&provider);
    let browser = signed_in(&auth, &provider).await;
    let began = Instant::now();
    let signed_out = auth
        .sign_out(&SignOutOptions::new(), &browser.cookies())
        .await
        .unwrap();
    assert!(
        began.elapsed() < Duration::from_secs(4),
        "{:?}",
        began.elapsed()
    );
    assert!(matches!(signed_out.next, SignOutDestination::Provider(_)));
    assert!(!is_signed_in(&auth, &browser).await);
}

#[tokio::test]
async fn the_refresh_token_is_revoked_even_if_the_browser_disconnects() {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    let browser = signed_in(&auth, &provider).await;
    let (options, cookies) = (SignOutOptions::new(), browser.cookies());
    let gone = auth.sign_out(&options, &cookies);
    tokio::select! {
        biased;
        _ = gone => panic!("it completed at the first poll"),
        // Polled once, then dropped.
        () = std::future::ready(()) => {}
    }
    for _ in 0..100 {
        if provider.state().revoked == [REFRESH_TOKEN] {
            assert!(!is_signed_in(&auth, &browser).await);
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the refresh token was not revoked");
}

#[tokio::test]
async fn a_provider_without_end_session_endpoint_is_skipped() {
    let provider = TestProvider::start().await;
    provider.state().discovery = object(json!({
        "end_session_endpoint": null,
        "revocation_endpoint": null,
    }));
    let auth = auth(&provider);
    let browser = signed_in(&auth, &provider).await;
    let signed_out = auth
        .sign_out(
            &SignOutOptions::new().redirect_to("/bye"),
            &browser.cookies(),
        )
        .await
        .unwrap();
    assert_eq!(signed_out.next.as_str(), "/bye");
    assert!(!is_signed_in(&auth, &browser).await);
}

#[tokio::test]
async fn a_sign_out_after_the_session_ended_still_ends_the_one_at_logto_once() {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    let mut browser = signed_in(&auth, &provider).await;
    let open_page = session(&auth, &browser).await;
    auth.end_all_sessions(&open_page).await.unwrap();
    auth.finish().await;
    let to_provider = async |browser: &mut CookieJar, options: SignOutOptions| {
        let signed_out = auth.sign_out(&options, &browser.cookies()).await.unwrap();
        browser.store(&signed_out.cookies);
        matches!(signed_out.next, SignOutDestination::Provider(_))
    };
    let options = || SignOutOptions::new().also_after_session_ended();
    // Not by default: that is how a guard or a link would ask for it.
    let mut copy = browser.clone();
    assert!(!to_provider(&mut copy, SignOutOptions::new()).await);
    let mut copy = browser.clone();
    assert!(!to_provider(&mut copy, options().application_only()).await);
    assert!(to_provider(&mut browser, options()).await);
    assert!(
        browser
            .values
            .keys()
            .all(|name| !name.contains("session-token")),
        "the answer removes the cookie"
    );
    assert!(!to_provider(&mut browser, options()).await, "once");
    // Without a cookie that this application can have made, never.
    for value in ["", "x", &"*".repeat(43)] {
        let mut stranger = CookieJar::default();
        let name = "authjs.3000.session-token".to_owned();
        stranger.values.insert(name, value.to_owned());
        assert!(!to_provider(&mut stranger, options()).await, "{value}");
    }
}

#[tokio::test]
async fn a_sign_out_after_the_session_ended_skips_a_provider_that_is_down() {
    let provider = TestProvider::start().await;
    let running = auth(&provider);
    let browser = signed_in(&running, &provider).await;
    // Another process, which has not read the provider's description yet.
    let restarted = auth(&provider);
    provider.fail("/oidc/.well-known/openid-configuration", 503, "");
    let options = SignOutOptions::new().also_after_session_ended();
    let signed_out = restarted.sign_out(&options, &browser.cookies()).await;
    let next = signed_out.unwrap().next;
    assert!(matches!(next, SignOutDestination::Application(_)));
}
