//! The built-in pages, and the application's own in their place.

use std::time::{Duration, Instant};

use auth_axum::{AuthSetup, SecurityHeaders, SessionLayer, WithAuth as _, auth_routes};
use auth_core::ErrorKind;
use auth_testkit::{TestSite, object};
use axum::{Router, routing::get};
use serde_json::json;

use crate::start_site;

const PAGES: [&str; 3] = ["/api/auth/signin", "/api/auth/signout", "/api/auth/error"];

#[tokio::test]
async fn each_kind_of_error_has_a_page_with_its_sentence_and_its_reference() {
    let site = start_site().await;
    let mut browser = site.browser();
    for kind in ErrorKind::ALL {
        let query = format!("error={kind}&ref=a1B2-_xy&callbackUrl=%2Forders");
        let page = browser.get(&format!("/api/auth/error?{query}")).await;
        for text in [
            kind.sentence(),
            kind.heading(),
            "<code>a1B2-_xy</code>",
            r#"value="/orders""#,
            ">Try again</button>",
        ] {
            assert!(page.body.contains(text), "{kind} {text}: {}", page.body);
        }
        let is_busy = page.status == 503 || page.status == 429;
        assert_eq!(page.header("retry-after"), is_busy.then_some("5"), "{kind}");
        let is_trouble_of_the_site = matches!(
            kind,
            ErrorKind::Configuration
                | ErrorKind::Internal
                | ErrorKind::ProviderError
                | ErrorKind::ProviderUnavailable
                | ErrorKind::StoreUnavailable
                | ErrorKind::UnknownResource
        );
        assert_eq!(
            page.status.is_server_error(),
            is_trouble_of_the_site,
            "{kind}"
        );
    }
}

#[tokio::test]
async fn what_an_identity_provider_asks_for_survives_the_click() {
    let site = start_site().await;
    let mut browser = site.browser();
    let query = "direct_sign_in=sso%3Aacme-1&login_hint=a%26b%40acme.test&one_time_token=x\
                 &max_age=never&callbackUrl=%2Forders";
    for page in ["/api/auth/signin", "/api/auth/signin/logto"] {
        let page = browser.get(&format!("{page}?{query}")).await;
        let (_, rest) = page.body.split_once("action=\"").unwrap();
        let (action, _) = rest.split_once('"').unwrap();
        assert_eq!(
            action.replace("&amp;", "&"),
            "/api/auth/signin/logto?direct_sign_in=sso%3Aacme-1&login_hint=a%26b%40acme.test"
        );
        let sent = browser.post(&action.replace("&amp;", "&"), "").await;
        let location = sent.location();
        assert!(
            location.contains("direct_sign_in=sso%3Aacme-1"),
            "{location}"
        );
        assert!(
            location.contains("login_hint=a%26b%40acme.test"),
            "{location}"
        );
        assert!(!location.contains("one_time_token"), "{location}");
    }
}

#[tokio::test]
async fn no_parameter_brings_markup_into_a_page() {
    let site = start_site().await;
    let mut browser = site.browser();
    for page in PAGES {
        for value in [
            "%3Cscript%3Ealert(1)%3C/script%3E",
            "%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E",
            "'%20onfocus='alert(1)",
            "Cancelled%3Cb%3E",
            "%00",
            "%ff%fe",
            "",
        ] {
            let query = format!("error={value}&ref={value}&callbackUrl=/{value}");
            let answer = browser.get(&format!("{page}?{query}")).await;
            assert!(answer.status.is_success(), "{page} {value}");
            for text in ["<script>alert", "<img", "<b>", "onfocus='", "\0"] {
                assert!(
                    !answer.body.contains(text),
                    "{page} {value}: {}",
                    answer.body
                );
            }
        }
    }
}

#[tokio::test]
async fn the_pages_have_a_strict_policy_and_need_no_script() {
    for site in [
        start_site().await,
        // Around them, `with_auth` sets headers too.
        TestSite::new(|auth| Router::new().with_auth(auth)).await,
    ] {
        for page in PAGES {
            let answer = site.browser().get(page).await;
            let policy = answer.header("content-security-policy").unwrap();
            assert!(policy.starts_with("default-src 'none'; "), "{policy}");
            assert!(policy.contains("; style-src 'sha256-"), "{policy}");
            for text in ["unsafe", "script-src"] {
                assert!(!policy.contains(text), "{policy}");
            }
            assert!(policy.contains(&format!("form-action 'self' {}", origin(&site))));
            assert!(!answer.body.contains("<script"), "{}", answer.body);
            assert!(!answer.body.contains("style=\""), "{}", answer.body);
        }
    }
}

#[tokio::test]
async fn forms_may_lead_to_the_origins_that_discovery_names() {
    let site = TestSite::new(|auth| {
        let page = get(|| async { "a page" });
        let setup = AuthSetup::new(auth).with_security_headers(SecurityHeaders::new(auth.config()));
        Router::new().route("/", page).with_auth(setup)
    })
    .await;
    site.provider.state().discovery = object(json!({
        "authorization_endpoint": "https://login.test:8443/auth?tenant=1",
        "end_session_endpoint": "https://logout.test/end",
    }));
    let policy = async |page: &str| {
        let answer = site.browser().get(page).await;
        let policy = answer.header("content-security-policy").unwrap();
        let start = policy.find("form-action").unwrap();
        policy[start..].to_owned()
    };
    let issuer = origin(&site);
    // Nothing was fetched yet, and a page of the application does not wait.
    assert_eq!(policy("/").await, format!("form-action 'self' {issuer}"));
    let all = format!("form-action 'self' {issuer} https://login.test:8443 https://logout.test");
    for page in ["/api/auth/signin", "/api/auth/signout", "/", "/"] {
        assert_eq!(policy(page).await, all, "{page}");
    }
}

#[tokio::test]
async fn the_sign_in_page_does_not_wait_long_for_a_silent_provider() {
    let site = start_site().await;
    site.provider.state().delays.insert(
        "/oidc/.well-known/openid-configuration",
        Duration::from_secs(30),
    );
    let began = Instant::now();
    let answer = site.browser().get("/api/auth/signin").await;
    assert_eq!(answer.status, 200);
    assert!(
        began.elapsed() < Duration::from_secs(3),
        "{:?}",
        began.elapsed()
    );
}

fn origin(site: &TestSite) -> String {
    site.provider.issuer().trim_end_matches("/oidc").to_owned()
}

#[tokio::test]
async fn the_pages_of_the_application_replace_them() {
    let site = TestSite::with_settings(
        |settings| {
            settings
                .sign_in_page("/welcome")
                .sign_out_page("/leave")
                .error_page("/oops")
        },
        |auth| auth_routes(auth.clone()).route_layer(SessionLayer::new(auth.clone())),
    )
    .await;
    let mut browser = site.browser();
    for (from, to) in [
        ("/api/auth/signin", "/welcome"),
        (
            "/api/auth/signin?callbackUrl=/a?b=c&error=SessionRequired",
            "/welcome?error=SessionRequired&callbackUrl=http%3A%2F%2Flocalhost%3A3000%2Fa%3Fb%3Dc",
        ),
        (
            "/api/auth/signin/logto?callbackUrl=https://evil.test/&error=%3Cb%3E",
            "/welcome?callbackUrl=http%3A%2F%2Flocalhost%3A3000%2F",
        ),
        (
            "/api/auth/signout?callbackUrl=%2Fbye",
            "/leave?callbackUrl=http%3A%2F%2Flocalhost%3A3000%2Fbye",
        ),
        ("/api/auth/error", "/oops"),
        (
            "/api/auth/error?error=Cancelled&ref=a1B2-_xy",
            "/oops?error=Cancelled&ref=a1B2-_xy",
        ),
    ] {
        let answer = browser.get(from).await;
        assert_eq!(answer.status, 303, "{from}");
        assert_eq!(answer.location(), to, "{from}");
    }
    let failed = browser.get("/api/auth/callback/logto").await;
    assert!(
        failed.location().starts_with("/oops?error=Cancelled"),
        "{failed:?}"
    );
    let refused = browser
        .post("/api/auth/signin/logto", "csrfToken=foreign")
        .await;
    let refused = browser.get(refused.location()).await;
    assert_eq!(refused.location(), "/welcome?error=MissingCSRF");
}
