//! The session in the browser: one signal for the whole page.

use std::{cell::Cell, pin::Pin, time::Duration};

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::BroadcastChannel;

use super::{
    RequestError,
    channel::{self, Trigger},
    events, http, json, page,
};
use crate::SessionState;

/// The time to wait before a session that is still unknown is fetched again, in
/// milliseconds. The server says the same in `Retry-After`.
const RETRY: i32 = 5000;

/// The time that the way to Logto may take, in milliseconds.
const WAY: i32 = 20_000;

thread_local! {
    /// It lives as long as the page. A signal of the arena would end with the
    /// component that made it, and islands do not find each other's context.
    static SESSION: PageSession = PageSession::read();
}

struct PageSession {
    state: ArcRwSignal<SessionState>,
    /// The page has a seed that can be read.
    has_seed: bool,
    /// What the page was rendered with, if it says so.
    rendered: Option<SessionState>,
    /// In seconds.
    refetch_interval: Cell<Option<f64>>,
    /// The whole page follows the session, not only its islands.
    is_whole_page: Cell<bool>,
    is_following: Cell<bool>,
    is_retrying: Cell<bool>,
    /// Somebody has typed or chosen something.
    has_typed: Cell<bool>,
    /// A form was sent, or an event handler goes to another page.
    is_leaving: Cell<bool>,
    /// Somebody clicked before this script ran: *Sign out*, perhaps. The browser may
    /// be on its way to Logto.
    may_be_leaving: Cell<bool>,
    /// An answer was compared with the page, and the page was right or was told so.
    was_compared: Cell<bool>,
    channel: Option<BroadcastChannel>,
    /// The number of the last request.
    sent: Cell<u32>,
    /// The number of the request whose answer counts. An older answer that
    /// arrives later does not.
    answered: Cell<u32>,
}

/// Whether the other tabs are told.
#[derive(Clone, Copy)]
enum Announce {
    /// They told this tab.
    No,
    IfChanged,
    Always,
}

impl PageSession {
    fn read() -> Self {
        let seed = page::seed().and_then(|text| json::seed(&text));
        let has_seed = seed.is_some();
        let (rendered, refetch_interval) = match seed {
            Some(seed) => (seed.state, seed.refetch_interval),
            None => (SessionState::Loading, None),
        };
        Self {
            state: ArcRwSignal::new(rendered.clone()),
            has_seed,
            rendered: Some(rendered).filter(|state| !state.is_loading()),
            refetch_interval: Cell::new(refetch_interval),
            is_whole_page: Cell::new(false),
            is_following: Cell::new(false),
            is_retrying: Cell::new(false),
            has_typed: Cell::new(false),
            is_leaving: Cell::new(false),
            may_be_leaving: Cell::new(false),
            was_compared: Cell::new(false),
            channel: channel::open(|user| {
                if user.is_none() || user != SESSION.with(Self::shown_user) {
                    check(Announce::No);
                }
            }),
            sent: Cell::new(0),
            answered: Cell::new(0),
        }
    }

    fn is_loading(&self) -> bool {
        self.state.with_untracked(SessionState::is_loading)
    }

    /// Returns the user's id, which is empty if the user is signed out, or
    /// `None` if the session is not known.
    fn shown_user(&self) -> Option<String> {
        self.state.with_untracked(|state| match state {
            SessionState::Authenticated(session) => Some(session.user.id.clone()),
            SessionState::Unauthenticated => Some(String::new()),
            SessionState::Loading => None,
        })
    }

    fn tell_other_tabs(&self, trigger: Trigger, user: Option<&str>) {
        if let Some(channel) = &self.channel {
            channel::send(channel, trigger, user);
        }
    }

    /// Tells the other tabs which user this page shows.
    fn announce(&self) {
        let Some(user) = self.shown_user() else {
            return;
        };
        let trigger = if user.is_empty() {
            Trigger::SignOut
        } else {
            Trigger::GetSession
        };
        self.tell_other_tabs(trigger, Some(&user));
    }

    fn apply(&self, number: u32, state: SessionState, announce: Announce) {
        if number <= self.answered.get() {
            return;
        }
        let is_first_answer = self.answered.replace(number) == 0;
        let (is_new, is_other_user, is_changed) = self.state.with_untracked(|former| {
            let id = |state: &SessionState| state.user().map(|user| user.id.clone());
            (
                *former != state,
                id(former) != id(&state),
                !shows_same(former, &state),
            )
        });
        // `expires` changes with nearly every answer.
        if is_new {
            self.state.set(state);
        }
        match announce {
            Announce::Always => self.tell_other_tabs(Trigger::GetSession, None),
            Announce::IfChanged if is_other_user => self.announce(),
            Announce::IfChanged if is_changed => self.tell_other_tabs(Trigger::GetSession, None),
            Announce::IfChanged | Announce::No => {}
        }
        self.compare_with_page(is_first_answer);
    }

    /// Returns whether the page shows what is no longer true and cannot follow.
    fn is_outdated(&self) -> Option<bool> {
        let rendered = self.rendered.as_ref()?;
        let is_outdated = |state: &_| !shows_same(rendered, state);
        (!self.is_whole_page.get()).then(|| self.state.with_untracked(is_outdated))
    }

    /// Loads the page again if it is outdated, unless that would throw away what
    /// somebody has typed, or cancel a form that was sent. The page then asks for it.
    fn compare_with_page(&self, is_first_answer: bool) {
        let Some(is_outdated) = self.is_outdated() else {
            return;
        };
        // Now, because browsers may count a click after its events.
        if is_first_answer && page::was_clicked() {
            self.may_be_leaving.set(true);
            events::after(WAY, stay);
        }
        // Loading the page again would cancel a sign-out: the user would still be signed in
        // at Logto. So would somebody who presses the notice's button.
        if is_outdated && self.may_be_leaving.get() {
            return;
        }
        // A page that some cache keeps stays as it is, however often it is loaded.
        let would_repeat = !self.was_compared.replace(true) && page::was_reloaded();
        if !is_outdated {
            page::show_notice(false);
        } else if self.has_typed.get()
            || self.is_leaving.get()
            || page::has_changed_input()
            || would_repeat
        {
            page::show_notice(true);
        } else {
            page::reload();
        }
    }
}

/// Returns whether pages show the same for both: the same user with the same
/// roles.
fn shows_same(one: &SessionState, other: &SessionState) -> bool {
    match (one, other) {
        (SessionState::Authenticated(one), SessionState::Authenticated(other)) => {
            one.user == other.user
                && one.roles == other.roles
                && one.organization_roles == other.organization_roles
        }
        _ => one == other,
    }
}

/// Returns the session as a signal.
pub(crate) fn session() -> ArcRwSignal<SessionState> {
    SESSION.with(|session| session.state.clone())
}

/// Says that the whole page hydrates. Called before [`follow`].
pub(crate) fn follow_in_whole_page(refetch_interval: Option<Duration>) {
    let is_hydrating = Owner::current_shared_context()
        .is_some_and(|context| context.during_hydration() && context.get_is_hydrating());
    SESSION.with(|session| {
        let is_first = !session.is_whole_page.replace(true);
        // The first render must have the form of the HTML, or Leptos panics and
        // the page stays dead. Without a seed only the server knows it.
        if is_hydrating
            && !session.has_seed
            && let Some(state) = http::session_at_once()
        {
            session.state.set(state);
        }
        if is_first && let Some(interval) = refetch_interval {
            session.refetch_interval.set(Some(interval.as_secs_f64()));
        }
    });
}

/// Begins to follow the session, once for a page.
#[inline(never)]
pub(crate) fn follow() {
    if !SESSION.with(|session| session.is_following.replace(true)) {
        // After hydration: the first render must be that of the server.
        spawn(async { begin() });
    }
}

fn begin() {
    events::on_possible_change(|| check(Announce::IfChanged));
    events::on_return(|| {
        SESSION.with(|session| session.is_leaving.set(false));
        stay();
    });
    if let Some(button) = page::notice_button() {
        events::on(&button, "click", |_| page::reload());
    }
    events::in_page("input", || SESSION.with(|page| page.has_typed.set(true)));
    events::in_page("submit", || SESSION.with(|page| page.is_leaving.set(true)));
    SESSION.with(|session| {
        if let Some(seconds) = session.refetch_interval.get() {
            events::repeat(seconds, || {
                let is_signed_in = SESSION
                    .with(|session| session.state.with_untracked(SessionState::is_authenticated));
                if is_signed_in {
                    check(Announce::IfChanged);
                }
            });
        }
        // The page may be where a sign-in or a sign-out has led.
        session.announce();
    });
    check(Announce::IfChanged);
}

/// The browser has not left: no page came, or *Back* has led here, or an event handler
/// has failed.
fn stay() {
    SESSION.with(|session| {
        session.may_be_leaving.set(false);
        // Until the answer is there, which may never come.
        if session.is_outdated() == Some(true) {
            page::show_notice(true);
        }
    });
    check(Announce::IfChanged);
}

/// Runs a task. One type for all of them, because each adds to the size of the
/// WASM. Not by the executor of Leptos, which is there only in pages that Leptos
/// hydrates or whose islands it mounts.
fn spawn(task: impl Future<Output = ()> + 'static) {
    let task: Pin<Box<dyn Future<Output = ()>>> = Box::pin(task);
    spawn_local(task);
}

/// Fetches the session. It stays as it is while the browser is offline, and if
/// the server does not answer with a session.
fn check(announce: Announce) {
    spawn(async move {
        if page::is_online() {
            let _ = fetch(announce).await;
        }
        SESSION.with(|session| {
            if session.is_loading() && !session.is_retrying.replace(true) {
                events::after(RETRY, move || {
                    SESSION.with(|session| session.is_retrying.set(false));
                    check(announce);
                });
            }
        });
    });
}

async fn fetch(announce: Announce) -> Result<(), RequestError> {
    let number = SESSION.with(|session| {
        session.sent.set(session.sent.get().wrapping_add(1));
        session.sent.get()
    });
    let state = http::session().await?;
    SESSION.with(|session| session.apply(number, state, announce));
    Ok(())
}

/// Fetches the session for all tabs.
pub(super) async fn update() -> Result<(), RequestError> {
    fetch(Announce::Always).await
}

/// Goes to another page from an event handler, as a form does that is sent.
pub(super) async fn leave(
    way: impl Future<Output = Result<(), RequestError>>,
) -> Result<(), RequestError> {
    SESSION.with(|session| session.is_leaving.set(true));
    let left = way.await;
    if left.is_err() {
        SESSION.with(|session| session.is_leaving.set(false));
        stay();
    }
    left
}

/// Tells the other tabs that the user has signed out.
pub(super) fn announce_sign_out() {
    SESSION.with(|session| session.tell_other_tabs(Trigger::SignOut, Some("")));
}
