//! A provider that is down, slow, wrong or hostile, and one that rotates its
//! keys: which error results, and how many requests are sent.

use std::time::{Duration, Instant};

use auth_core::{
    Auth, AuthError, DeviceInfo, ErrorKind, MemoryStore, SignInFailure, SignInOptions,
};
use auth_testkit::{CookieJar, ProviderKey, TestProvider, auth, object, settings};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use url::Url;

const DISCOVERY: &str = "/oidc/.well-known/openid-configuration";

async fn begin(auth: &Auth) -> Result<(Url, CookieJar), AuthError> {
    let mut browser = CookieJar::default();
    let started = auth
        .begin_sign_in(&SignInOptions::new(), &browser.cookies())
        .await?;
    browser.store(&started.cookies);
    Ok((started.url, browser))
}

async fn sign_in(auth: &Auth, provider: &TestProvider) -> Result<(), SignInFailure> {
    let (url, browser) = begin(auth).await?;
    auth.complete_sign_in(
        &provider.authorize(&url),
        &browser.cookies(),
        &DeviceInfo::default(),
    )
    .await
    .map(drop)
}

#[tokio::test]
async fn a_bad_discovery_document_and_a_dead_provider_are_different_errors() {
    let huge = format!("{{\"issuer\":\"{}\"}}", "x".repeat(2 * 1024 * 1024));
    let cases: [(&str, u16, &str, ErrorKind); 8] = [
        ("server error", 500, "{}", ErrorKind::ProviderUnavailable),
        (
            "bad gateway in HTML",
            502,
            "<h1>Bad gateway</h1>",
            ErrorKind::ProviderUnavailable,
        ),
        ("too long", 200, &huge, ErrorKind::ProviderUnavailable),
        (
            "not found",
            404,
            "<h1>Not found</h1>",
            ErrorKind::Configuration,
        ),
        ("HTML", 200, "<h1>Welcome</h1>", ErrorKind::Configuration),
        ("no JSON", 200, "{", ErrorKind::Configuration),
        (
            "another document",
            200,
            "{\"a\":1}",
            ErrorKind::Configuration,
        ),
        ("a redirect", 302, "", ErrorKind::Configuration),
    ];
    for (name, status, body, kind) in cases {
        let provider = TestProvider::start().await;
        provider.fail(DISCOVERY, status, body);
        let error = begin(&auth(&provider)).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{name}: {error}");
    }
}

#[tokio::test]
async fn an_unsafe_discovery_document_is_refused() {
    for (name, changes) in [
        (
            "another issuer",
            json!({"issuer": "https://evil.test/oidc"}),
        ),
        (
            "a token endpoint over plain http",
            json!({"token_endpoint": "http://evil.test/token"}),
        ),
        ("no token endpoint", json!({"token_endpoint": null})),
        (
            "an authorization endpoint over plain http",
            json!({"authorization_endpoint": "http://evil.test/auth"}),
        ),
        (
            "an end-session endpoint that is no web address",
            json!({"end_session_endpoint": "javascript:alert(1)"}),
        ),
        (
            "only algorithms that are not allowed",
            json!({"id_token_signing_alg_values_supported": ["HS256", "none"]}),
        ),
    ] {
        let provider = TestProvider::start().await;
        provider.state().discovery = object(changes);
        let error = begin(&auth(&provider)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{name}: {error}");
    }
}

#[tokio::test]
async fn a_dead_provider_is_unavailable_and_recovers() {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    provider.fail(DISCOVERY, 503, "");
    let error = begin(&auth).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProviderUnavailable);
    provider.state().faults.clear();
    tokio::time::sleep(Duration::from_millis(1100)).await;
    sign_in(&auth, &provider).await.unwrap();
}

#[tokio::test]
async fn a_closed_port_is_an_unavailable_provider() {
    let provider = TestProvider::start().await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    provider.state().issuer = format!("http://{}/oidc", listener.local_addr().unwrap());
    drop(listener);
    let error = begin(&auth(&provider)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProviderUnavailable, "{error}");
}

/// Starts a server that redirects every request to the same path of another origin.
/// Returns its own origin.
async fn redirecting_to(origin: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let length = stream.read(&mut request).await.unwrap();
            let request = String::from_utf8_lossy(&request[..length]);
            let path = request.split(' ').nth(1).unwrap();
            let answer = format!(
                "HTTP/1.1 307 Temporary Redirect\r\nlocation: {origin}{path}\r\n\
                 content-length: 0\r\nconnection: close\r\n\r\n"
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    format!("http://{address}")
}

/// Otherwise the provider's host could make this server send requests, with its
/// credentials, to any address.
#[tokio::test]
async fn a_redirect_is_not_followed() {
    let provider = TestProvider::start().await;
    let issuer = Url::parse(&provider.issuer()).unwrap();
    let elsewhere = redirecting_to(issuer.origin().ascii_serialization()).await;
    provider.state().issuer = format!("{elsewhere}/oidc");
    let error = begin(&auth(&provider)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
}

#[tokio::test]
async fn requests_share_the_wait_for_a_dead_provider() {
    // Accepts connections and never answers: each request would wait for the
    // whole timeout.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let provider = TestProvider::start().await;
    provider.state().issuer = format!("http://{}/oidc", listener.local_addr().unwrap());
    let auth = auth(&provider);
    let began = Instant::now();
    let visits: Vec<_> = (0..100)
        .map(|_| {
            let auth = auth.clone();
            tokio::spawn(async move { begin(&auth).await.unwrap_err().kind() })
        })
        .collect();
    for visit in visits {
        assert_eq!(visit.await.unwrap(), ErrorKind::ProviderUnavailable);
    }
    assert!(
        began.elapsed() < Duration::from_secs(15),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test]
async fn discovery_and_keys_are_fetched_once_for_all_sign_ins() {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    let visits: Vec<_> = (0..50)
        .map(|_| {
            let (auth, provider) = (auth.clone(), provider.clone());
            tokio::spawn(async move { sign_in(&auth, &provider).await.unwrap() })
        })
        .collect();
    for visit in visits {
        visit.await.unwrap();
    }
    assert_eq!(provider.hits(DISCOVERY), 1);
    assert_eq!(provider.hits("/oidc/jwks"), 1);
    assert_eq!(provider.hits("/oidc/token"), 50);
}

#[tokio::test]
async fn a_rotated_key_is_fetched_and_unknown_keys_are_rate_limited() {
    let provider = TestProvider::start().await;
    let auth = auth(&provider);
    sign_in(&auth, &provider).await.unwrap();

    // A new key just before signing, as in the conformance suite.
    provider
        .state()
        .keys
        .insert(0, ProviderKey::new("key-2", 2));
    sign_in(&auth, &provider).await.unwrap();
    assert_eq!(provider.hits("/oidc/jwks"), 2);

    provider.tamper(|draft| {
        draft.header.insert("kid".to_owned(), json!("forged"));
    });
    for _ in 0..5 {
        sign_in(&auth, &provider).await.unwrap_err();
    }
    assert_eq!(provider.hits("/oidc/jwks"), 2, "forged keys cost no fetch");
}

#[tokio::test]
async fn each_answer_of_the_token_endpoint_has_its_error_kind() {
    for (name, status, body, kind) in [
        (
            "wrong secret",
            401,
            r#"{"error":"invalid_client"}"#,
            ErrorKind::Configuration,
        ),
        (
            "unknown client",
            400,
            r#"{"error":"invalid_client"}"#,
            ErrorKind::Configuration,
        ),
        (
            "invalid grant",
            400,
            r#"{"error":"invalid_grant"}"#,
            ErrorKind::Expired,
        ),
        (
            "own error code",
            400,
            r#"{"error":"slow_down_please"}"#,
            ErrorKind::ProviderError,
        ),
        ("error without body", 400, "", ErrorKind::ProviderError),
        ("HTML", 200, "<h1>Hello</h1>", ErrorKind::ProviderError),
        ("no token", 200, "{}", ErrorKind::ProviderError),
        ("no JSON", 200, "[[[", ErrorKind::ProviderError),
        ("a redirect", 302, "", ErrorKind::ProviderError),
        ("down", 503, "", ErrorKind::ProviderUnavailable),
    ] {
        let provider = TestProvider::start().await;
        provider.fail("/oidc/token", status, body);
        let failure = sign_in(&auth(&provider), &provider).await.unwrap_err();
        assert_eq!(failure.error.kind(), kind, "{name}: {}", failure.error);
    }
}

#[tokio::test]
async fn a_wrong_client_secret_is_a_configuration_error() {
    let provider = TestProvider::start().await;
    let config = settings(&provider, "http://localhost:3000")
        .client_secret("wrong")
        .build()
        .unwrap();
    let auth = Auth::new(config, MemoryStore::new()).unwrap();
    let failure = sign_in(&auth, &provider).await.unwrap_err();
    assert!(matches!(failure.error, AuthError::InvalidClient { .. }));
}
