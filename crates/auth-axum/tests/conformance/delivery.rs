//! Answers that redirect, are too long, too slow or cut off, at each endpoint.

use std::time::{Duration, Instant};

use auth_testkit::{Delivery, TestProvider, object};
use serde_json::json;

use super::{
    row::{
        Row,
        Verdict::{self, Reject},
    },
    site::{DISCOVERY, JWKS, Site, SitePlan, TOKEN, USER_INFO},
};

/// How long a user waits for an answer of the application at most.
const PATIENCE: Duration = Duration::from_secs(30);

const FAULTS: [Fault; 6] = [
    Fault::Redirect,
    Fault::TenMegabytes,
    Fault::NoAnswer,
    Fault::Drip,
    Fault::CutOff,
    Fault::Html,
];

#[derive(Clone, Copy, Debug)]
enum Fault {
    Redirect,
    TenMegabytes,
    NoAnswer,
    Drip,
    CutOff,
    Html,
}

impl Fault {
    const fn name(self) -> &'static str {
        match self {
            Self::Redirect => "redirects",
            Self::TenMegabytes => "10 MB",
            Self::NoAnswer | Self::Drip => "slow",
            Self::CutOff => "cut off",
            Self::Html => "HTML",
        }
    }

    const fn what(self) -> &'static str {
        match self {
            Self::Redirect => "redirects to a place with a good answer",
            Self::TenMegabytes => "answers rightly, with 10 MB more",
            Self::NoAnswer => "does not answer for two minutes",
            Self::Drip => "answers with two bytes a second",
            Self::CutOff => "closes the connection after half of the answer",
            Self::Html => "answers with a page",
        }
    }

    fn apply(self, provider: &TestProvider, path: &'static str) {
        match self {
            Self::Redirect => provider.fail(path, 302, ""),
            Self::Html => provider.fail(path, 200, "<h1>Hello</h1>"),
            Self::NoAnswer => {
                let two_minutes = Duration::from_secs(120);
                provider.state().delays.insert(path, two_minutes);
            }
            Self::Drip => {
                provider.state().deliveries.insert(path, Delivery::Drip);
            }
            Self::CutOff => {
                provider.state().deliveries.insert(path, Delivery::CutOff);
            }
            Self::TenMegabytes => {
                let padding = object(json!({"padding": "x".repeat(10 * 1024 * 1024)}));
                let mut state = provider.state();
                match path {
                    DISCOVERY => state.discovery = padding,
                    JWKS => state.jwk = padding,
                    TOKEN => state.token_response = padding,
                    _ => state.user_info.claims = padding,
                }
            }
        }
    }
}

pub(crate) fn rows() -> Vec<Row> {
    FAULTS.into_iter().flat_map(of_each_endpoint).collect()
}

fn of_each_endpoint(fault: Fault) -> Vec<Row> {
    let endpoints = [
        ("discovery", DISCOVERY),
        ("the keys", JWKS),
        ("the token endpoint", TOKEN),
        ("userinfo", USER_INFO),
    ];
    endpoints
        .map(|(name, path)| {
            let what = format!("{name}: {}", fault.what());
            Row::new(fault.name(), what, Reject, move || run(fault, path))
        })
        .into()
}

async fn run(fault: Fault, path: &'static str) -> Verdict {
    let site = Site::start(SitePlan::Query).await;
    let mut signed_in = None;
    if path == USER_INFO {
        signed_in = Some(site.signed_in().await);
    }
    fault.apply(&site.provider, path);
    let began = Instant::now();
    let verdict = match &mut signed_in {
        Some(browser) => site.ask(browser, "/user-info").await.0,
        None => site.sign_in().await,
    };
    assert!(
        began.elapsed() < PATIENCE,
        "{fault:?} {path}: {:?}",
        began.elapsed()
    );
    site.assert_recovers().await;
    verdict
}
