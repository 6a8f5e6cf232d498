//! What the pages show, and their status codes.

use auth_core::ErrorKind;
use auth_testkit::{ACCESS_TOKEN, REFRESH_TOKEN, SUB};

use super::{Fixture, LOCAL};

#[tokio::test]
async fn the_home_page_has_the_buttons_and_claims_of_logtos_guide() {
    let fixture = Fixture::new(LOCAL).await;
    let mut browser = fixture.browser();
    let page = browser.get("/").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains(">Sign in</button>"), "{}", page.body);
    assert!(!page.body.contains("<table"));

    let started = browser.post("/api/sign_in", "").await;
    browser
        .complete_sign_in(&fixture.provider, started.location())
        .await;
    let page = browser.get("/").await.body;
    assert!(page.contains(">Sign out</button>"), "{page}");
    assert!(page.contains("<caption>Claims</caption>"));
    for row in [
        format!(r#"<th scope="row">sub</th><td>{SUB}</td>"#),
        r#"<th scope="row">name</th><td data-null>null</td>"#.to_owned(),
        r#"<th scope="row">email</th><td>alice@example.com</td>"#.to_owned(),
        r#"<td>2023-11-14T22:13:20Z</td>"#.to_owned(),
    ] {
        assert!(page.contains(&row), "{row} in {page}");
    }
    for secret in ["eyJ", ACCESS_TOKEN, REFRESH_TOKEN] {
        assert!(!page.contains(secret), "{secret} in {page}");
    }

    browser.post("/api/sign_out", "").await;
    assert!(browser.get("/").await.body.contains(">Sign in</button>"));
}

#[tokio::test]
async fn claims_are_escaped() {
    let fixture = Fixture::new(LOCAL).await;
    fixture.provider.tamper(|draft| {
        let evil = serde_json::json!("<script>alert(1)</script>\"'");
        draft.claims.insert("name".to_owned(), evil.clone());
        draft.claims.insert("picture".to_owned(), evil.clone());
        draft.claims.insert("<b>".to_owned(), evil);
    });
    let mut browser = fixture.signed_in().await;
    for page in ["/", "/profile"] {
        let html = browser.get(page).await.body;
        assert!(!html.contains("<script>alert"), "{html}");
        assert!(!html.contains("<b>"), "{html}");
    }
}

#[tokio::test]
async fn every_error_page_has_a_sentence_and_a_retry_button() {
    let fixture = Fixture::new(LOCAL).await;
    let mut browser = fixture.browser();
    for kind in ErrorKind::ALL {
        let page = browser
            .get(&format!(
                "/auth/error?error={kind}&ref=a1B2-_xy&callbackUrl=%2Forders"
            ))
            .await;
        let status = match kind {
            ErrorKind::Cancelled => 200,
            ErrorKind::SessionRequired
            | ErrorKind::NoToken
            | ErrorKind::LoginRequired
            | ErrorKind::ConsentRequired
            | ErrorKind::InteractionRequired => 401,
            ErrorKind::AccessDenied
            | ErrorKind::NotAMember
            | ErrorKind::ScopeMissing
            | ErrorKind::SignInRefused => 403,
            ErrorKind::Internal => 500,
            ErrorKind::ProviderError => 502,
            ErrorKind::ProviderUnavailable
            | ErrorKind::StoreUnavailable
            | ErrorKind::Configuration
            | ErrorKind::UnknownResource => 503,
            _ => 400,
        };
        assert_eq!(page.status, status, "{kind}");
        let retry_after = (status == 503).then_some("5");
        assert_eq!(page.header("retry-after"), retry_after, "{kind}");
        assert!(page.body.contains(kind.sentence()), "{kind}: {}", page.body);
        assert!(page.body.contains(">Try again</button>"), "{kind}");
        assert!(page.body.contains(r#"value="/orders""#), "{kind}");
        assert!(page.body.contains("<code>a1B2-_xy</code>"), "{kind}");
    }
    for query in [
        "",
        "?error=",
        "?error=%00%ff&ref=<script>&callbackUrl=%22%3E%3Cscript%3E",
        "?error=Cancelled&error=Expired&ref=",
    ] {
        let page = browser
            .get(
                &format!("/auth/error{query}")
                    .replace('<', "%3C")
                    .replace('>', "%3E"),
            )
            .await;
        assert!(!page.status.is_server_error(), "{query}");
        assert!(page.body.contains(">Try again</button>"), "{query}");
        assert!(!page.body.contains("\"><script>"), "{query}");
    }
}

#[tokio::test]
async fn the_not_found_page_shows_the_signed_in_user() {
    let fixture = Fixture::new(LOCAL).await;
    let page = fixture.signed_in().await.get("/nowhere").await;
    assert_eq!(page.status, 404);
    assert!(page.body.contains("Not found"));
    assert!(
        page.body.contains(&format!("\"user\":{{\"id\":\"{SUB}\"")),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn personal_pages_are_not_cached_and_ask_signed_out_users_to_sign_in() {
    let fixture = Fixture::new(LOCAL).await;
    let mut signed_out = fixture.browser();
    let mut alice = fixture.signed_in().await;
    for (path, shown) in [
        ("/profile", "Valid until"),
        ("/sessions", "This session"),
        // Leptos shows the same pages for these addresses.
        ("/profile/", "Valid until"),
        ("/sessions/", "This session"),
    ] {
        let asked = signed_out.get(path).await;
        assert_eq!(asked.status, 200, "{path}");
        assert!(asked.body.contains(">Sign in</button>"), "{path}");
        let back = format!(
            r#"name="redirect_to" value="{}""#,
            path.trim_end_matches('/')
        );
        assert!(asked.body.contains(&back), "{path}: {}", asked.body);
        let page = alice.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.body.contains(shown), "{path}: {}", page.body);
        for secret in ["eyJ", ACCESS_TOKEN, REFRESH_TOKEN] {
            assert!(!page.body.contains(secret), "{secret} in {path}");
        }
        for answer in [asked, page] {
            let policy = answer.header("cache-control");
            assert_eq!(policy, Some("private, no-store"), "{path}");
        }
    }
}

#[tokio::test]
async fn a_closed_database_answers_503_and_fails_the_health_check() {
    let fixture = Fixture::new(LOCAL).await;
    let mut browser = fixture.signed_in().await;
    assert_eq!(browser.get("/healthz").await.status, 200);
    fixture.sessions.close().await;
    assert_eq!(browser.get("/healthz").await.status, 503);
    let page = browser.get("/").await;
    assert_eq!(page.status, 503);
    assert!(page.header("retry-after").is_some());
    assert_eq!(fixture.browser().get("/").await.status, 200);
}
