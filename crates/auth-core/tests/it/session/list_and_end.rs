//! The list of a user's sessions, and ending some of them.

use std::time::Duration;

use auth_core::{Auth, DeviceInfo, Session, SessionFilter, SessionHandle};
use auth_testkit::{
    CookieJar, TestApp, TestClock, TestProvider,
    steps::{begin, signed_in, user},
};
use serde_json::json;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";

struct Fixture {
    provider: TestProvider,
    clock: TestClock,
    auth: Auth,
}

impl Fixture {
    async fn new() -> Self {
        let provider = TestProvider::start().await;
        let TestApp { auth, clock, .. } = TestApp::new(&provider);
        Self {
            provider,
            clock,
            auth,
        }
    }

    async fn sign_in(&self) -> CookieJar {
        signed_in(&self.auth, &self.provider).await
    }

    async fn session(&self, browser: &CookieJar) -> Session {
        let session = self.auth.session(&browser.cookies()).await.unwrap();
        session.unwrap()
    }

    async fn revoked(&self, count: usize) {
        while self.provider.state().revoked.len() < count {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test]
async fn a_listed_session_has_its_browser_address_and_times() {
    let fixture = Fixture::new().await;
    let mut browser = CookieJar::default();
    let url = begin(&fixture.auth, &mut browser, "/").await;
    let device = DeviceInfo::new(
        Some("2001:db8::7".parse().unwrap()),
        Some(FIREFOX.to_owned()),
    );
    let completed = fixture
        .auth
        .complete_sign_in(
            &fixture.provider.authorize(&url),
            &browser.cookies(),
            &device,
        )
        .await
        .unwrap();
    browser.store(&completed.cookies);
    fixture.clock.advance(DAY);
    let session = fixture.session(&browser).await;
    let sessions = fixture.auth.sessions(&session).await.unwrap();
    let [info] = sessions.as_slice() else {
        panic!("{sessions:?}");
    };
    assert_eq!(info.name, "Firefox on Linux");
    assert_eq!(info.address.as_deref(), Some("2001:db8::/48"));
    assert!(info.is_current);
    assert_eq!(info.last_used_at - info.signed_in_at, DAY);
    assert_eq!(info.expires_at, session.expires_at);
}

#[tokio::test]
async fn a_user_sees_and_ends_their_own_sessions_only() {
    let fixture = Fixture::new().await;
    let (a, b) = (fixture.sign_in().await, fixture.sign_in().await);
    fixture
        .provider
        .tamper(|draft| drop(draft.claims.insert("sub".to_owned(), json!("mallory"))));
    let mallory = fixture.sign_in().await;
    let hers = fixture.session(&mallory).await;
    assert_eq!(fixture.auth.sessions(&hers).await.unwrap().len(), 1);

    let session = fixture.session(&a).await;
    let sessions = fixture.auth.sessions(&session).await.unwrap();
    assert_eq!(sessions.len(), 2);
    assert_eq!(sessions.iter().filter(|info| info.is_current).count(), 1);
    for info in &sessions {
        let done = fixture.auth.end_session(&hers, info.id).await.unwrap();
        assert_eq!(done.ended, 0, "a session of another user");
    }
    let done = fixture.auth.end_other_sessions(&hers).await;
    assert_eq!(done.unwrap().ended, 0);
    for browser in [&a, &b, &mallory] {
        assert!(user(&fixture.auth, browser).await.is_some());
    }
}

#[tokio::test]
async fn ending_one_the_other_or_all_sessions_revokes_their_tokens() {
    let fixture = Fixture::new().await;
    let mut browsers = Vec::new();
    for _ in 0..5 {
        browsers.push(fixture.sign_in().await);
    }
    let mine = fixture.session(&browsers[0]).await;
    let theirs = fixture.session(&browsers[1]).await;
    let other = fixture.auth.sessions(&theirs).await.unwrap();
    let other = other.iter().find(|info| info.is_current).unwrap().id;

    let done = fixture.auth.end_session(&mine, other);
    let done = done.await.unwrap();
    assert_eq!((done.ended, done.includes_current), (1, false));
    assert!(done.cookies.is_empty());
    assert!(user(&fixture.auth, &browsers[1]).await.is_none());
    fixture.revoked(1).await;

    let done = fixture.auth.end_other_sessions(&mine);
    assert_eq!(done.await.unwrap().ended, 3);
    assert!(user(&fixture.auth, &browsers[0]).await.is_some());
    fixture.revoked(4).await;

    let done = fixture.auth.end_all_sessions(&mine);
    let done = done.await.unwrap();
    assert_eq!((done.ended, done.includes_current), (1, true));
    browsers[0].store(&done.cookies);
    assert!(
        browsers[0].values.is_empty(),
        "the cookie is removed with the session"
    );
    fixture.revoked(5).await;
}

#[tokio::test]
async fn an_operator_lists_and_ends_sessions() {
    let fixture = Fixture::new().await;
    let (a, b) = (fixture.sign_in().await, fixture.sign_in().await);
    fixture
        .provider
        .tamper(|draft| drop(draft.claims.insert("sub".to_owned(), json!("bob"))));
    let bob = fixture.sign_in().await;
    let all = fixture.auth.list_sessions(None, None).await.unwrap();
    assert_eq!(all.len(), 3);
    let his = fixture.auth.list_sessions(Some("bob"), None).await.unwrap();
    assert_eq!(his.len(), 1);
    assert_eq!(his[0].user.as_ref().unwrap().id, "bob");
    let second = Some(all[0].info.id);
    let rest = fixture.auth.list_sessions(None, second).await.unwrap();
    assert_eq!(rest.len(), 2);

    let end = async |which| fixture.auth.end_sessions(&which).await.unwrap();
    assert_eq!(end(SessionFilter::OfUser("nobody".to_owned())).await, 0);
    assert_eq!(end(SessionFilter::One(his[0].info.id)).await, 1);
    assert!(user(&fixture.auth, &bob).await.is_none());
    assert!(user(&fixture.auth, &a).await.is_some());
    assert_eq!(end(SessionFilter::All).await, 2);
    assert!(user(&fixture.auth, &b).await.is_none());
    assert_eq!(fixture.provider.state().revoked.len(), 3);
}

#[test]
fn a_session_handle_is_32_hexadecimal_digits() {
    let text = "00ff00000000000000000000000000e1";
    assert_eq!(text.parse::<SessionHandle>().unwrap().to_string(), text);
    for wrong in [
        "",
        "00",
        &text[1..],
        "+0ff00000000000000000000000000e1",
        "zz",
    ] {
        assert!(wrong.parse::<SessionHandle>().is_err(), "{wrong}");
    }
}
