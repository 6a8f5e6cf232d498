//! The routes of the pages.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    components::{Route, Router, Routes},
    path,
};

use crate::{
    components::Layout,
    pages::{Error, Home, NotFound, Organizations, Profile, Resources, Sessions, SignInOptions},
};

/// The application: every page in its layout.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Title formatter=|title: String| {
            if title.is_empty() { "Leptos + Logto".to_owned() } else { format!("{title} · Leptos + Logto") }
        } />
        <Router>
            <Layout>
                <Routes fallback=NotFound>
                    <Route path=path!("/") view=Home />
                    <Route path=path!("/profile") view=Profile />
                    <Route path=path!("/organizations") view=Organizations />
                    <Route path=path!("/resources") view=Resources />
                    <Route path=path!("/sessions") view=Sessions />
                    <Route path=path!("/sign-in") view=SignInOptions />
                    <Route path=path!("/auth/error") view=Error />
                </Routes>
            </Layout>
        </Router>
    }
}
