//! Discovery and keys.

use std::time::Duration;

use auth_testkit::{ProviderKey, object};
use serde_json::json;

use super::{
    row::{
        Row,
        Verdict::{Accept, Reject},
    },
    site::{DISCOVERY, JWKS, Site, SitePlan},
};

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = vec![
        Row::new(
            "discovery-openid-config",
            "has a discovery document",
            Accept,
            || async {
                let site = Site::start(SitePlan::Query).await;
                let verdict = site.sign_in().await;
                assert_eq!(site.provider.hits(DISCOVERY), 1);
                verdict
            },
        ),
        Row::new(
            "discovery-jwks-uri-keys",
            "has its keys at another address than usual",
            Accept,
            || async {
                let site = Site::start(SitePlan::Query).await;
                let address = format!("{}/other-keys", site.provider.issuer());
                site.provider.state().discovery = object(json!({"jwks_uri": address}));
                let verdict = site.sign_in().await;
                assert_eq!(site.provider.hits("/oidc/other-keys"), 1);
                assert_eq!(site.provider.hits(JWKS), 0);
                verdict
            },
        ),
        Row::new(
            "signing-key-rotation-just-before-signing",
            "signs with a key that the application does not know yet",
            Accept,
            || async {
                let site = Site::start(SitePlan::Query).await;
                assert_eq!(site.sign_in().await, Accept);
                site.provider.state().keys = vec![ProviderKey::new("key-2", 2)];
                let verdict = site.sign_in().await;
                assert_eq!(site.provider.hits(JWKS), 2);
                verdict
            },
        ),
        Row::new(
            "signing-key-rotation",
            "has another key at the second sign-in",
            Accept,
            || async {
                let site = Site::start(SitePlan::Query).await;
                assert_eq!(site.sign_in().await, Accept);
                site.provider
                    .state()
                    .keys
                    .insert(0, ProviderKey::new("key-2", 2));
                assert_eq!(site.sign_in().await, Accept);
                // The former key is gone, long afterwards.
                site.provider.state().keys.remove(1);
                site.site.clock.advance(Duration::from_secs(24 * 60 * 60));
                site.sign_in().await
            },
        ),
        Row::new(
            "signing-key-rotation",
            "signs with the former key, which its JWKS no longer shows",
            Reject,
            || async {
                let site = Site::start(SitePlan::Query).await;
                site.provider.state().keys = vec![ProviderKey::new("key-2", 2)];
                assert_eq!(site.sign_in().await, Accept);
                site.provider.tamper(|draft| {
                    draft.header.insert("kid".to_owned(), json!("key-1"));
                    draft.key = Some(1);
                });
                site.sign_in().await
            },
        ),
    ];
    for (module, what, changes, expected) in [
        (
            "discovery-issuer-mismatch",
            "another issuer",
            json!({"issuer": "https://evil.test/oidc"}),
            Reject,
        ),
        (
            "discovery-issuer-mismatch",
            "no issuer",
            json!({"issuer": null}),
            Reject,
        ),
        (
            "endpoints on http",
            "the token endpoint",
            json!({"token_endpoint": "http://evil.test/token"}),
            Reject,
        ),
        (
            "endpoints on http",
            "the authorization endpoint",
            json!({"authorization_endpoint": "http://evil.test/auth"}),
            Reject,
        ),
        (
            "endpoints on http",
            "the keys",
            json!({"jwks_uri": "http://evil.test/jwks"}),
            Reject,
        ),
        (
            "endpoints on http",
            "the userinfo endpoint",
            json!({"userinfo_endpoint": "http://evil.test/me"}),
            Reject,
        ),
        (
            "endpoints on http",
            "the end of the session",
            json!({"end_session_endpoint": "http://evil.test/end"}),
            Reject,
        ),
        (
            "endpoints on http",
            "revocation",
            json!({"revocation_endpoint": "http://evil.test/revocation"}),
            Reject,
        ),
        (
            "endpoints that are no web address",
            "the end of the session is a script",
            json!({"end_session_endpoint": "javascript:alert(1)"}),
            Reject,
        ),
        (
            "endpoints that are no web address",
            "the authorization endpoint is a file",
            json!({"authorization_endpoint": "file:///etc/passwd"}),
            Reject,
        ),
    ] {
        rows.extend(Row::sign_in(
            module,
            format!("discovery: {what}"),
            expected,
            move |provider| {
                provider.state().discovery = object(changes.clone());
            },
        ));
    }
    rows
}
