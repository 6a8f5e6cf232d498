//! The release before this one: this release serves its database and its
//! cookies, and both releases can use one database at the same time.
//!
//! `auth.db` and `former.json` were written by that release's server: three
//! users signed in at a provider in the test's process, one of them signed out
//! again, and a fourth started to sign in. `store/` has that release's
//! statements.

mod binary_and_this;
mod contract;
mod servers;
mod store;
mod sweep;
mod user_reports;

use std::{collections::HashMap, fs, path::Path, time::Duration};

use auth_core::{
    AccessTokenRequest, Auth, AuthError, Clock, Config, DeviceInfo, RequestCookies, SignOutOptions,
};
use auth_sqlx::SqlStore;
use serde::Deserialize;
use sqlx::{Connection as _, Executor as _};
use time::OffsetDateTime;

use crate::stores::{Folder, Fresh as _};

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

/// Always shows a minute after the files were written: sessions have an absolute
/// limit.
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
    store: SqlStore,
    _folder: Folder,
}

impl Fixture {
    async fn open() -> Self {
        let (former, folder) = copy_of_files().await;
        Self {
            former,
            store: folder.open().await,
            _folder: folder,
        }
    }

    fn auth(&self, secret: &str, former_secrets: &[&str]) -> Auth {
        auth(&self.former, self.store.clone(), secret, former_secrets)
    }
}

/// Copies the former release's database to a folder of the test's own.
async fn copy_of_files() -> (Former, Folder) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/former_release");
    let folder = Folder::new();
    fs::create_dir_all(folder.file().parent().unwrap()).unwrap();
    fs::copy(source.join("auth.db"), folder.file()).unwrap();
    postpone_expiry(&folder).await;
    let former = fs::read(source.join("former.json")).unwrap();
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

/// Sets the expiry of the sessions to the year 2999. The database compares it
/// with the real time, so the test would fail some day. An expiry is stored as
/// text.
async fn postpone_expiry(folder: &Folder) {
    let mut connection = folder.connect().await;
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
async fn a_session_and_its_tokens_stay_valid() {
    let fixture = Fixture::open().await;
    let auth = fixture.auth(SECRET, &[]);
    let cookies = cookies(&fixture.former.signed_in);
    let session = auth
        .session(&cookies)
        .await
        .unwrap()
        .expect("the session is still valid");
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
    let fixture = Fixture::open().await;
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
    let fixture = Fixture::open().await;
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
async fn a_pending_sign_in_and_a_pending_sign_out_can_be_completed() {
    let fixture = Fixture::open().await;
    let auth = fixture.auth(SECRET, &[]);
    let UnderWay {
        cookies: jar,
        state,
        redirect_to,
    } = &fixture.former.signing_in;
    // The sign-in fails only because the provider of that time does not run.
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
    let fixture = Fixture::open().await;
    let during = fixture.auth(NEWER_SECRET, &[SECRET]);
    let resealed = during.reseal_all().await.unwrap();
    assert_eq!((resealed.sessions, resealed.unreadable), (2, 0));
    let after = fixture.auth(NEWER_SECRET, &[]);
    let session = after.session(&cookies(&fixture.former.signed_in)).await;
    assert_eq!(session.unwrap().unwrap().sub(), fixture.former.sub);
    fixture.store.close().await;
}
