//! Attacks on the authorization code flow (RFC 9700 §4).

use auth_testkit::{object, param};
use serde_json::json;
use url::{Url, form_urlencoded};

use super::{
    row::{
        Row,
        Verdict::{self, Accept, Reject},
    },
    site::{Site, SitePlan, TOKEN},
};

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for plan in [SitePlan::Query, SitePlan::FormPost] {
        rows.extend(of_plan(plan));
    }
    rows.extend(pkce());
    rows
}

/// Returns the answer with another value of a parameter; `None` removes it.
fn with(answer: &str, name: &str, value: Option<&str>) -> String {
    let mut changed = form_urlencoded::Serializer::new(String::new());
    for (key, former) in form_urlencoded::parse(answer.as_bytes()) {
        if key != name {
            changed.append_pair(&key, &former);
        }
    }
    if let Some(value) = value {
        changed.append_pair(name, value);
    }
    changed.finish()
}

/// Signs in, with an answer of the provider that `change` has changed. No code is sent
/// to the provider if the application rejects it.
async fn changed(plan: SitePlan, change: fn(&str) -> String) -> Verdict {
    let site = Site::start(plan).await;
    let mut browser = site.site.browser();
    let address = site.begin(&mut browser).await.unwrap();
    let answer = change(&site.provider.authorize(&address));
    let verdict = site.complete(&mut browser, &answer).await;
    assert_eq!(
        site.provider.hits(TOKEN) == 0,
        verdict == Reject,
        "{answer}"
    );
    site.assert_recovers().await;
    verdict
}

fn of_plan(plan: SitePlan) -> Vec<Row> {
    let suffix = if plan == SitePlan::FormPost {
        " (form_post)"
    } else {
        ""
    };
    let row = |module, what: &str, change: fn(&str) -> String| {
        Row::new(module, format!("{what}{suffix}"), Reject, move || {
            changed(plan, change)
        })
    };
    let error: fn(&str) -> String = |answer| {
        let answer = with(answer, "code", None);
        with(&answer, "error", Some("access_denied"))
    };
    let module = if plan == SitePlan::FormPost {
        "form-post-error"
    } else {
        "error"
    };
    vec![
        row(module, "answers `access_denied`", error),
        row(module, "answers `server_error` and a code too", |answer| {
            with(answer, "error", Some("server_error"))
        }),
        row(
            "mix-up",
            "the answer has the `iss` of another provider",
            |answer| with(answer, "iss", Some("https://evil.test/oidc")),
        ),
        row(
            "mix-up",
            "the answer has no `iss`, which discovery announces",
            |answer| with(answer, "iss", None),
        ),
        row(
            "mix-up",
            "the answer has an `iss` with a slash more",
            |answer| {
                let issuer = form_urlencoded::parse(answer.as_bytes())
                    .find(|(name, _)| name == "iss")
                    .map(|(_, issuer)| format!("{issuer}/"));
                with(answer, "iss", issuer.as_deref())
            },
        ),
        row("state", "the answer has another `state`", |answer| {
            with(answer, "state", Some("x"))
        }),
        row("state", "the answer has no `state`", |answer| {
            with(answer, "state", None)
        }),
        row("state", "the answer has two codes", |answer| {
            format!("{answer}&code=another")
        }),
        Row::new(
            "code of another session",
            format!("the attacker's answer in the victim's browser (login CSRF){suffix}"),
            Reject,
            move || async move {
                let site = Site::start(plan).await;
                let mut attacker = site.site.browser();
                let address = site.begin(&mut attacker).await.unwrap();
                let answer = site.provider.authorize(&address);
                let mut victim = site.site.browser();
                site.begin(&mut victim).await.unwrap();
                let verdict = site.complete(&mut victim, &answer).await;
                assert_eq!(site.provider.hits(TOKEN), 0);
                verdict
            },
        ),
        Row::new(
            "code of another session",
            format!("the victim's code in the attacker's answer{suffix}"),
            Reject,
            move || injected(plan, Checked::ByProvider),
        ),
        Row::new(
            "code of another session",
            format!("the same, and the provider does not check PKCE{suffix}"),
            Reject,
            move || injected(plan, Checked::ByNobody),
        ),
        Row::new(
            "code of another session",
            format!("a code for the second time{suffix}"),
            Reject,
            move || async move {
                let site = Site::start(plan).await;
                let mut browser = site.site.browser();
                let address = site.begin(&mut browser).await.unwrap();
                let answer = site.provider.authorize(&address);
                let mut copy = browser.clone();
                assert_eq!(site.complete(&mut browser, &answer).await, Accept);
                let address = site.begin(&mut copy).await.unwrap();
                let again = with(&answer, "state", param(&address, "state").as_deref());
                site.complete(&mut copy, &again).await
            },
        ),
    ]
}

/// Whether the provider compares the PKCE verifier with the challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Checked {
    ByProvider,
    ByNobody,
}

/// An attacker has stolen a code and puts it into the answer to a sign-in of their own.
async fn injected(plan: SitePlan, pkce: Checked) -> Verdict {
    let site = Site::start(plan).await;
    let mut victim = site.site.browser();
    let theirs = site.begin(&mut victim).await.unwrap();
    let stolen = site.provider.authorize(&theirs);
    let code = form_urlencoded::parse(stolen.as_bytes())
        .find(|(name, _)| name == "code")
        .map(|(_, code)| code.into_owned());
    let mut attacker = site.site.browser();
    let address = site.begin(&mut attacker).await.unwrap();
    let own = site.provider.authorize(&address);
    if pkce == Checked::ByNobody {
        site.provider.state().ignores_pkce = true;
    }
    let verdict = site
        .complete(&mut attacker, &with(&own, "code", code.as_deref()))
        .await;
    assert_eq!(site.provider.hits(TOKEN), 1);
    verdict
}

fn pkce() -> Vec<Row> {
    let mut rows = vec![Row::new(
        "PKCE downgrade",
        "somebody removes the challenge from the request",
        Reject,
        || async {
            let site = Site::start(SitePlan::Query).await;
            let mut browser = site.site.browser();
            let address = site.begin(&mut browser).await.unwrap();
            let query = with(address.query().unwrap(), "code_challenge", None);
            let mut stripped: Url = address.clone();
            stripped.set_query(Some(&with(&query, "code_challenge_method", None)));
            let answer = site.provider.authorize(&stripped);
            site.complete(&mut browser, &answer).await
        },
    )];
    for (what, methods) in [
        ("discovery has no PKCE methods", json!(null)),
        ("discovery has `plain` only", json!(["plain"])),
    ] {
        // The application does not follow: the challenge is still S256.
        rows.extend(Row::sign_in(
            "PKCE downgrade",
            what,
            Accept,
            move |provider| {
                provider.state().discovery =
                    object(json!({"code_challenge_methods_supported": methods.clone()}));
            },
        ));
    }
    rows
}
