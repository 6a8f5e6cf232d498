//! The whole application, request in, response out: pages, headers, CSRF,
//! files.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

use std::{
    fs,
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};

use auth_core::{Auth, ErrorKind};
use auth_sqlx::{DatabaseUrl, SqlStore};
use auth_testkit::{ACCESS_TOKEN, Browser, REFRESH_TOKEN, SUB, TestProvider, config};
use axum::{Router, body::Body, http::Request};
use leptos::config::LeptosOptions;
use server::{AppState, Site, router};

struct Fixture {
    provider: TestProvider,
    sessions: SqlStore,
    app: Router,
    folder: PathBuf,
}

impl Fixture {
    async fn new(base_url: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder =
            std::env::temp_dir().join(format!("auth-router-{}-{number}", std::process::id()));
        fs::create_dir_all(folder.join("site/pkg")).unwrap();
        fs::write(folder.join("hash.txt"), "js: abc\nwasm: abc\ncss: abc\n").unwrap();
        fs::write(folder.join("site/pkg/app.abc.js"), "plain").unwrap();
        fs::write(folder.join("site/pkg/app.abc.js.br"), "brotli").unwrap();
        fs::write(folder.join("site/robots.txt"), "User-agent: *").unwrap();
        let provider = TestProvider::start().await;
        let sessions = SqlStore::open(&DatabaseUrl::Sqlite(folder.join("auth.db")))
            .await
            .unwrap();
        let auth = Auth::new(config(&provider, base_url), sessions.clone()).unwrap();
        let options = LeptosOptions::builder()
            .output_name("app")
            .site_root(folder.join("site").display().to_string())
            .site_pkg_dir("pkg")
            .hash_files(true)
            .hash_file(folder.join("hash.txt").display().to_string().into())
            .build();
        let app = router(AppState::new(auth, sessions.clone(), Site { options }));
        Self {
            provider,
            sessions,
            app,
            folder,
        }
    }

    fn browser(&self) -> Browser {
        Browser::new(&self.app)
    }

    async fn signed_in(&self) -> Browser {
        let mut browser = self.browser();
        browser.sign_in(&self.provider).await;
        browser
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.folder));
    }
}

const LOCAL: &str = "http://localhost:3000";

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
            ErrorKind::AccessDenied | ErrorKind::NotAMember | ErrorKind::ScopeMissing => 403,
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
async fn cross_site_requests_are_refused() {
    let fixture = Fixture::new(LOCAL).await;
    let mut browser = fixture.signed_in().await;
    for path in [
        "/api/sign_in",
        "/api/sign_out",
        "/api/sign_out_of",
        "/api/auth/signin/logto",
        "/api/auth/signout",
    ] {
        for (header, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://evil.test"),
            ("origin", "null"),
        ] {
            let request = Request::post(path)
                .header("host", "localhost:3000")
                .header("accept", "text/html")
                .header(header, value);
            let answer = browser.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status, 403, "{path} {header}: {value}");
        }
    }
    assert!(browser.get("/").await.body.contains(">Sign out</button>"));
    let own = Request::post("/api/sign_out")
        .header("host", "localhost:3000")
        .header("origin", LOCAL)
        .header("accept", "text/html");
    let answer = browser.send(own.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 302);
}

#[tokio::test]
async fn every_response_has_its_security_headers() {
    let fixture = Fixture::new("https://app.test").await;
    let issuer = fixture.provider.issuer();
    let origin = issuer.strip_suffix("/oidc").unwrap();
    let mut browser = fixture.browser();
    for path in [
        "/",
        "/nowhere",
        "/api/auth/session",
        "/api/auth/signin",
        "/pkg/app.abc.js",
        "/healthz",
    ] {
        let answer = browser.get(path).await;
        for (header, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("strict-transport-security", "max-age=63072000"),
        ] {
            assert_eq!(answer.header(header), Some(value), "{path}");
        }
        let policy = answer.header("content-security-policy").unwrap();
        assert!(
            policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert!(
            policy.contains(&format!("form-action 'self' {origin}")),
            "{path}: {policy}"
        );
        assert!(
            !policy.contains("unsafe-inline") && !policy.contains("unsafe-eval' "),
            "{policy}"
        );
    }
}

#[tokio::test]
async fn every_script_has_the_nonce_of_the_policy() {
    let fixture = Fixture::new(LOCAL).await;
    let mut browser = fixture.browser();
    let mut nonces = Vec::new();
    for _ in 0..2 {
        let page = browser.get("/").await;
        let policy = page.header("content-security-policy").unwrap();
        let nonce = policy
            .split("'nonce-")
            .nth(1)
            .unwrap()
            .split('\'')
            .next()
            .unwrap();
        for script in page.body.split("<script").skip(1) {
            let tag = script.split('>').next().unwrap();
            assert!(tag.contains(&format!("nonce=\"{nonce}\"")), "<script{tag}>");
        }
        nonces.push(nonce.to_owned());
    }
    assert_ne!(nonces[0], nonces[1]);
}

#[tokio::test]
async fn files_are_compressed_and_cached_but_missing_files_are_not() {
    let fixture = Fixture::new(LOCAL).await;
    let mut browser = fixture.browser();
    let request = Request::get("/pkg/app.abc.js").header("accept-encoding", "br");
    let answer = browser.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.body, "brotli");
    assert_eq!(answer.header("content-encoding"), Some("br"));
    assert_eq!(
        answer.header("cache-control"),
        Some("public, max-age=31536000, immutable")
    );
    let answer = browser.get("/robots.txt").await;
    assert_eq!(answer.header("cache-control"), Some("public, max-age=3600"));
    for path in [
        "/pkg/app.old.js",
        "/nowhere",
        "/pkg/../auth.db",
        "/..%2fauth.db",
        "/%2e%2e/auth.db",
    ] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        let policy = answer.header("cache-control").unwrap_or_default();
        assert!(!policy.contains("public"), "{path}: {policy}");
    }
}

#[tokio::test]
async fn the_not_found_page_shows_the_signed_in_user() {
    let fixture = Fixture::new(LOCAL).await;
    let page = fixture.signed_in().await.get("/nowhere").await;
    assert_eq!(page.status, 404);
    assert!(page.body.contains("Not found"));
    assert!(
        page.body.contains(&format!("data-auth-user=\"{SUB}\"")),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn personal_pages_are_not_cached_and_ask_signed_out_users_to_sign_in() {
    let fixture = Fixture::new(LOCAL).await;
    let mut visitor = fixture.browser();
    let mut alice = fixture.signed_in().await;
    for (path, shown) in [
        ("/profile", "Valid until"),
        ("/sessions", "This session"),
        // Leptos shows the same pages for these addresses.
        ("/profile/", "Valid until"),
        ("/sessions/", "This session"),
    ] {
        let asked = visitor.get(path).await;
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
async fn a_form_ends_one_or_all_sessions() {
    let fixture = Fixture::new(LOCAL).await;
    let (mut mine, mut theirs) = (fixture.signed_in().await, fixture.signed_in().await);
    let page = mine.get("/sessions").await.body;
    let id = page
        .split(r#"name="which" value=""#)
        .filter_map(|rest| rest.split('"').next())
        .find(|value| value.len() == 32)
        .unwrap();
    let done = mine.post("/api/sign_out_of", &format!("which={id}")).await;
    assert_eq!((done.status.as_u16(), done.location()), (302, "/sessions"));
    assert!(
        theirs
            .get("/sessions")
            .await
            .body
            .contains(">Sign in</button>")
    );

    let done = mine.post("/api/sign_out_of", "which=everywhere").await;
    assert_eq!(done.location(), "/");
    assert!(mine.cookies.is_empty());
}

#[tokio::test]
async fn an_invalid_session_handle_is_answered_400() {
    let fixture = Fixture::new(LOCAL).await;
    let mut browser = fixture.signed_in().await;
    for form in [
        "",
        "which=",
        "which=all",
        "which=Others",
        "which=others%20",
        "which=everywhere%00",
        "which=0",
        "which=%00",
        "which=a&which=b",
    ] {
        let script = Request::post("/api/sign_out_of")
            .header("accept", "application/json")
            .header("content-type", "application/x-www-form-urlencoded");
        let answer = browser.send(script.body(Body::from(form)).unwrap()).await;
        assert_eq!(answer.status, 400, "{form}: {answer:?}");
        let answer = browser.post("/api/sign_out_of", form).await;
        assert_eq!(answer.status, 302, "{form}: {answer:?}");
    }
    assert!(browser.get("/").await.body.contains(">Sign out</button>"));
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

#[tokio::test]
async fn the_body_of_a_server_function_call_is_limited() {
    let fixture = Fixture::new(LOCAL).await;
    let body = "x".repeat(100_000);
    let post = Request::post("/api/sign_in").header("content-length", body.len());
    let told = fixture
        .browser()
        .send(post.body(Body::from(body.clone())).unwrap())
        .await;
    assert_eq!(told.status, 413);
    // Without a length, the server notices while it reads.
    let untold = fixture.browser().post("/api/sign_in", &body).await;
    assert!(untold.body.contains("length limit exceeded"), "{untold:?}");
}

#[tokio::test]
async fn a_malformed_form_causes_no_server_error() {
    let fixture = Fixture::new(LOCAL).await;
    let long = "A".repeat(20_000);
    let long = format!("{long}=1&{long}=2");
    for body in [
        long.as_str(),
        "%%%",
        "redirect_to=%ff%00",
        "redirect_to[a]=b",
        "redirect_to=/a&redirect_to=/b",
        "\u{0}",
    ] {
        for path in [
            "/api/sign_in",
            "/api/sign_out",
            "/api/sign_out_of",
            "/api/auth",
            "/api/nothing",
        ] {
            let script = Request::post(path)
                .header("accept", "application/json")
                .header("content-type", "application/x-www-form-urlencoded");
            let answer = fixture
                .browser()
                .send(script.body(Body::from(body.to_owned())).unwrap())
                .await;
            assert!(
                !answer.status.is_server_error(),
                "{path} {body:?}: {answer:?}"
            );
            let answer = fixture.browser().post(path, body).await;
            assert!(
                !answer.status.is_server_error(),
                "{path} {body:?}: {answer:?}"
            );
        }
    }
}

#[tokio::test]
async fn another_name_of_this_machine_redirects_to_the_configured_one() {
    let get = |host: &str| {
        Request::get("/profile?a=b")
            .header("host", host)
            .body(Body::empty())
            .unwrap()
    };
    let fixture = Fixture::new(LOCAL).await;
    for host in ["127.0.0.1:3000", "[::1]:3000"] {
        let answer = fixture.browser().send(get(host)).await;
        assert_eq!(answer.status, 307, "{host}");
        assert_eq!(answer.location(), "http://localhost:3000/profile?a=b");
    }
    for host in [
        "localhost:3000",
        "evil.test",
        "127.0.0.1:4000",
        "10.0.0.1:3000",
        "\"<>",
    ] {
        let answer = fixture.browser().send(get(host)).await;
        assert_eq!(answer.status, 200, "{host}");
    }
    let public = Fixture::new("https://app.test").await;
    let answer = public.browser().send(get("127.0.0.1")).await;
    assert_eq!(answer.status, 200, "a proxy may have changed it");
}
