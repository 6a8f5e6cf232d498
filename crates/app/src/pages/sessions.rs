use leptos::prelude::*;

use crate::{
    components::{EndSessionsButton, PersonalPage, SessionItem},
    queries::{ListedSession, sessions},
};

/// The user's sessions, each with a button that ends it.
#[component]
pub(crate) fn Sessions() -> impl IntoView {
    view! {
        <PersonalPage
            title="Sessions"
            path="/sessions"
            invitation="Sign in to see your sessions. You will come back to this page."
            data=Resource::new_blocking(|| (), |()| sessions())
            content=|sessions| view! { <SessionList sessions /> }
        />
    }
}

#[component]
fn SessionList(sessions: Vec<ListedSession>) -> impl IntoView {
    let (count, has_others) = (
        sessions.len(),
        sessions.iter().any(|session| !session.is_current),
    );
    view! {
        <p class="lead">
            "These are your sessions, one for each browser in which you are signed in. If you do not recognize one, sign out of it."
        </p>
        // Without the role, Safari does not announce a list that has no bullets.
        <ul class="sessions" role="list">
            {sessions
                .into_iter()
                .zip(1..)
                .map(|(session, number)| {
                    view! { <SessionItem session number count /> }
                })
                .collect_view()}
        </ul>
        <div class="actions">
            {has_others
                .then(|| {
                    view! {
                        <EndSessionsButton
                            which=crate::OTHER_SESSIONS
                            label="Sign out of all other sessions"
                        />
                    }
                })}
            <EndSessionsButton which=crate::ALL_SESSIONS label="Sign out everywhere" />
        </div>
    }
}
