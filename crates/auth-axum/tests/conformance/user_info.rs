//! The userinfo endpoint.

use auth_testkit::{ACCESS_TOKEN, SUB, TestProvider, object, param};
use serde_json::json;

use super::{
    row::{
        Row,
        Verdict::{self, Accept, Reject},
    },
    site::{Site, SitePlan, USER_INFO},
};

const PAGE: &str = "/user-info";

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = vec![
        Row::new(
            "userinfo-bearer-header",
            "takes the token in the header",
            Accept,
            || async {
                let site = Site::start(SitePlan::Query).await;
                let (verdict, body) = site.ask(&mut site.signed_in().await, PAGE).await;
                assert_eq!(body, SUB);
                assert_eq!(site.provider.state().user_info.sent, [ACCESS_TOKEN]);
                verdict
            },
        ),
        Row::new(
            "scope-userinfo-claims",
            "has the claims of the scopes that the sign-in requests",
            Accept,
            || async {
                let site = Site::start(SitePlan::Query).await;
                let address = site.begin(&mut site.site.browser()).await.unwrap();
                let scope = param(&address, "scope").unwrap();
                let scopes: Vec<_> = scopes_of(&scope);
                Verdict::of(
                    ["openid", "profile", "email"]
                        .iter()
                        .all(|it| scopes.contains(it)),
                )
            },
        ),
        asked(
            "userinfo-invalid-sub",
            "names another user",
            Reject,
            |provider| {
                provider.state().user_info.claims = object(json!({"sub": "another-user"}));
            },
        ),
        asked(
            "userinfo-invalid-sub",
            "names no user",
            Reject,
            |provider| {
                provider.state().user_info.claims = object(json!({"sub": null}));
            },
        ),
        asked(
            "userinfo-invalid-sub",
            "names the user by a number",
            Reject,
            |provider| {
                provider.state().user_info.claims = object(json!({"sub": 5}));
            },
        ),
    ];
    for (what, status, body) in [
        ("an empty body", 200, ""),
        ("HTML", 200, "<h1>Hello</h1>"),
        ("a list", 200, "[]"),
        ("a redirect", 302, ""),
        ("500", 500, "{}"),
        ("403 without a body", 403, ""),
    ] {
        rows.push(asked("userinfo", what, Reject, move |provider| {
            provider.fail(USER_INFO, status, body);
        }));
    }
    rows
}

fn scopes_of(scope: &str) -> Vec<&str> {
    scope.split(' ').collect()
}

/// Creates the row of a signed-in user whose page asks for userinfo.
fn asked(
    module: &'static str,
    what: &str,
    expected: Verdict,
    prepare: impl FnOnce(&TestProvider) + Send + 'static,
) -> Row {
    Row::new(module, format!("userinfo: {what}"), expected, || async {
        let site = Site::start(SitePlan::Query).await;
        let mut browser = site.signed_in().await;
        prepare(&site.provider);
        let (verdict, _) = site.ask(&mut browser, PAGE).await;
        site.assert_recovers().await;
        verdict
    })
}
