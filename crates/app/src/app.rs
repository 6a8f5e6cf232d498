//! The routes of the pages.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{FlatRoutes, Route, Router},
    path,
};

use crate::pages::{
    Error, Home, NotFound, Organizations, Profile, Resources, Sessions, SignInOptions,
};

/// The application. Each page has the layout around it, because some pages wait for
/// data before the layout can show who is signed in.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Title formatter=|title: String| {
            if title.is_empty() { "Leptos + Logto".to_owned() } else { format!("{title} · Leptos + Logto") }
        } />
        <Router>
            <FlatRoutes fallback=NotFound>
                <Route path=path!("/") view=Home />
                <Route path=path!("/profile") view=Profile ssr=SsrMode::Async />
                <Route path=path!("/organizations") view=Organizations ssr=SsrMode::Async />
                // The shopping list is streamed.
                <Route path=path!("/resources") view=Resources ssr=SsrMode::InOrder />
                <Route path=path!("/sessions") view=Sessions ssr=SsrMode::Async />
                <Route path=path!("/sign-in") view=SignInOptions />
                <Route path=path!("/auth/error") view=Error />
            </FlatRoutes>
        </Router>
    }
}
