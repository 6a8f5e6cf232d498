use auth_leptos::SessionProvider;
use leptos::prelude::*;
use leptos_router::hooks::use_url;

use super::UserMenu;

/// The pages of the navigation.
const PAGES: [(&str, &str); 6] = [
    ("/", "Home"),
    ("/profile", "Profile"),
    ("/organizations", "Organizations"),
    ("/resources", "API resources"),
    ("/sessions", "Sessions"),
    ("/sign-in", "Sign-in options"),
];

/// The header and footer of every page, and the session for all that is inside.
#[component]
pub(crate) fn Layout(children: Children) -> impl IntoView {
    let here = use_url().with_untracked(|url| url.path().to_owned());
    let links = PAGES
        .iter()
        .map(|(path, name)| {
            let current = (*path == here).then_some("page");
            view! { <a href=*path aria-current=current>{*name}</a> }
        })
        .collect_view();
    view! {
        <SessionProvider>
            <a class="skip" href="#main">"Skip to content"</a>
            <header class="bar">
                <a class="brand" href="/">"Leptos + Logto"</a>
                <nav aria-label="Pages">{links}</nav>
                <UserMenu />
            </header>
            <main id="main" tabindex="-1">{children()}</main>
            <footer>
                <p>"No token in the browser. Works without JavaScript."</p>
            </footer>
        </SessionProvider>
    }
}
