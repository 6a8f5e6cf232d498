use auth_leptos::{SignedIn, SignedOut, use_session};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::components::{ClaimsTable, Layout, SignInButton, SignOutButton, SignUpButton};

/// The home page.
#[component]
pub(crate) fn Home() -> impl IntoView {
    view! {
        <Title text="" />
        <Layout>
            <SignedIn>
                <section class="hero">
                    <h1>{greeting()}</h1>
                    <p>"You are signed in. This is what your ID token says about you."</p>
                    <SignOutButton />
                </section>
                <ClaimsTable />
            </SignedIn>
            <SignedOut>
                <section class="hero">
                    <h1>"Sign in with Logto"</h1>
                    <p>
                        "This page is rendered on the server, and the buttons are ordinary forms. Your tokens stay on the server and never reach your browser."
                    </p>
                    <div class="actions">
                        <SignInButton />
                        <SignUpButton />
                    </div>
                </section>
            </SignedOut>
        </Layout>
    }
}

fn greeting() -> String {
    let name = use_session().with_untracked(|session| session.user()?.name.clone());
    match name {
        Some(name) => format!("Hello, {name}"),
        None => "Hello".to_owned(),
    }
}
