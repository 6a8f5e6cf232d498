//! Failures in the log: one line with what the provider answered, the remedy and
//! the reference, which no text of the provider can forge.

use std::sync::{Arc, Mutex};

use auth_core::{Auth, AuthError, ErrorKind};
use auth_testkit::{
    CookieJar, TestProvider, auth,
    steps::{begin, complete},
};
use url::{Url, form_urlencoded};

/// The lines that `act` logs.
fn logged(act: impl FnOnce()) -> Vec<String> {
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, act);
    let bytes = lines.0.lock().unwrap().clone();
    String::from_utf8(bytes)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

/// The one line of a failure, which has the reference that the user sees.
fn line(auth: &Auth, error: &AuthError) -> String {
    let mut page = String::new();
    let lines = logged(|| page = auth.report(error, None));
    assert_eq!(lines.len(), 1, "{lines:?}");
    let page = Url::parse("http://localhost").unwrap().join(&page).unwrap();
    let reference = page
        .query_pairs()
        .find_map(|(name, value)| (name == "ref").then(|| value.into_owned()))
        .unwrap();
    assert!(lines[0].contains(&reference), "{}", lines[0]);
    lines[0].clone()
}

/// A sign-in whose token request is answered like this.
async fn exchange(status: u16, body: &str) -> (Auth, AuthError) {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    let mut browser = CookieJar::default();
    let url = begin(&auth, &mut browser, "/").await;
    let query = provider.authorize(&url);
    provider.fail("/oidc/token", status, body);
    let failure = complete(&auth, &mut browser, &query).await.unwrap_err();
    (auth, failure.error)
}

/// A sign-in whose callback has these parameters in place of the code.
async fn callback(parameters: &[(&str, &str)]) -> (Auth, AuthError) {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    let mut browser = CookieJar::default();
    let url = begin(&auth, &mut browser, "/").await;
    let answer = provider.authorize(&url);
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(answer.as_bytes()) {
        if name != "code" {
            query.append_pair(&name, &value);
        }
    }
    query.extend_pairs(parameters);
    let failure = complete(&auth, &mut browser, &query.finish())
        .await
        .unwrap_err();
    (auth, failure.error)
}

#[tokio::test]
async fn what_the_token_endpoint_answers_is_in_the_line() {
    for (status, body, kind, parts) in [
        (
            500,
            r#"{"error":"server_error","error_description":"db is down"}"#,
            ErrorKind::ProviderUnavailable,
            &[
                "status 500",
                "application/json",
                "server_error (db is down)",
            ][..],
        ),
        (
            503,
            "<h1>Down</h1>",
            ErrorKind::ProviderUnavailable,
            &["status 503", "text/html"],
        ),
        (
            401,
            r#"{"error":"invalid_client","error_description":"bad secret"}"#,
            ErrorKind::Configuration,
            &[
                "status 401",
                "bad secret",
                "AUTH_LOGTO_SECRET",
                "AUTH_LOGTO_AUTH_METHOD",
            ],
        ),
        (
            400,
            r#"{"error":"unauthorized_client","error_description":"no"}"#,
            ErrorKind::ProviderError,
            &[
                "status 400",
                "application/json",
                "unauthorized_client (no)",
                "token endpoint",
                "allow this application the grants",
            ],
        ),
        (
            400,
            "<h1>Bad</h1>",
            ErrorKind::ProviderError,
            &["status 400", "text/html", "token endpoint"],
        ),
        (
            200,
            "<h1>Hello</h1>",
            ErrorKind::ProviderError,
            &["status 200", "text/html", "not a JSON object"],
        ),
    ] {
        let (auth, error) = exchange(status, body).await;
        assert_eq!(error.kind(), kind, "{error}");
        let line = line(&auth, &error);
        for part in parts {
            assert!(line.contains(part), "{part}: {line}");
        }
    }
}

#[tokio::test]
async fn no_text_of_the_provider_forges_a_line() {
    const FORGED: &str = "x\n2026-01-01T00:00:00Z ERROR forged\r\u{1b}[2K\u{2028}\u{202e}end";
    let escaped = |line: &str| {
        assert!(line.contains("x\\n2026-01-01"), "{line}");
        assert!(line.contains("\\u{202e}end"), "{line}");
        assert!(
            !line.contains('\u{1b}') && !line.contains('\u{2028}'),
            "{line}"
        );
    };
    for status in [400, 401, 429, 500] {
        for name in [
            "invalid_client",
            "invalid_request",
            "invalid_target",
            FORGED,
        ] {
            let body = serde_json::json!({"error": name, "error_description": FORGED});
            let (auth, error) = exchange(status, &body.to_string()).await;
            escaped(&line(&auth, &error));
        }
    }
    for name in ["access_denied", "server_error", "invalid_scope", FORGED] {
        let (auth, error) = callback(&[("error", name), ("error_description", FORGED)]).await;
        escaped(&line(&auth, &error));
    }
}

#[tokio::test]
async fn a_very_long_text_is_cut_off() {
    let body = serde_json::json!({"error": "x", "error_description": "y".repeat(900_000)});
    let (auth, error) = exchange(400, &body.to_string()).await;
    assert!(line(&auth, &error).len() < 2000);
}

#[tokio::test]
async fn a_denial_with_a_reason_is_not_cancelled() {
    for (parameters, kind) in [
        (&[("error", "access_denied")][..], ErrorKind::Cancelled),
        (
            &[("error", "access_denied"), ("error_description", " ")],
            ErrorKind::Cancelled,
        ),
        (
            &[
                ("error", "access_denied"),
                ("error_description", "End-User aborted interaction"),
            ],
            ErrorKind::Cancelled,
        ),
        (&[("error", "oidc.aborted")], ErrorKind::Cancelled),
        (
            &[
                ("error", "access_denied"),
                ("error_description", "verify e-mail first"),
            ],
            ErrorKind::ProviderError,
        ),
    ] {
        let (auth, error) = callback(parameters).await;
        assert_eq!(error.kind(), kind, "{parameters:?}");
        if kind == ErrorKind::ProviderError {
            let line = line(&auth, &error);
            assert!(
                line.contains("access_denied (verify e-mail first)"),
                "{line}"
            );
        }
    }
}
