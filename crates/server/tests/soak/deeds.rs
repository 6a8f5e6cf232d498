//! What users do.

use std::{sync::Arc, time::Duration};

use auth_testkit::{CLIENT_ID, param, signing};
use rand::seq::IndexedRandom as _;
use reqwest::Method;
use serde_json::Value;
use tokio::task::JoinSet;
use url::Url;

use crate::{
    server_process::Browser,
    shadow::{Session, Span},
    tally::Deed,
    user::{Answer, Failed, Visitor, failed},
    windows::GRACE,
};

const SIGN_IN: &str = "/api/auth/signin/logto";
const LOGOUT: &str = "/api/auth/backchannel-logout/logto";
/// After an error, before the next attempt.
const PAUSE: Duration = Duration::from_millis(50);

impl Visitor {
    /// Notes an error, and waits.
    async fn gives_up(&self, deed: Deed, failure: &Failed) {
        self.failed(deed, failure);
        tokio::time::sleep(PAUSE).await;
    }

    /// Returns the provider's address to which a sign-in sends the browser.
    async fn begin_sign_in(&mut self, deed: Deed) -> Option<(Url, Answer)> {
        match self.ask(deed, Method::POST, SIGN_IN, "").await {
            Ok(answer) if answer.location.starts_with(&self.world.provider.issuer()) => {
                Some((answer.location.parse().unwrap(), answer))
            }
            Ok(answer) => {
                let error = format!("sent to {:?}", answer.location);
                self.gives_up(deed, &failed(answer.span, &error)).await;
                None
            }
            Err(failure) => {
                self.gives_up(deed, &failure).await;
                None
            }
        }
    }

    pub async fn abandon_sign_in(&mut self) {
        let cookies = self.browser.cookies.clone();
        if let Some((_, begun)) = self.begin_sign_in(Deed::SignInAbandoned).await {
            self.world.tally.done(Deed::SignInAbandoned, begun.span);
        }
        self.browser.cookies = cookies;
    }

    /// Signs in. The server of the callback is perhaps not the one that began it.
    pub async fn sign_in(&mut self, deed: Deed) {
        let world = Arc::clone(&self.world);
        let user = &world.users[self.number];
        let _turn = user.turn.lock().await;
        let Some((address, begun)) = self.begin_sign_in(deed).await else {
            return;
        };
        let query = world.provider.authorize_as(&address, &user.name);
        let answer = Url::parse(&format!("http://localhost/?{query}")).unwrap();
        let code = param(&answer, "code").unwrap();
        let sid = format!("sid-{}", param(&address, "nonce").unwrap());
        let former = self.session.clone();
        let former_cookie = session_cookie(&self.browser);
        if let Some(former) = &former {
            former.is_ending();
        }
        let callback = format!("/api/auth/callback/logto?{query}");
        let answer = self.ask(deed, Method::GET, &callback, "").await;
        let cookie = session_cookie(&self.browser).filter(|it| Some(it) != former_cookie.as_ref());
        let (span, error) = match answer {
            Ok(answer) if answer.location == "/" && cookie.is_some() => (answer.span, None),
            Ok(answer) => {
                let error = failed(answer.span, &format!("ends at {:?}", answer.location));
                (answer.span, Some(error))
            }
            Err(failure) => (failure.span, Some(failure)),
        };
        let span = Span {
            from: begun.span.from,
            to: span.to,
        };
        let cookie = cookie.filter(|_| error.is_none());
        let session = Session::new(code, sid, cookie, span, world.lifetime);
        let session = Arc::new(session);
        user.sessions.lock().unwrap().push(Arc::clone(&session));
        let Some(failure) = error else {
            if let Some(former) = former {
                // If the database fails between the two, it ends as soon as it can.
                if world.windows.during(span, GRACE).is_some() {
                    former.may_have_ended();
                } else {
                    former.has_ended();
                }
            }
            self.session = Some(session);
            world.tally.done(deed, span);
            return;
        };
        // Perhaps it has begun, and nobody has its cookie.
        session.is_ending();
        session.has_ended();
        if let Some(former) = &former {
            former.may_have_ended();
        }
        self.gives_up(deed, &failure).await;
    }

    pub async fn look_at_session(&mut self) {
        self.read(Deed::Session, Method::GET, "/api/auth/session")
            .await;
    }

    pub async fn ask_for_fresh_claims(&mut self) {
        self.read(Deed::FreshClaims, Method::POST, "/api/auth/session")
            .await;
    }

    pub async fn open_home_page(&mut self) {
        self.read(Deed::HomePage, Method::GET, "/").await;
    }

    async fn read(&mut self, deed: Deed, method: Method, path: &str) {
        match self.ask(deed, method, path, "").await {
            Ok(answer) => {
                let is_signed_in = answer.text.contains(&self.user().name);
                self.done(deed, &answer, is_signed_in);
            }
            Err(failure) => self.gives_up(deed, &failure).await,
        }
    }

    /// Opens the page that refreshes an access token, four times at once, on both
    /// servers.
    pub async fn open_profile(&mut self) {
        const DEED: Deed = Deed::ProfilePage;
        let mut pages = JoinSet::new();
        for number in 0..4 {
            let mut tab = self.clone();
            let origin = self.world.origins[number % 2].clone();
            pages.spawn(async move { tab.ask_at(origin, DEED, Method::GET, "/profile", "").await });
        }
        for page in pages.join_all().await {
            let page = match page {
                Ok(page) => page,
                Err(failure) => {
                    self.failed(DEED, &failure);
                    continue;
                }
            };
            let is_signed_in = page.text.contains(&self.user().name);
            let problem = if !is_signed_in {
                None
            } else if page.text.contains("could not get access to your data") {
                Some("NoToken")
            } else if !page.text.contains("offline_access") {
                Some("no token")
            } else if page.text.contains("Userinfo: ") {
                Some("no userinfo")
            } else {
                None
            };
            match problem {
                Some(problem) => {
                    self.failed(DEED, &failed(page.span, problem));
                    self.saw(DEED, page.span, is_signed_in);
                }
                None => self.done(DEED, &page, is_signed_in),
            }
        }
    }

    pub async fn sign_out(&mut self) {
        const DEED: Deed = Deed::SignOut;
        let world = Arc::clone(&self.world);
        let _turn = world.users[self.number].turn.lock().await;
        let Some(session) = self.session.clone() else {
            return;
        };
        session.is_ending();
        match self.ask(DEED, Method::POST, "/api/auth/signout", "").await {
            Ok(answer) if answer.status == 303 || answer.status == 302 => {
                session.has_ended();
                world.tally.done(DEED, answer.span);
                self.forget();
            }
            Ok(answer) => {
                session.may_have_ended();
                let error = format!("answers {}", answer.status);
                self.gives_up(DEED, &failed(answer.span, &error)).await;
            }
            Err(failure) => {
                session.may_have_ended();
                self.gives_up(DEED, &failure).await;
            }
        }
    }

    /// Ends the user's other sessions, or all.
    pub async fn end_sessions(&mut self, deed: Deed) {
        let world = Arc::clone(&self.world);
        let user = &world.users[self.number];
        let _turn = user.turn.lock().await;
        let mut ending = user.sessions(false);
        let form = if deed == Deed::EndAllSessions {
            "which=everywhere"
        } else {
            let own = self.session.clone();
            ending.retain(|it| own.as_ref().is_none_or(|own| !Arc::ptr_eq(own, it)));
            "which=others"
        };
        for session in &ending {
            session.is_ending();
        }
        match self.ask(deed, Method::POST, "/api/sign_out_of", form).await {
            Ok(answer) => {
                world.tally.done(deed, answer.span);
                for session in &ending {
                    session.has_ended();
                }
                if deed == Deed::EndAllSessions {
                    self.forget();
                }
            }
            Err(failure) => {
                for session in &ending {
                    session.may_have_ended();
                }
                // The own session has ended meanwhile.
                if failure.error == "SessionRequired" {
                    self.saw(deed, failure.span, false);
                } else {
                    self.gives_up(deed, &failure).await;
                }
            }
        }
    }

    /// The provider ends its session, and says so to one of the servers.
    pub async fn be_logged_out(&mut self) {
        const DEED: Deed = Deed::ProviderLogout;
        let world = Arc::clone(&self.world);
        let _turn = world.users[self.number].turn.lock().await;
        let Some(session) = self.session.clone() else {
            return;
        };
        let mut token = world.provider.draft_logout_token();
        for (name, value) in [
            ("sub", Value::Null),
            ("sid", session.sid.clone().into()),
            (
                "jti",
                format!("logout-of-{}-{}", session.code, rand::random::<u32>()).into(),
            ),
            ("aud", CLIENT_ID.into()),
        ] {
            signing::claim(name, value)(&mut token);
        }
        session.is_ending();
        let mut provider = self.clone();
        provider.browser = Browser::new();
        let form = format!("logout_token={}", token.sign());
        match provider.ask(DEED, Method::POST, LOGOUT, &form).await {
            Ok(answer) => {
                session.has_ended();
                world.tally.done(DEED, answer.span);
            }
            Err(failure) => {
                session.may_have_ended();
                self.gives_up(DEED, &failure).await;
            }
        }
    }

    /// Sends a cookie that the user has kept from a session that has ended.
    pub async fn look_with_ended_cookie(&mut self) {
        let ended = self.user().sessions(true);
        let Some(session) = ended.choose(&mut rand::rng()) else {
            return;
        };
        if let Some(mut other) = self.with_cookie(session) {
            other
                .read(Deed::EndedSession, Method::GET, "/api/auth/session")
                .await;
        }
    }
}

/// Returns the name and the value of the session's cookie.
fn session_cookie(browser: &Browser) -> Option<(String, String)> {
    let id = browser.session_id()?;
    let mut cookies = browser.cookies.iter();
    let (name, value) = cookies.find(|(_, value)| *value == id)?;
    Some((name.clone(), value.clone()))
}
