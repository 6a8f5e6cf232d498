//! A provider that the server reaches at another address than browsers do.

use auth_core::{Auth, Config, ConfigBuilder, MemoryStore};
use auth_testkit::{
    CLIENT_ID, CLIENT_SECRET, CookieJar, TestProvider,
    steps::{begin, signed_in, user},
};
use serde_json::json;

const PUBLIC: &str = "https://id.example.test";

/// Starts a provider whose issuer no request can reach. Returns the address at
/// which it listens.
async fn provider() -> (TestProvider, String) {
    let provider = TestProvider::start().await;
    let internal = provider.issuer().strip_suffix("/oidc").unwrap().to_owned();
    provider.state().issuer = format!("{PUBLIC}/oidc");
    (provider, internal)
}

fn settings(internal: &str) -> ConfigBuilder {
    Config::builder()
        .issuer(format!("{PUBLIC}/oidc"))
        .client_id(CLIENT_ID)
        .client_secret(CLIENT_SECRET)
        .secret("0123456789012345678901234567890123456789")
        .base_url("https://app.example.test")
        .internal_url(internal)
}

#[tokio::test]
async fn the_server_uses_the_internal_address_and_browsers_the_public_one() {
    let (provider, internal) = provider().await;
    // A provider that builds addresses from the header Host names the internal one.
    for host in [PUBLIC, &internal] {
        let endpoint = |path| json!(format!("{host}/oidc/{path}"));
        provider.state().discovery = [
            ("authorization_endpoint", endpoint("auth")),
            ("token_endpoint", endpoint("token")),
            ("userinfo_endpoint", endpoint("me")),
            ("jwks_uri", endpoint("jwks")),
            ("end_session_endpoint", endpoint("session/end")),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
        let config = settings(&internal).build().unwrap();
        let auth = Auth::new(config, MemoryStore::new()).unwrap();
        let address = begin(&auth, &mut CookieJar::default(), "/").await;
        assert!(
            address
                .as_str()
                .starts_with(&format!("{PUBLIC}/oidc/auth?")),
            "{address}"
        );
        let browser = signed_in(&auth, &provider).await;
        assert!(user(&auth, &browser).await.is_some());
    }
}

#[tokio::test]
async fn the_issuer_is_checked_all_the_same() {
    let (provider, internal) = provider().await;
    provider.state().issuer = format!("{internal}/oidc");
    let auth = Auth::new(settings(&internal).build().unwrap(), MemoryStore::new()).unwrap();
    let error = auth.warm_up().await.unwrap_err().to_string();
    assert!(error.contains("of the issuer"), "{error}");
}

#[test]
fn an_internal_url_is_an_origin() {
    for (url, is_right) in [
        ("http://logto:3001", true),
        ("http://logto:3001/", true),
        ("https://10.0.0.7", true),
        ("http://[fd00::1]:3001", true),
        ("logto:3001", false),
        ("ftp://logto", false),
        ("http://logto/oidc", false),
        ("http://logto?x", false),
        ("http://logto#x", false),
        ("http://me:secret@logto", false),
    ] {
        let built = settings(url).build();
        assert_eq!(built.is_ok(), is_right, "{url}");
        if let Err(errors) = built {
            assert_eq!(errors.0[0].setting, "AUTH_LOGTO_INTERNAL_URL", "{url}");
        }
    }
}
