//! Sign-out at the provider, and logouts that the provider sends.

use auth_testkit::{
    Browser, CLIENT_ID, LOGOUT_EVENT, TestResponse, TokenDraft, param,
    signing::{claim, header},
};
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use super::{
    row::{
        Row,
        Verdict::{self, Accept, Reject},
    },
    site::{Site, SitePlan},
};

const BACK_CHANNEL: &str = "/api/auth/backchannel-logout/logto";

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = initiated_here();
    rows.extend(back_channel());
    rows
}

/// Signs out. Returns the browser and the `state` that the provider is given.
async fn sign_out(site: &Site) -> (Browser, String) {
    let mut browser = site.signed_in().await;
    let left = browser
        .post("/api/auth/signout", "callbackUrl=/account")
        .await;
    let address = Url::parse(left.location()).unwrap();
    assert!(
        address
            .as_str()
            .starts_with(&format!("{}/session/end?", site.provider.issuer()))
    );
    assert_eq!(param(&address, "client_id").as_deref(), Some(CLIENT_ID));
    let target = param(&address, "post_logout_redirect_uri").unwrap();
    assert_eq!(target, "http://localhost:3000/");
    assert!(is_signed_out(&mut browser).await);
    (browser, param(&address, "state").unwrap())
}

async fn is_signed_out(browser: &mut Browser) -> bool {
    browser.get("/api/auth/session").await.body == "null"
}

fn initiated_here() -> Vec<Row> {
    vec![
        Row::new(
            "rp-init-logout",
            "returns with the `state`",
            Accept,
            || async {
                let site = Site::start(SitePlan::Query).await;
                let (mut browser, state) = sign_out(&site).await;
                let back = browser.get(&format!("/?state={state}")).await;
                assert_eq!(back.location(), "/account");
                Verdict::of(is_signed_out(&mut browser).await)
            },
        ),
        Row::new(
            "rp-init-logout-other-state",
            "returns with another `state`",
            Accept,
            || async {
                let site = Site::start(SitePlan::Query).await;
                let (mut browser, _) = sign_out(&site).await;
                copes(&mut browser, "/?state=another").await
            },
        ),
        Row::new(
            "rp-init-logout-no-state",
            "returns without a `state`",
            Accept,
            || async {
                let site = Site::start(SitePlan::Query).await;
                let (mut browser, _) = sign_out(&site).await;
                copes(&mut browser, "/").await
            },
        ),
    ]
}

/// The user is on the home page, signed out, and can sign in again.
async fn copes(browser: &mut Browser, address: &str) -> Verdict {
    let page = browser.get(address).await;
    let session = is_signed_out(browser).await;
    let again = browser.post("/api/auth/signin/logto", "").await;
    Verdict::of(page.status == 200 && page.body == "home" && session && again.status == 303)
}

fn back_channel() -> Vec<Row> {
    let module = |suffix: &'static str, what: &'static str, change: fn(&mut TokenDraft)| {
        Row::new(suffix, format!("logout token: {what}"), Reject, move || {
            logged_out(change)
        })
    };
    vec![
        Row::new(
            "rp-backchannel-rpinitlogout",
            "a logout token",
            Accept,
            || logged_out(|_| {}),
        ),
        Row::new(
            "rp-backchannel-rpinitlogout",
            "a logout token without `sid`",
            Accept,
            || logged_out(|draft| claim("sid", Value::Null)(draft)),
        ),
        module(
            "rp-backchannel-rpinitlogout-alg-none",
            "`alg` is none",
            |draft| {
                draft.header.insert("alg".to_owned(), json!("none"));
                draft.key = None;
            },
        ),
        module(
            "rp-backchannel-rpinitlogout-wrong-alg",
            "HS256 by the client's secret",
            |draft| {
                header("alg", json!("HS256"))(draft);
            },
        ),
        module(
            "rp-backchannel-rpinitlogout-no-event",
            "no `events`",
            |draft| {
                claim("events", Value::Null)(draft);
            },
        ),
        module(
            "rp-backchannel-rpinitlogout-wrong-event",
            "another event",
            |draft| {
                claim(
                    "events",
                    json!({"http://schemas.openid.net/event/other": {}}),
                )(draft);
            },
        ),
        module(
            "rp-backchannel-rpinitlogout-wrong-event",
            "the event is no object",
            |draft| {
                claim("events", json!({LOGOUT_EVENT: 1}))(draft);
            },
        ),
        module(
            "rp-backchannel-rpinitlogout-with-nonce",
            "has a `nonce`",
            |draft| {
                claim("nonce", json!("x"))(draft);
            },
        ),
        module(
            "rp-backchannel-rpinitlogout-wrong-aud",
            "for another client",
            |draft| {
                claim("aud", json!("another-client"))(draft);
            },
        ),
        module(
            "rp-backchannel-rpinitlogout-wrong-iss",
            "of another issuer",
            |draft| {
                claim("iss", json!("https://evil.test/oidc"))(draft);
            },
        ),
        module(
            "back-channel: sub and sid",
            "has neither `sub` nor `sid`",
            |draft| {
                claim("sub", Value::Null)(draft);
                claim("sid", Value::Null)(draft);
            },
        ),
        module("back-channel: sub and sid", "`sid` is a number", |draft| {
            claim("sid", json!(5))(draft);
        }),
        module("back-channel: jti", "no `jti`", |draft| {
            claim("jti", Value::Null)(draft);
        }),
        module("back-channel: clock", "issued an hour ago", |draft| {
            let now = draft.claims["iat"].as_i64().unwrap();
            claim("iat", json!(now - 3600))(draft);
        }),
        module("back-channel: clock", "issued in an hour", |draft| {
            let now = draft.claims["iat"].as_i64().unwrap();
            claim("iat", json!(now + 3600))(draft);
        }),
        module(
            "foreign key",
            "another key, under the right `kid`",
            |draft| draft.key = Some(9),
        ),
        module("crit", "`crit` names an extension", |draft| {
            header("crit", json!(["exp"]))(draft);
        }),
        module(
            "token confusion",
            "an ID token in the place of a logout token",
            |draft| {
                header("typ", json!("JWT"))(draft);
                claim("events", Value::Null)(draft);
                claim("nonce", json!("x"))(draft);
            },
        ),
        Row::new(
            "back-channel: jti",
            "logout token: for the second time",
            Reject,
            || async {
                let site = Site::start(SitePlan::Query).await;
                let token = site.provider.draft_logout_token().sign();
                assert_eq!(send(&site, &token).await.status, 200);
                let mut browser = site.signed_in_elsewhere().await;
                let answer = send(&site, &token).await;
                assert_eq!(answer.status, 400);
                Verdict::of(is_signed_out(&mut browser).await)
            },
        ),
    ]
}

async fn send(site: &Site, token: &str) -> TestResponse {
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("logout_token", token)
        .finish();
    site.site.browser().post(BACK_CHANNEL, &form).await
}

/// Sends a logout token. The provider knows the statuses 200 and 400 only, and no
/// answer may be stored (OpenID Connect Back-Channel Logout 1.0 §2.8).
async fn logged_out(change: fn(&mut TokenDraft)) -> Verdict {
    let site = Site::start(SitePlan::Query).await;
    let mut browser = site.signed_in().await;
    let mut draft = site.provider.draft_logout_token();
    change(&mut draft);
    let answer = send(&site, &draft.sign()).await;
    let caching = answer.header("cache-control").unwrap();
    assert!(caching.contains("no-store"), "{answer:?}");
    let verdict = Verdict::of(is_signed_out(&mut browser).await);
    let status = if verdict == Accept { 200 } else { 400 };
    assert_eq!(answer.status, status, "{answer:?}");
    verdict
}
