//! A user, and what the user's browsers may see.

use std::{
    sync::{Arc, Mutex},
    time::Instant,
};

use rand::{Rng as _, seq::IndexedRandom as _};
use reqwest::{Method, header::LOCATION};

use crate::{
    server_process::Browser,
    shadow::{Session, Span},
    tally::Deed,
    world::World,
};

/// What the name of every user begins with. Four digits follow.
const PREFIX: &str = "soak-user-";

#[derive(Debug)]
pub struct User {
    pub name: String,
    /// All that ever began.
    pub sessions: Mutex<Vec<Arc<Session>>>,
    /// Held by what begins or ends sessions, so that it is known what was ended.
    pub turn: tokio::sync::Mutex<()>,
}

impl User {
    pub fn new(number: usize) -> Self {
        Self {
            name: format!("{PREFIX}{number:04}"),
            sessions: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// Returns the sessions that have not ended for certain, or those that have.
    pub fn sessions(&self, are_over: bool) -> Vec<Arc<Session>> {
        let sessions = self.sessions.lock().unwrap();
        let those = sessions.iter().filter(|it| it.is_over() == are_over);
        those.cloned().collect()
    }

    /// Returns the first other user whose name is in a text.
    fn other_in<'t>(&self, text: &'t str) -> Option<&'t str> {
        let places = text.match_indices(PREFIX);
        let mut names = places.filter_map(|(at, _)| text.get(at..at + self.name.len()));
        names.find(|name| *name != self.name)
    }
}

/// An answer that is not an error.
pub struct Answer {
    pub span: Span,
    pub status: u16,
    pub location: String,
    pub text: String,
}

/// An answer that says why there is none.
pub struct Failed {
    pub span: Span,
    pub error: String,
}

/// A browser of a user.
#[derive(Clone)]
pub struct Visitor {
    pub world: Arc<World>,
    pub number: usize,
    pub browser: Browser,
    pub session: Option<Arc<Session>>,
}

impl Visitor {
    pub fn user(&self) -> &User {
        &self.world.users[self.number]
    }

    /// Sends a request to one of the servers.
    pub async fn ask(
        &mut self,
        deed: Deed,
        method: Method,
        path: &str,
        form: &str,
    ) -> Result<Answer, Failed> {
        let origin = self.world.origins.choose(&mut rand::rng()).unwrap();
        self.ask_at(origin.clone(), deed, method, path, form).await
    }

    pub async fn ask_at(
        &mut self,
        origin: String,
        deed: Deed,
        method: Method,
        path: &str,
        form: &str,
    ) -> Result<Answer, Failed> {
        let from = Instant::now();
        let sent = self
            .browser
            .try_send(method, format!("{origin}{path}"), form);
        let received = async {
            let response = sent.await?;
            let status = response.status().as_u16();
            let location = response.headers().get(LOCATION).map(|it| it.to_str());
            let location = location.transpose().unwrap().unwrap_or_default().to_owned();
            Ok::<_, reqwest::Error>((status, location, response.text().await?))
        };
        let received = received.await;
        let span = Span {
            from,
            to: Instant::now(),
        };
        let (status, location, text) = match received {
            Ok(received) => received,
            Err(error) if error.is_timeout() => return Err(failed(span, "no answer in 30 s")),
            Err(_) => return Err(failed(span, "no connection")),
        };
        if let Some(other) = self.user().other_in(&format!("{location} {text}")) {
            let (own, path) = (&self.user().name, path);
            self.world
                .tally
                .foreign(format!("{own} saw {other} at {path}, {deed:?}"));
        }
        if let Some((_, error)) = location.split_once("/auth/error?error=") {
            return Err(failed(span, error.split('&').next().unwrap_or_default()));
        }
        if status >= 400 {
            return Err(failed(span, &status.to_string()));
        }
        Ok(Answer {
            span,
            status,
            location,
            text,
        })
    }

    /// Notes an error of a deed.
    pub fn failed(&self, deed: Deed, failed: &Failed) {
        let World { tally, windows, .. } = &*self.world;
        tally.failed(deed, &failed.error, failed.span, windows);
    }

    /// Compares an answer with what must be true of a session.
    pub fn judge(&self, deed: Deed, session: &Session, span: Span, is_signed_in: bool) {
        let verdict = session.judge(span, is_signed_in);
        let took = span.to - span.from;
        let age = span.from.saturating_duration_since(session.began.to);
        let context = format!(
            "{}, {}, {age:?} after it began, asked for {took:?}, {}; {}",
            self.user().name,
            session.code,
            session.history(span.from),
            self.world.windows.recent(),
        );
        self.world.tally.judged(deed, verdict, &context);
    }

    /// Notes an answer to a request of this browser.
    pub fn done(&mut self, deed: Deed, answer: &Answer, is_signed_in: bool) {
        self.world.tally.done(deed, answer.span);
        self.saw(deed, answer.span, is_signed_in);
    }

    /// Notes whether this browser was signed in.
    pub fn saw(&mut self, deed: Deed, span: Span, is_signed_in: bool) {
        let Some(session) = self.session.clone() else {
            return;
        };
        self.judge(deed, &session, span, is_signed_in);
        if !is_signed_in {
            self.forget();
        }
    }

    /// Forgets a session that has ended, as a user does who clears the cookies.
    pub fn forget(&mut self) {
        self.session = None;
        self.browser.cookies.clear();
    }

    /// Returns a browser with the cookie of another session only.
    pub fn with_cookie(&self, session: &Arc<Session>) -> Option<Self> {
        let mut other = self.clone();
        other.browser.cookies.clear();
        let (name, value) = session.cookie.clone()?;
        other.browser.cookies.insert(name, value);
        other.session = Some(Arc::clone(session));
        Some(other)
    }

    /// Does something until the world ends.
    pub async fn live(mut self) {
        while !self.world.is_over() {
            let chance = rand::rng().random_range(0..100);
            if self.session.is_none() {
                match chance {
                    0..80 => self.sign_in(Deed::SignIn).await,
                    80..90 => self.abandon_sign_in().await,
                    _ => self.look_with_ended_cookie().await,
                }
                continue;
            }
            match chance {
                0..35 => self.look_at_session().await,
                35..50 => self.open_home_page().await,
                50..75 => self.open_profile().await,
                75..80 => self.ask_for_fresh_claims().await,
                80..86 => self.look_with_ended_cookie().await,
                86..89 => self.sign_in(Deed::SignInAgain).await,
                89..91 => self.abandon_sign_in().await,
                91..94 => self.sign_out().await,
                94..96 => self.end_sessions(Deed::EndOtherSessions).await,
                96..97 => self.end_sessions(Deed::EndAllSessions).await,
                _ => self.be_logged_out().await,
            }
        }
    }
}

pub fn failed(span: Span, error: &str) -> Failed {
    let error = error.to_owned();
    Failed { span, error }
}
