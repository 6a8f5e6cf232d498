//! The token endpoint: client authentication, refresh, and its answers.

use auth_testkit::{AcceptedAuthentication, TestProvider, object, signing::claim};
use serde_json::{Value, json};

use super::{
    row::{
        Row,
        Verdict::{self, Accept, Reject},
    },
    site::{Site, SitePlan},
};

const PAGE: &str = "/access-token";

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = vec![
        refreshed("refresh-token", "issues a token for an API", Accept, |_| {}),
        refreshed(
            "refresh-token",
            "issues a new refresh token with each",
            Accept,
            |provider| {
                provider.state().refresh.rotates = true;
            },
        ),
        refreshed(
            "refresh-token-invalid-issuer",
            "the refreshed ID token has another `iss`",
            Reject,
            |provider| provider.tamper(claim("iss", json!("https://evil.test/oidc"))),
        ),
        refreshed(
            "refresh-token-invalid-sub",
            "the refreshed ID token names another user",
            Reject,
            |provider| provider.tamper(claim("sub", json!("another-user"))),
        ),
        refreshed(
            "refresh-token",
            "the refreshed ID token has another `nonce`",
            Reject,
            |provider| {
                provider.tamper(claim("nonce", json!("another-nonce")));
            },
        ),
        refreshed(
            "refresh-token",
            "the refreshed ID token has another `aud`",
            Reject,
            |provider| {
                provider.tamper(claim("aud", json!("another-client")));
            },
        ),
    ];
    rows.extend(Row::sign_in(
        "client-secret-basic",
        "takes the secret in the header only",
        Accept,
        |provider| {
            provider.state().client_authentication = AcceptedAuthentication::SecretBasic;
        },
    ));
    for (what, changes) in [
        ("no ID token", json!({"id_token": null})),
        ("an ID token that is no JWT", json!({"id_token": "rubbish"})),
        ("an empty ID token", json!({"id_token": ""})),
        ("no access token", json!({"access_token": null})),
        (
            "an access token that is a number",
            json!({"access_token": 5}),
        ),
        ("a token of the type `mac`", json!({"token_type": "mac"})),
        ("a token of the type `DPoP`", json!({"token_type": "DPoP"})),
    ] {
        rows.extend(Row::sign_in(
            "token response",
            what,
            Reject,
            move |provider| {
                provider.state().token_response = object(changes.clone());
            },
        ));
    }
    for (what, changes) in [
        ("a type in lower case", json!({"token_type": "bearer"})),
        ("no type", json!({"token_type": null})),
        ("no `scope`", json!({"scope": null})),
        (
            "members that nobody knows",
            json!({"x": {"y": [1, null]}, "z": Value::Null}),
        ),
    ] {
        rows.extend(Row::sign_in(
            "token response",
            what,
            Accept,
            move |provider| {
                provider.state().token_response = object(changes.clone());
            },
        ));
    }
    rows
}

/// Creates the row of a signed-in user whose page needs a token, for which the
/// application uses the refresh token.
fn refreshed(
    module: &'static str,
    what: &str,
    expected: Verdict,
    prepare: impl FnOnce(&TestProvider) + Send + 'static,
) -> Row {
    Row::new(module, what, expected, || async {
        let site = Site::start(SitePlan::Query).await;
        let mut browser = site.signed_in().await;
        prepare(&site.provider);
        let (verdict, _) = site.ask(&mut browser, PAGE).await;
        assert!(!site.provider.state().refresh.sent.is_empty());
        verdict
    })
}
