use auth_leptos::{SignedIn, SignedOut, use_session};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::components::{SignInButton, SignOutButton};

/// The signed-in user's profile: a page that asks for a sign-in and is
/// returned to.
#[component]
pub(crate) fn Profile() -> impl IntoView {
    view! {
        <Title text="Profile" />
        <h1>"Profile"</h1>
        <SignedIn>
            <Card />
            <SignOutButton />
        </SignedIn>
        <SignedOut>
            <section class="hero">
                <p>"Sign in to see your profile. You will come back to this page."</p>
                <SignInButton redirect_to=Some("/profile".to_owned()) />
            </section>
        </SignedOut>
    }
}

#[component]
fn Card() -> impl IntoView {
    use_session().map(|session| {
        let user = session.user;
        let row = |term: &'static str, value: Option<String>| {
            view! {
                <div>
                    <dt>{term}</dt>
                    <dd>{value.unwrap_or_else(|| "—".to_owned())}</dd>
                </div>
            }
        };
        view! {
            <section class="card">
                {user
                    .image
                    .map(|source| {
                        view! {
                            <img src=source alt="" width="72" height="72" referrerpolicy="no-referrer" />
                        }
                    })}
                <dl>
                    {row("Name", user.name)}
                    {row("E-mail", user.email)}
                    {row("User ID", Some(user.id))}
                    {row("Session ends", Some(session.expires))}
                </dl>
            </section>
        }
    })
}
