use auth_leptos::{SessionWatch, use_session};
use leptos::prelude::*;

/// The header and footer of every page, and the island that reloads the page
/// when the session changes.
#[component]
pub(crate) fn Layout(children: Children) -> impl IntoView {
    let name = use_session().map(|session| session.user.name.unwrap_or(session.user.id));
    view! {
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
            <p class="who">
                {match name {
                    Some(name) => view! { <span class="dot" aria-hidden="true"></span>{name} }.into_any(),
                    None => "Signed out".into_any(),
                }}
            </p>
        </header>
        <main id="main" tabindex="-1">{children()}</main>
        <footer>
            <p>"No token in the browser. Works without JavaScript."</p>
        </footer>
        <SessionWatch />
    }
}
