use auth_leptos::{SignedIn, SignedOut, use_session};
use leptos::{prelude::*, server_fn::ServerFn};

#[server]
pub async fn sign_in() -> Result<(), ServerFnError> {
    Ok(auth_leptos::sign_in(auth_leptos::SignInOptions::new()).await?)
}

#[server]
pub async fn sign_out() -> Result<(), ServerFnError> {
    Ok(auth_leptos::sign_out(auth_leptos::SignOutOptions::new()).await?)
}

#[component]
pub fn Account() -> impl IntoView {
    view! {
        <SignedIn>
            <p>"Hello, " {use_session().map(|session| session.user.id)}</p>
            <form method="post" action=SignOut::url()><button>"Sign out"</button></form>
        </SignedIn>
        <SignedOut>
            <form method="post" action=SignIn::url()><button>"Sign in"</button></form>
        </SignedOut>
    }
}
