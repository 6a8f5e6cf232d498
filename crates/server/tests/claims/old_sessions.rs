//! Sessions that began some time ago, by the clocks of the server and of the store.

use std::{sync::Arc, time::Duration};

use auth_core::{Auth, Clock};
use auth_sqlx::SqlStore;
use auth_testkit::{CookieJar, RESOURCE, TestProvider, TestStore, settings, steps::signed_in};
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::{sync::Semaphore, task::JoinSet};

use crate::{
    guarded_server::{BASE_URL, SECRET},
    server_process::Database,
};

#[derive(Clone, Copy, Debug)]
struct Ago(Duration);

impl Clock for Ago {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc() - self.0
    }
}

/// Signs `count` users in, `ago`. They are administrators and members of `o1`.
/// Returns the header `Cookie` of each.
pub async fn old_sessions(
    provider: &TestProvider,
    database: &Database,
    count: usize,
    ago: Duration,
) -> Vec<String> {
    let seconds = i64::try_from(ago.as_secs()).unwrap();
    provider.tamper(move |draft| {
        for time in ["iat", "exp"] {
            let at = draft.claims[time].as_i64().unwrap() - seconds;
            draft.claims.insert(time.to_owned(), json!(at));
        }
        set_claims(&mut draft.claims, &["admin"], &["o1:member"]);
    });
    let store = SqlStore::open(database.url.as_str()).await.unwrap();
    let config = settings(provider, BASE_URL)
        .secret(SECRET)
        .resource(RESOURCE)
        .scope("read");
    let past = TestStore::new(store.clone()).with_clock(Ago(ago));
    let auth = Auth::with_clock(config.build().unwrap(), past, Ago(ago)).unwrap();
    let places = Arc::new(Semaphore::new(16));
    let mut sign_ins = JoinSet::new();
    for _ in 0..count {
        let (auth, provider, places) = (auth.clone(), provider.clone(), Arc::clone(&places));
        sign_ins.spawn(async move {
            let _place = places.acquire().await.unwrap();
            header(&signed_in(&auth, &provider).await)
        });
    }
    let cookies = sign_ins.join_all().await;
    store.close().await;
    set_user(provider, &["admin"], &["o1:member"]);
    cookies
}

/// Sets the user's roles at the provider from now on.
pub fn set_user(
    provider: &TestProvider,
    roles: &'static [&'static str],
    organization_roles: &'static [&'static str],
) {
    provider.tamper(move |draft| set_claims(&mut draft.claims, roles, organization_roles));
}

fn set_claims(claims: &mut serde_json::Map<String, Value>, roles: &[&str], of_o1: &[&str]) {
    claims.insert("roles".to_owned(), json!(roles));
    claims.insert("organization_roles".to_owned(), json!(of_o1));
}

fn header(browser: &CookieJar) -> String {
    let pairs = browser.values.iter();
    let pairs: Vec<_> = pairs
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("; ")
}
