use auth_leptos::{SignedIn, SignedOut};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    components::{EndSessionsButton, SessionItem, SignInButton},
    page_data::{SessionsData, page_data},
};

/// The user's sessions, each with a button that ends it.
#[component]
pub(crate) fn Sessions() -> impl IntoView {
    view! {
        <Title text="Sessions" />
        <h1>"Sessions"</h1>
        <SignedIn>
            <SessionList />
        </SignedIn>
        <SignedOut>
            <section class="hero">
                <p>"Sign in to see your sessions. You will come back to this page."</p>
                <SignInButton redirect_to=Some("/sessions".to_owned()) />
            </section>
        </SignedOut>
    }
}

#[component]
fn SessionList() -> impl IntoView {
    page_data().map(|SessionsData(sessions)| {
        let has_others = sessions.iter().any(|session| !session.is_current);
        view! {
            <p class="lead">
                "These are your sessions, one for each browser in which you are signed in. If you do not recognize one, sign out of it."
            </p>
            // Without the role, Safari does not announce a list that has no bullets.
            <ul class="sessions" role="list">
                {sessions
                    .iter()
                    .cloned()
                    .zip(1..)
                    .map(|(session, number)| {
                        view! { <SessionItem session number count=sessions.len() /> }
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
    })
}
