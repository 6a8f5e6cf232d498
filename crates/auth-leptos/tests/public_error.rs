//! The errors of server functions: what a browser gets of them, and how guards in
//! server functions answer a script and a form without JavaScript.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

use std::time::Duration;

use auth_leptos::{
    AuthError, ErrorKind, PublicError, RequireRole, RequireSession, SessionHandle, WithAuth as _,
    require_role, require_session,
};
use auth_testkit::{Browser, RESOURCE, TestResponse, TestSite};
use axum::{
    Router,
    body::Body,
    http::Request,
    routing::{get, post},
};
use leptos::{
    prelude::*,
    server_fn::{
        Bytes, ContentType, Decodes, Encodes, Format, FormatType,
        codec::{GetUrl, JsonEncoding},
        error::{FromServerFnError, ServerFnErrorErr, ServerFnUrlError},
    },
};
use leptos_axum::handle_server_fns;
use serde::{Deserialize, Serialize};

const DETAILS: &str = "connection to 10.0.0.5:5432 refused";

#[server(endpoint = "mine")]
async fn mine() -> Result<String, PublicError> {
    Ok(require_session().await?.sub().to_owned())
}

#[server(endpoint = "mine-by-get", input = GetUrl)]
async fn mine_by_get() -> Result<String, PublicError> {
    Ok(require_session().await?.sub().to_owned())
}

#[server(endpoint = "for-admins")]
async fn for_admins() -> Result<String, PublicError> {
    Ok(require_role("admin").await?.sub().to_owned())
}

/// Fails with details that are for the log only.
#[server(endpoint = "broken")]
async fn broken() -> Result<(), PublicError> {
    Err(AuthError::Internal(DETAILS.to_owned()))?
}

/// An error of Leptos.
#[server(endpoint = "broken-as-server-fn-error")]
async fn broken_as_server_fn_error() -> Result<(), ServerFnError> {
    broken().await?;
    Ok(())
}

/// An error of the application that wraps the library's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum OrderError {
    SoldOut,
    Public(PublicError),
}

impl From<PublicError> for OrderError {
    fn from(error: PublicError) -> Self {
        Self::Public(error)
    }
}

impl FromServerFnError for OrderError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        Self::Public(error.into())
    }
}

#[server(endpoint = "order")]
async fn order(amount: u32) -> Result<(), OrderError> {
    require_session().await?;
    if amount > 5 {
        return Err(OrderError::SoldOut);
    }
    auth_leptos::access_token(RESOURCE).await?;
    Ok(())
}

#[server(endpoint = "end-one")]
async fn end_one(which: String) -> Result<(), PublicError> {
    let handle: SessionHandle = which.parse()?;
    auth_leptos::end_session(handle, "/sessions").await
}

async fn start_site() -> TestSite {
    TestSite::new(|auth| {
        let functions = || post(handle_server_fns);
        Router::new()
            .route("/api/for-members/{*function}", functions())
            .route("/api/mine-by-get", get(handle_server_fns))
            .route("/api/{*function}", functions())
            .layer(RequireSession::new().under("/api/for-members"))
            .layer(RequireRole::new("admin").under("/api/for-members/admins"))
            .with_auth(auth)
    })
    .await
}

/// Calls a server function as WASM does.
async fn call(browser: &mut Browser, path: &str, arguments: &str) -> TestResponse {
    let request = Request::post(path)
        .header("accept", "application/json")
        .header("sec-fetch-site", "same-origin")
        .header("sec-fetch-mode", "cors")
        .header("referer", "http://localhost:3000/page?a=1")
        .header("content-type", "application/x-www-form-urlencoded");
    let body = Body::from(arguments.to_owned());
    browser.send(request.body(body).unwrap()).await
}

/// Sends a form without JavaScript.
async fn submit(browser: &mut Browser, path: &str, referer: Option<&str>) -> TestResponse {
    let mut request = Request::post(path)
        .header("accept", "text/html,*/*;q=0.8")
        .header("sec-fetch-site", "same-origin")
        .header("sec-fetch-mode", "navigate")
        .header("content-type", "application/x-www-form-urlencoded");
    if let Some(referer) = referer {
        request = request.header("referer", referer);
    }
    browser.send(request.body(Body::empty()).unwrap()).await
}

const PAGE: &str = "http://localhost:3000/page?a=b%26&c";

fn decode<E: FromServerFnError>(answer: &TestResponse) -> E {
    E::de(answer.body.clone().into())
}

#[tokio::test]
async fn a_script_gets_a_status_with_kind_and_sentence() {
    let site = start_site().await;
    for path in [
        "/api/mine",
        "/api/for-admins",
        // Here a layer answers, and the server function does not run.
        "/api/for-members/mine",
    ] {
        let refused = call(&mut site.browser(), path, "").await;
        assert_eq!(refused.status, 401, "{path}");
        assert_eq!(refused.header("location"), None, "{path}");
        assert_eq!(
            refused.body,
            r#"{"kind":"SessionRequired","sentence":"Your session has ended. Please sign in again."}"#
        );
        let error: PublicError = decode(&refused);
        assert_eq!(
            error,
            PublicError::new(ErrorKind::SessionRequired),
            "{path}"
        );
    }
    let mut browser = site.signed_in().await;
    assert_eq!(call(&mut browser, "/api/mine", "").await.status, 200);
    for path in ["/api/for-admins", "/api/for-members/admins/mine"] {
        let refused = call(&mut browser, path, "").await;
        assert_eq!(refused.status, 403, "{path}");
        let error: PublicError = decode(&refused);
        assert_eq!(error.kind(), ErrorKind::AccessDenied, "{path}");
        assert!(!refused.body.contains("admin"), "{}", refused.body);
    }
}

#[tokio::test]
async fn a_form_without_javascript_is_sent_to_sign_in_and_returns_to_its_page() {
    let site = start_site().await;
    for path in ["/api/mine", "/api/for-admins", "/api/order"] {
        // The address can contain the error of the form's last request.
        let with_error = format!("{PAGE}&__path=%2Fapi%2Fmine&__err=e30%3D");
        for referer in [PAGE, &with_error] {
            let arguments_missing = path == "/api/order";
            let sent = submit(&mut site.browser(), path, Some(referer)).await;
            if arguments_missing {
                continue;
            }
            assert_eq!(sent.status, 303, "{path} {referer}");
            assert_eq!(
                sent.location(),
                "/api/auth/signin?callbackUrl=%2Fpage%3Fa%3Db%2526%26c%3D",
                "{path} {referer}"
            );
            assert_eq!(sent.body, "", "{path}");
        }
        for referer in [None, Some("https://evil.example.com/")] {
            let sent = submit(&mut site.browser(), "/api/mine", referer).await;
            assert_eq!(sent.location(), "/api/auth/signin?callbackUrl=%2F");
        }
    }
}

/// A status would show the user the bare error.
#[tokio::test]
async fn a_form_without_javascript_returns_to_its_page_with_the_error() {
    let site = start_site().await;
    let mut browser = site.signed_in().await;
    for (path, kind) in [
        ("/api/for-admins", "AccessDenied"),
        ("/api/broken", "Internal"),
        ("/api/order", "InvalidRequest"),
    ] {
        let sent = submit(&mut browser, path, Some(PAGE)).await;
        assert_eq!(sent.status, 302, "{path}");
        let (page, query) = sent.location().split_once("&__path=").unwrap();
        assert_eq!(page, PAGE, "{path}");
        let error = query.split_once("&__err=").unwrap().1;
        let error = error.replace("%3D", "=");
        let Text(text) = ServerFnUrlError::decode_err(&error);
        assert!(text.contains(kind), "{path}: {text}");
        assert!(!text.contains(DETAILS), "{path}: {text}");
    }
    // Without the page there is nothing to return to.
    let refused = submit(&mut browser, "/api/for-admins", None).await;
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains("You do not have permission"));
}

/// The text of an error that Leptos writes into the address of a page.
#[derive(Debug)]
struct Text(String);

struct TextEncoding;

impl ContentType for TextEncoding {
    const CONTENT_TYPE: &'static str = "text/plain";
}

impl FormatType for TextEncoding {
    const FORMAT_TYPE: Format = Format::Text;
}

impl Encodes<Text> for TextEncoding {
    type Error = std::convert::Infallible;

    fn encode(output: &Text) -> Result<Bytes, Self::Error> {
        Ok(output.0.clone().into())
    }
}

impl Decodes<Text> for TextEncoding {
    type Error = std::string::FromUtf8Error;

    fn decode(bytes: Bytes) -> Result<Text, Self::Error> {
        String::from_utf8(bytes.to_vec()).map(Text)
    }
}

impl FromServerFnError for Text {
    type Encoder = TextEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        Self(error.to_string())
    }
}

#[tokio::test]
async fn no_error_type_tells_the_browser_details() {
    let site = start_site().await;
    let mut browser = site.signed_in().await;
    for path in ["/api/broken", "/api/broken-as-server-fn-error"] {
        let answer = call(&mut browser, path, "").await;
        assert_eq!(answer.status, 500, "{path}");
        let sentence = "Something went wrong on this site. Try again in a minute.";
        assert!(answer.body.contains(sentence), "{path}: {}", answer.body);
        assert!(!answer.body.contains("10.0.0.5"), "{path}: {}", answer.body);
    }
}

#[tokio::test]
async fn the_details_are_kept_for_the_code_on_the_server() {
    let error = PublicError::from(AuthError::Internal(DETAILS.to_owned()));
    assert!(error.details().unwrap().to_string().contains(DETAILS));
    assert!(!error.to_string().contains(DETAILS));
    assert!(std::error::Error::source(&error).is_none());
    let json = serde_json::to_string(&error).unwrap();
    assert!(!json.contains(DETAILS), "{json}");
}

#[tokio::test]
async fn an_error_of_the_application_wraps_it() {
    let site = start_site().await;
    let refused = call(&mut site.browser(), "/api/order", "amount=1").await;
    assert_eq!(refused.status, 401);
    let expected = OrderError::Public(PublicError::new(ErrorKind::SessionRequired));
    assert_eq!(decode::<OrderError>(&refused), expected);

    let mut browser = site.signed_in().await;
    let refused = call(&mut browser, "/api/order", "amount=6").await;
    assert_eq!(decode::<OrderError>(&refused), OrderError::SoldOut);

    site.provider
        .fail("/oidc/token", 400, r#"{"error":"invalid_target"}"#);
    let refused = call(&mut browser, "/api/order", "amount=1").await;
    let expected = OrderError::Public(PublicError::new(ErrorKind::UnknownResource));
    assert_eq!(decode::<OrderError>(&refused), expected);
}

#[tokio::test]
async fn arguments_that_cannot_be_read_are_the_clients_error() {
    let site = start_site().await;
    let mut browser = site.signed_in().await;
    for (path, arguments) in [
        ("/api/order", ""),
        ("/api/order", "amount=many"),
        ("/api/end-one", "which=%00"),
        ("/api/end-one", ""),
    ] {
        let answer = call(&mut browser, path, arguments).await;
        assert_eq!(answer.status, 400, "{path} {arguments}: {answer:?}");
        assert!(answer.body.contains("InvalidRequest"), "{}", answer.body);
    }
}

#[tokio::test]
async fn answers_that_are_no_error_of_this_form() {
    for (body, kind, sentence) in [
        (
            r#"{"kind":"FromTheFuture","sentence":"Please wait."}"#,
            ErrorKind::Internal,
            "Please wait.",
        ),
        (
            r#"{"kind":"AccessDenied","sentence":"<script>","more":1}"#,
            ErrorKind::AccessDenied,
            "<script>",
        ),
    ] {
        let error = PublicError::de(body.into());
        assert_eq!((error.kind(), error.sentence()), (kind, sentence));
    }
    for body in [
        "",
        "null",
        "<!DOCTYPE html>",
        r#"{"kind":5}"#,
        "ServerError|no",
    ] {
        let error = PublicError::de(body.into());
        // In the browser it is `Internal`: it reads answers.
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{body}");
    }
    let offline = PublicError::from(ServerFnErrorErr::Request("TypeError".to_owned()));
    assert_eq!(offline.kind(), ErrorKind::Unreachable);
}

#[tokio::test]
async fn while_logto_is_down_scripts_get_503_and_forms_return_to_their_page() {
    let site = start_site().await;
    let mut browser = site.signed_in().await;
    site.provider.fail("/oidc/token", 503, "");
    site.clock.advance(Duration::from_secs(2 * 60 * 60));
    let answer = call(&mut browser, "/api/mine", "").await;
    assert_eq!(answer.status, 503, "{answer:?}");
    let seconds: u32 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=10).contains(&seconds), "{seconds}");
    let sent = submit(&mut browser, "/api/mine", Some(PAGE)).await;
    assert_eq!(sent.status, 302);
    assert!(sent.location().starts_with(PAGE), "{}", sent.location());
}

/// A link can call it, or a form with the method `GET`.
#[tokio::test]
async fn a_server_function_that_is_called_by_get() {
    let site = start_site().await;
    let request = Request::get("/api/mine-by-get")
        .header("accept", "text/html")
        .header("sec-fetch-mode", "navigate")
        .header("referer", PAGE);
    let mut browser = site.browser();
    let sent = browser.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(sent.status, 303);
    assert!(
        sent.location()
            .starts_with("/api/auth/signin?callbackUrl=%2Fpage")
    );
}
