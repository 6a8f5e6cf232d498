use auth_leptos::{SessionProvider, use_session};
use leptos::prelude::*;

/// The header and footer of every page, and the session for all that is inside.
#[component]
pub(crate) fn Layout(children: Children) -> impl IntoView {
    view! {
        <SessionProvider>
            <a class="skip" href="#main">"Skip to content"</a>
            <header class="bar">
                <a class="brand" href="/">"Leptos + Logto"</a>
                <nav aria-label="Pages">
                    <a href="/">"Home"</a>
                    <a href="/profile">"Profile"</a>
                    <a href="/organizations">"Organizations"</a>
                    <a href="/resources">"API resources"</a>
                    <a href="/sessions">"Sessions"</a>
                    <a href="/sign-in">"Sign-in options"</a>
                </nav>
                <p class="who"><UserName /></p>
            </header>
            <main id="main" tabindex="-1">{children()}</main>
            <footer>
                <p>"No token in the browser. Works without JavaScript."</p>
            </footer>
        </SessionProvider>
    }
}

/// The name of the signed-in user.
#[component]
fn UserName() -> impl IntoView {
    let session = use_session().get_untracked();
    match session.user().cloned() {
        Some(user) => view! {
            <span class="dot" aria-hidden="true"></span>
            {user.name.unwrap_or(user.id)}
        }
        .into_any(),
        None => "Signed out".into_any(),
    }
}
