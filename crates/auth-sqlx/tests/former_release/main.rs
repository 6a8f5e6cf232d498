//! What the release before this one left behind still works: its database, its
//! session cookies, and the cookies of sign-ins and sign-outs under way.
//!
//! `auth.db` and `former.json` were written by that release's server: three
//! users signed in at a provider in the test's process, one of them signed out
//! again, and a fourth started to sign in.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

mod together;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    time::Duration,
};

use auth_core::{
    AccessTokenRequest, Auth, AuthError, Clock, Config, DeviceInfo, RequestCookies, SignOutOptions,
};
use auth_sqlx::{DatabaseUrl, SqlStore};
use serde::Deserialize;
use sqlx::{Connection as _, Executor as _, SqliteConnection};
use time::OffsetDateTime;

const SECRET: &str = "a secret of more than thirty-two characters";
const NEWER_SECRET: &str = "another secret of more than thirty-two characters";

/// What the former release's server showed and set.
#[derive(Deserialize)]
struct Former {
    issuer: String,
    base_url: String,
    /// Seconds since 1970.
    made_at: i64,
    sub: String,
    access_token: String,
    public_session: serde_json::Value,
    signed_in: HashMap<String, String>,
    also_signed_in: HashMap<String, String>,
    signing_in: UnderWay,
    signing_out: UnderWay,
}

#[derive(Deserialize)]
struct UnderWay {
    cookies: HashMap<String, String>,
    state: String,
    redirect_to: String,
}

/// Stands still a minute after the files were written: sessions have an
/// absolute limit.
#[derive(Clone, Copy, Debug)]
struct StoppedClock(OffsetDateTime);

impl Clock for StoppedClock {
    fn now(&self) -> OffsetDateTime {
        self.0
    }
}

/// A copy of the former release's database, opened by this one.
struct Fixture {
    former: Former,
    folder: PathBuf,
    store: SqlStore,
}

impl Fixture {
    async fn open(test: &str) -> Self {
        let (former, folder) = files(test).await;
        let store = SqlStore::open(DatabaseUrl::Sqlite(folder.join("auth.db")));
        Self {
            former,
            store: store.await.unwrap(),
            folder,
        }
    }

    fn auth(&self, secret: &str, former_secrets: &[&str]) -> Auth {
        auth(&self.former, self.store.clone(), secret, former_secrets)
    }
}

/// Copies the former release's database to a folder of the test's own.
async fn files(test: &str) -> (Former, PathBuf) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/former_release");
    let folder = std::env::temp_dir().join(format!("former-{test}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("auth.db");
    std::fs::copy(source.join("auth.db"), &file).unwrap();
    outlive(&file).await;
    let former = std::fs::read(source.join("former.json")).unwrap();
    (serde_json::from_slice(&former).unwrap(), folder)
}

fn auth(former: &Former, store: SqlStore, secret: &str, former_secrets: &[&str]) -> Auth {
    let mut config = Config::builder()
        .issuer(&former.issuer)
        .client_id("client")
        .client_secret("client secret")
        .secret(secret)
        .base_url(&former.base_url);
    for secret in former_secrets {
        config = config.former_secret(*secret);
    }
    let now =
        OffsetDateTime::from_unix_timestamp(former.made_at).unwrap() + Duration::from_secs(60);
    Auth::with_clock(config.build().unwrap(), store, StoppedClock(now)).unwrap()
}

impl Drop for Fixture {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// The database's clock goes on: without this the rows would expire, and the
/// test with them. An expiry is stored as text.
async fn outlive(file: &Path) {
    let url = format!("sqlite:{}", file.display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    let done = connection
        .execute("update tower_sessions set expiry_date = '2999' || substr(expiry_date, 5)")
        .await
        .unwrap();
    assert_eq!(done.rows_affected(), 2, "the users who are still signed in");
    connection.close().await.unwrap();
}

fn cookies(jar: &HashMap<String, String>) -> RequestCookies {
    let pairs: Vec<_> = jar
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    RequestCookies::parse([pairs.join("; ").as_bytes()])
}

#[tokio::test]
async fn a_session_and_its_tokens_go_on() {
    let fixture = Fixture::open("session").await;
    let auth = fixture.auth(SECRET, &[]);
    let cookies = cookies(&fixture.former.signed_in);
    let session = auth.session(&cookies).await.unwrap().expect("it goes on");
    assert_eq!(session.sub(), fixture.former.sub);
    let user = serde_json::to_value(session.to_public()).unwrap();
    assert_eq!(user["user"], fixture.former.public_session["user"]);

    let token = auth
        .access_token(&session, &AccessTokenRequest::user_info())
        .await
        .unwrap();
    assert_eq!(token.expose(), fixture.former.access_token);

    let sessions = auth.sessions(&session).await.unwrap();
    let names: Vec<_> = sessions
        .iter()
        .map(|session| session.name.as_str())
        .collect();
    assert_eq!(names, ["Firefox on Linux"; 2]);
    assert!(sessions.iter().all(|session| session.address.is_some()));
    fixture.store.close().await;
}

/// That release did not store when it asked for claims. So nobody gets in where
/// fresh claims are required, until Logto was asked; and nobody is signed out.
#[tokio::test]
async fn claims_count_as_old_and_the_user_stays_signed_in() {
    let fixture = Fixture::open("claims").await;
    let auth = fixture.auth(SECRET, &[]);
    let cookies = cookies(&fixture.former.signed_in);
    let session = auth.session(&cookies).await.unwrap().unwrap();
    // The provider of that time is gone. Another program may listen on its port.
    let year = Duration::from_secs(365 * 24 * 60 * 60);
    let error = auth.fresh_claims(&session, year).await.unwrap_err();
    assert!(
        !matches!(error, AuthError::NotSignedIn | AuthError::SessionEnded),
        "{error:?}"
    );
    auth.finish().await;
    assert!(auth.session(&cookies).await.unwrap().is_some());
    fixture.store.close().await;
}

#[tokio::test]
async fn a_session_can_be_ended() {
    let fixture = Fixture::open("end").await;
    let auth = fixture.auth(SECRET, &[]);
    let (one, other) = (
        cookies(&fixture.former.signed_in),
        cookies(&fixture.former.also_signed_in),
    );
    let session = auth.session(&one).await.unwrap().unwrap();
    assert_eq!(auth.end_other_sessions(&session).await.unwrap().ended, 1);
    assert!(auth.session(&other).await.unwrap().is_none());
    let options = SignOutOptions::new().application_only();
    auth.sign_out(&options, &one).await.unwrap();
    assert!(auth.session(&one).await.unwrap().is_none());
    auth.finish().await;
    fixture.store.close().await;
}

#[tokio::test]
async fn a_sign_in_and_a_sign_out_under_way_are_known() {
    let fixture = Fixture::open("pending").await;
    let auth = fixture.auth(SECRET, &[]);
    let UnderWay {
        cookies: jar,
        state,
        redirect_to,
    } = &fixture.former.signing_in;
    // The provider of that time is gone, and the sign-in fails for that alone.
    // Another program may listen on its port now.
    let failure = auth
        .complete_sign_in(
            &format!("code=any&state={state}"),
            &cookies(jar),
            &DeviceInfo::default(),
        )
        .await
        .unwrap_err();
    assert!(
        matches!(
            failure.error,
            AuthError::Unreachable { .. } | AuthError::TimedOut { .. } | AuthError::Discovery(_)
        ),
        "{}",
        failure.error
    );
    let page = failure.redirect_to.expect("the cookie opens");
    assert_eq!(page.as_str(), redirect_to);

    let UnderWay {
        cookies: jar,
        state,
        redirect_to,
    } = &fixture.former.signing_out;
    let completed = auth
        .complete_sign_out(&format!("state={state}"), &cookies(jar))
        .expect("the cookie opens");
    assert_eq!(completed.redirect_to.as_str(), redirect_to);
    fixture.store.close().await;
}

#[tokio::test]
async fn the_secret_can_be_replaced() {
    let fixture = Fixture::open("rotate").await;
    let during = fixture.auth(NEWER_SECRET, &[SECRET]);
    let resealed = during.reseal_all().await.unwrap();
    assert_eq!((resealed.sessions, resealed.unreadable), (2, 0));
    let after = fixture.auth(NEWER_SECRET, &[]);
    let session = after.session(&cookies(&fixture.former.signed_in)).await;
    assert_eq!(session.unwrap().unwrap().sub(), fixture.former.sub);
    fixture.store.close().await;
}
