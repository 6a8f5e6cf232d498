//! How the application authenticates, and pushed authorization requests.

use auth_core::{
    AccessTokenRequest, Auth, ClientAuthentication, ClientKey, ClientKeyAlgorithm, Config,
    ConfigBuilder, ErrorKind, MemoryStore, PushedRequests, SignInOptions, SignOutOptions,
};
use auth_testkit::{
    AcceptedAuthentication, CLIENT_ID, CLIENT_SECRET, CookieJar, SUB, TestProvider, object, param,
    settings,
    signing::private_key_pem,
    steps::{access_token_for, begin, complete, session, signed_in, user},
};
use serde_json::json;

const SHOPPING: &str = "https://shopping.example.com/api";

fn offer_pushed_requests(provider: &TestProvider) {
    let endpoint = format!("{}/request", provider.issuer());
    provider.state().discovery = object(json!({"pushed_authorization_request_endpoint": endpoint}));
}

/// The seed of the client's key.
const CLIENT_KEY: u8 = 7;

fn client_key() -> ClientKey {
    let pem = private_key_pem(CLIENT_KEY);
    let kid = Some("client-key".to_owned());
    ClientKey::from_pem(ClientKeyAlgorithm::Es384, &pem, kid).unwrap()
}

/// A provider that accepts one way of client authentication, and settings for
/// it.
async fn parties(method: &str) -> (TestProvider, ConfigBuilder) {
    let provider = TestProvider::start().await;
    offer_pushed_requests(&provider);
    let settings = settings(&provider, "http://localhost:3000")
        .resource(SHOPPING)
        .pushed_requests(PushedRequests::Always);
    let settings = match method {
        "client_secret_post" => {
            provider.state().client_authentication = AcceptedAuthentication::SecretPost;
            settings.client_authentication(ClientAuthentication::SecretPost)
        }
        "private_key_jwt" => {
            provider.state().client_authentication = AcceptedAuthentication::PrivateKeyJwt {
                kid: "client-key".to_owned(),
                seed: CLIENT_KEY,
            };
            // Without a client secret.
            Config::builder()
                .issuer(provider.issuer())
                .client_id(CLIENT_ID)
                .secret("a secret of more than thirty-two characters")
                .base_url("http://localhost:3000")
                .resource(SHOPPING)
                .client_authentication(ClientAuthentication::PrivateKeyJwt(client_key()))
        }
        _ => settings,
    };
    (provider, settings)
}

#[tokio::test]
async fn every_endpoint_gets_the_configured_client_authentication() {
    for method in [
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
    ] {
        let (provider, settings) = parties(method).await;
        let auth = Auth::new(settings.build().unwrap(), MemoryStore::new()).unwrap();
        // A pushed request and a code.
        let browser = signed_in(&auth, &provider).await;
        assert_eq!(
            user(&auth, &browser).await.as_deref(),
            Some(SUB),
            "{method}"
        );
        // A refresh.
        access_token_for(&auth, &browser, &AccessTokenRequest::resource(SHOPPING))
            .await
            .unwrap();
        // A revocation.
        auth.sign_out(&SignOutOptions::new(), &browser.cookies())
            .await
            .unwrap();
        assert_eq!(provider.state().revoked.len(), 1, "{method}");
    }
}

#[tokio::test]
async fn a_wrong_authentication_method_is_a_configuration_error() {
    let (provider, _) = parties("client_secret_post").await;
    let settings =
        settings(&provider, "http://localhost:3000").pushed_requests(PushedRequests::Always);
    let auth = Auth::new(settings.build().unwrap(), MemoryStore::new()).unwrap();
    let error = auth
        .begin_sign_in(&SignInOptions::new(), &CookieJar::default().cookies())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
}

#[tokio::test]
async fn a_pushed_request_is_only_referenced_in_the_url() {
    let (_provider, settings) = parties("client_secret_basic").await;
    let auth = Auth::new(settings.build().unwrap(), MemoryStore::new()).unwrap();
    let mut browser = CookieJar::default();
    let url = begin(&auth, &mut browser, "/").await;
    let names: Vec<_> = url
        .query_pairs()
        .map(|(name, _)| name.into_owned())
        .collect();
    assert_eq!(names, ["client_id", "request_uri"]);
    assert!(!url.as_str().contains(CLIENT_SECRET));
    assert_eq!(param(&url, "client_id").as_deref(), Some(CLIENT_ID));
}

#[tokio::test]
async fn a_refused_push_has_a_fitting_error_kind() {
    for (status, body, kind) in [
        (
            401,
            r#"{"error":"invalid_client"}"#,
            ErrorKind::Configuration,
        ),
        (
            400,
            r#"{"error":"invalid_target","error_description":"x"}"#,
            ErrorKind::UnknownResource,
        ),
        (
            400,
            r#"{"error":"invalid_request"}"#,
            ErrorKind::ProviderError,
        ),
        (400, "<html>", ErrorKind::ProviderError),
        (201, "{}", ErrorKind::ProviderError),
        (201, "<html>", ErrorKind::ProviderError),
        (302, "{}", ErrorKind::ProviderError),
        (503, "<html>", ErrorKind::ProviderUnavailable),
    ] {
        let (provider, settings) = parties("client_secret_basic").await;
        provider.fail("/oidc/request", status, body);
        let auth = Auth::new(settings.build().unwrap(), MemoryStore::new()).unwrap();
        let error = auth
            .begin_sign_in(&SignInOptions::new(), &CookieJar::default().cookies())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), kind, "{status} {body}: {error}");
    }
}

#[tokio::test]
async fn a_key_of_the_wrong_kind_is_refused_at_once() {
    let pem = private_key_pem(CLIENT_KEY);
    for algorithm in [
        ClientKeyAlgorithm::Es256,
        ClientKeyAlgorithm::Rs256,
        ClientKeyAlgorithm::EdDsa,
    ] {
        assert!(
            ClientKey::from_pem(algorithm, &pem, None).is_err(),
            "{algorithm:?}"
        );
    }
    assert!(ClientKey::from_pem(ClientKeyAlgorithm::Es384, "no key", None).is_err());
    let key = client_key();
    assert!(!format!("{key:?}").to_lowercase().contains("private"));
}

#[tokio::test]
async fn the_settings_of_nextauth_v4_work() {
    let provider = TestProvider::start().await;
    let config = Config::builder()
        .well_known(format!(
            "{}/.well-known/openid-configuration",
            provider.issuer()
        ))
        .client_id(CLIENT_ID)
        .client_secret(CLIENT_SECRET)
        .secret("a secret of more than thirty-two characters")
        .base_url("http://localhost:3000")
        .scopes("openid offline_access profile email".split(' '))
        .id_token_signed_response_alg("ES384")
        .profile(|claims| {
            auth_core::User::new(claims.str("sub").unwrap_or_default())
                .with_name(claims.str("name").or_else(|| claims.str("username")))
                .with_email(claims.str("email"))
                .with_image(claims.str("picture"))
        })
        .build()
        .unwrap();
    let auth = Auth::new(config, MemoryStore::new()).unwrap();
    let browser = signed_in(&auth, &provider).await;
    let session = session(&auth, &browser).await;
    assert_eq!(session.user.name.as_deref(), Some("alice"));
    assert_eq!(session.user.email.as_deref(), Some("alice@example.com"));
}

#[tokio::test]
async fn a_configured_algorithm_is_the_only_one_accepted() {
    let provider = TestProvider::start().await;
    let config = settings(&provider, "http://localhost:3000").id_token_signed_response_alg("RS256");
    let auth = Auth::new(config.build().unwrap(), MemoryStore::new()).unwrap();
    let mut browser = CookieJar::default();
    let url = begin(&auth, &mut browser, "/").await;
    let failure = complete(&auth, &mut browser, &provider.authorize(&url))
        .await
        .unwrap_err();
    assert_eq!(failure.error.kind(), ErrorKind::ProviderError);
    for alg in ["HS256", "none", "es384", ""] {
        let config = settings(&provider, "http://localhost:3000").id_token_signed_response_alg(alg);
        let errors = config.build().unwrap_err();
        assert_eq!(errors.0[0].setting, "id_token_signed_response_alg", "{alg}");
    }
}
