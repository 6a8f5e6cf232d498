//! The response mode `form_post`: the provider's page posts its answer.

use auth_axum::{SessionLayer, auth_routes};
use auth_core::ResponseMode;
use auth_testkit::{Browser, TestResponse, TestSite, param};
use axum::{body::Body, http::Request};
use url::Url;

const CALLBACK: &str = "/api/auth/callback/logto";

async fn start_site() -> TestSite {
    TestSite::with_settings(
        |settings| settings.response_mode(ResponseMode::FormPost),
        |auth| auth_routes(auth.clone()).route_layer(SessionLayer::new(auth.clone())),
    )
    .await
}

/// Posts as the page of another site: the browser sends no `Lax` cookies.
async fn post_from_provider(site: &TestSite, form: &str) -> TestResponse {
    let request = Request::post(CALLBACK)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("origin", "https://tenant.logto.app")
        .header("sec-fetch-site", "cross-site");
    let request = request.body(Body::from(form.to_owned())).unwrap();
    site.browser().send(request).await
}

/// Returns the fields of the form in a page, as a browser sends them.
fn fields(page: &str) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for field in page.split("<input type=\"hidden\" name=\"").skip(1) {
        let (name, rest) = field.split_once("\" value=\"").unwrap();
        let value = rest.split('"').next().unwrap().replace("&amp;", "&");
        form.append_pair(name, &value);
    }
    form.finish()
}

async fn start(site: &TestSite, browser: &mut Browser) -> String {
    let started = browser
        .post("/api/auth/signin/logto", "callbackUrl=/orders")
        .await;
    let address = Url::parse(started.location()).unwrap();
    assert_eq!(
        param(&address, "response_mode").as_deref(),
        Some("form_post")
    );
    site.provider.authorize(&address)
}

#[tokio::test]
async fn a_sign_in_completes_through_a_page_of_the_application() {
    let site = start_site().await;
    let mut browser = site.browser();
    let answer = start(&site, &mut browser).await;

    let page = post_from_provider(&site, &answer).await;
    assert_eq!(page.status, 200);
    assert_eq!(page.header("set-cookie"), None);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("script-src 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    assert!(
        page.body.contains(">Continue</button>"),
        "without JavaScript"
    );

    // The page's own form, with the cookies.
    let completed = browser.post(CALLBACK, &fields(&page.body)).await;
    assert_eq!(completed.status, 303);
    assert_eq!(completed.location(), "/orders");
    assert!(!browser.is_signed_out());
}

#[tokio::test]
async fn a_form_of_another_site_signs_nobody_in() {
    let site = start_site().await;
    let mut attacker = site.browser();
    let answer = start(&site, &mut attacker).await;
    // The victim's browser has no sign-in of this state, whatever the form says.
    let mut victim = site.browser();
    for form in [answer.clone(), format!("{answer}&sent_again=1")] {
        let completed = victim.post(CALLBACK, &form).await;
        assert!(
            completed
                .location()
                .starts_with("/api/auth/error?error=Expired"),
            "{completed:?}"
        );
        assert!(victim.is_signed_out());
    }
}

#[tokio::test]
async fn the_page_shows_no_markup_of_the_form_and_only_fields_of_an_answer() {
    let site = start_site().await;
    let form =
        "state=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E&code='%26&extra=x&callbackUrl=//evil.test";
    let page = post_from_provider(&site, form).await;
    assert!(!page.body.contains("<script>alert"), "{}", page.body);
    assert!(
        page.body
            .contains("value=\"&quot;&gt;&lt;script&gt;alert(1)"),
        "{}",
        page.body
    );
    assert!(page.body.contains("value=\"&#39;&amp;\""), "{}", page.body);
    assert!(
        !page.body.contains("extra") && !page.body.contains("evil.test"),
        "{}",
        page.body
    );
    for form in [vec![b'x'; 100_000], b"state=\xff".to_vec()] {
        let request = Request::post(CALLBACK)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "cross-site");
        let answer = site
            .browser()
            .send(request.body(Body::from(form)).unwrap())
            .await;
        assert_eq!(answer.status, 400);
    }
}
