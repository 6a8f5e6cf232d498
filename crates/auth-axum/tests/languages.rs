//! The language of what users see follows `Accept-Language`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

use auth_axum::{CurrentSession, RequestSession, RequestSource, RequireRole, WithAuth as _};
use auth_core::{Auth, AuthError, ConfigBuilder, ErrorKind};
use auth_testkit::{Browser, TestProvider, TestResponse, TestStore, settings};
use axum::{Router, body::Body, http::Request, routing::get};

struct Site {
    provider: TestProvider,
    store: TestStore,
    router: Router,
}

impl Site {
    async fn start(change: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> Self {
        let provider = TestProvider::start().await;
        let settings = change(settings(&provider, "http://localhost:3000"));
        let store = TestStore::default();
        let auth = Auth::new(settings.build().unwrap(), store.clone()).unwrap();
        let admin = get(|| async { "admin" }).route_layer(RequireRole::new("admin"));
        let router = Router::new()
            .route("/admin", admin)
            .route("/account", get(async |_: CurrentSession| "an account"))
            .route("/busy", get(busy))
            .with_auth(&auth);
        Self {
            provider,
            store,
            router,
        }
    }

    async fn open(&self, path: &str, language: &str) -> TestResponse {
        open(&mut Browser::new(&self.router), path, language).await
    }
}

async fn busy(session: RequestSession) {
    session.refuse(
        &RequestSource::Page("/busy".to_owned()),
        &AuthError::RefreshBusy,
    );
}

async fn open(browser: &mut Browser, path: &str, language: &str) -> TestResponse {
    let request = Request::get(path)
        .header("accept", "text/html")
        .header("accept-language", language);
    browser.send(request.body(Body::empty()).unwrap()).await
}

/// Checks what a page says of its language, and a text in it.
fn assert_page(page: &TestResponse, language: &str, text: &str) {
    assert_eq!(page.header("content-language"), Some(language), "{page:?}");
    assert_eq!(page.header("vary"), Some("accept-language"), "{page:?}");
    let html = format!("<html lang=\"{language}\">");
    assert!(page.body.contains(&html), "{page:?}");
    assert!(page.body.contains(text), "{text} in {page:?}");
}

const IN_THAI: &str = "th-TH,th;q=0.9,en;q=0.8";

#[tokio::test]
async fn built_in_pages_are_in_the_language_of_the_request() {
    let site = Site::start(|settings| settings).await;
    for (path, thai, english) in [
        ("/api/auth/signin", "<h1>ลงชื่อเข้าใช้</h1>", "<h1>Sign in</h1>"),
        (
            "/api/auth/signin?error=MissingCSRF",
            "แบบฟอร์มนี้หมดอายุแล้ว",
            "This form was out of date.",
        ),
        (
            "/api/auth/signout",
            "คุณต้องการออกจากระบบหรือไม่",
            "Do you want to sign out?",
        ),
        (
            "/api/auth/error?error=Cancelled",
            "คุณยกเลิกการลงชื่อเข้าใช้",
            "You cancelled the sign-in.",
        ),
        (
            "/api/auth/error?error=Nonsense",
            "เกิดข้อผิดพลาดขณะลงชื่อเข้าใช้",
            "Something went wrong while signing you in.",
        ),
        (
            "/api/auth/error?error=Internal&ref=a-b_9",
            "หมายเลขอ้างอิงนี้แก่เรา: <code>a-b_9</code>",
            "tell us this reference: <code>a-b_9</code>",
        ),
    ] {
        assert_page(&site.open(path, IN_THAI).await, "th", thai);
        assert_page(&site.open(path, "en").await, "en", english);
        assert_page(&site.open(path, "fr").await, "en", english);
    }
    // Every sentence of an error, with nothing English left.
    for kind in ErrorKind::ALL {
        let page = site
            .open(&format!("/api/auth/error?error={kind}"), "th")
            .await;
        assert!(!page.body.contains(kind.sentence()), "{page:?}");
        assert!(!page.body.contains(kind.heading()), "{page:?}");
        assert!(!page.body.contains("Try again"), "{page:?}");
        assert!(!page.body.contains("home page"), "{page:?}");
    }
}

#[tokio::test]
async fn an_odd_header_means_english_and_no_server_error() {
    let site = Site::start(|settings| settings).await;
    let long = "th,".repeat(3500);
    for language in ["", "*", ";;,=", "th;q=x", "th;q=0", "1", &long] {
        let page = site.open("/api/auth/signin", language).await;
        assert_eq!(page.status, 200, "{page:?}");
        assert_page(&page, "en", "<h1>Sign in</h1>");
    }
    let request = Request::get("/api/auth/signin").header("accept-language", &b"th;\xff\xfe"[..]);
    let page = Browser::new(&site.router)
        .send(request.body(Body::empty()).unwrap())
        .await;
    assert_page(&page, "en", "<h1>Sign in</h1>");
}

#[tokio::test]
async fn a_guard_answers_in_the_language_of_the_request() {
    let site = Site::start(|settings| settings).await;
    let mut browser = Browser::new(&site.router);
    browser.sign_in(&site.provider).await;
    let page = open(&mut browser, "/admin", "th").await;
    assert_eq!(page.status, 403);
    assert_page(&page, "th", "คุณไม่มีสิทธิ์ดูหน้านี้");
    let script = Request::get("/admin")
        .header("accept", "application/json")
        .header("accept-language", "th");
    let answer = browser.send(script.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.header("content-language"), Some("th"));
    assert!(
        answer.body.contains("\"kind\":\"AccessDenied\""),
        "{answer:?}"
    );
    assert!(answer.body.contains("คุณไม่มีสิทธิ์ดูหน้านี้"), "{answer:?}");
}

#[tokio::test]
async fn short_answers_are_in_the_language_of_the_request() {
    let site = Site::start(|settings| settings).await;
    let mut browser = Browser::new(&site.router);
    browser.sign_in(&site.provider).await;
    let busy = open(&mut browser, "/busy", IN_THAI).await;
    assert_short(
        &busy,
        "th",
        "เราตรวจสอบสิทธิ์ของคุณไม่ได้ โปรดลองอีกครั้งในอีกหนึ่งนาที\n",
    );
    let busy = open(&mut browser, "/busy", "fr").await;
    let english = "We could not check your permissions. Try again in a minute.\n";
    assert_short(&busy, "en", english);

    site.store.set_down(true);
    for path in ["/account", "/admin", "/api/auth/session", "/"] {
        let answer = open(&mut browser, path, IN_THAI).await;
        assert_short(
            &answer,
            "th",
            "เราโหลดเซสชันของคุณไม่ได้ โปรดลองอีกครั้งในอีกหนึ่งนาที\n",
        );
        let answer = open(&mut browser, path, "en").await;
        let english = "We could not load your session. Try again in a minute.\n";
        assert_short(&answer, "en", english);
    }
}

/// Checks an answer without HTML.
fn assert_short(answer: &TestResponse, language: &str, text: &str) {
    assert_eq!(answer.status, 503, "{answer:?}");
    assert_eq!(answer.body, text);
    let of = |name| answer.header(name);
    assert_eq!(of("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(of("content-language"), Some(language));
    assert_eq!(of("vary"), Some("accept-language"));
    assert_eq!(of("retry-after"), Some("5"));
}

#[tokio::test]
async fn a_language_of_the_application_completes_and_is_escaped() {
    let german = "sign-in = Anmelden & <los>\nCancelled = Abgebrochen.\n";
    let site = Site::start(|settings| settings.language("de", german)).await;
    let page = site.open("/api/auth/signin", "de-AT").await;
    assert_page(&page, "de", "<h1>Anmelden &amp; &lt;los&gt;</h1>");
    assert_page(&page, "de", ">Anmelden &amp; &lt;los&gt;</button>");
    // What it leaves out is English.
    let page = site.open("/api/auth/error?error=Cancelled", "de").await;
    assert_page(&page, "de", "Abgebrochen.");
    assert_page(&page, "de", ">Try again</button>");
}

/// Begins a sign-in and returns the address at the provider.
async fn begin(site: &Site, path: &str, language: Option<&str>) -> String {
    let mut request = Request::post(path).header("accept", "text/html");
    if let Some(language) = language {
        request = request.header("accept-language", language);
    }
    let begun = Browser::new(&site.router)
        .send(request.body(Body::empty()).unwrap())
        .await;
    begun.location().to_owned()
}

#[tokio::test]
async fn logto_is_asked_for_the_language_of_the_request() {
    let site = Site::start(|settings| settings).await;
    let sign_in = "/api/auth/signin/logto";
    let thai = begin(&site, sign_in, Some(IN_THAI)).await;
    assert!(
        thai.contains("ui_locales=th&") || thai.ends_with("ui_locales=th"),
        "{thai}"
    );
    // Logto may know a language that the application does not.
    let german = "de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7";
    for language in [None, Some("fr"), Some("*"), Some("th;q=0"), Some(german)] {
        let address = begin(&site, sign_in, language).await;
        assert!(!address.contains("ui_locales"), "{address}");
    }
    let chosen = begin(&site, "/api/auth/signin/logto?ui_locales=fr", Some("th")).await;
    assert!(chosen.contains("ui_locales=fr"), "{chosen}");
    assert!(!chosen.contains("ui_locales=th"), "{chosen}");
}
