use auth_leptos::{SessionProvider, SignInButton, SignOutButton, SignedIn, SignedOut, use_session};
use leptos::prelude::*;

use crate::pages::Pages;

#[component]
pub fn App() -> impl IntoView {
    view! {
        <SessionProvider>
            <SignedIn>
                <p>"Hello, " <UserId /></p>
                <SignOutButton />
            </SignedIn>
            <SignedOut>
                <SignInButton />
            </SignedOut>
            <Pages />
        </SessionProvider>
    }
}

#[component]
fn UserId() -> impl IntoView {
    let session = use_session();
    move || session.with(|session| Some(session.user()?.id.clone()))
}
