use auth_leptos::rendered_session;
use leptos::prelude::*;

use crate::{
    components::{AccessToken, ClaimSources, PersonalPage, SignOutButton, Timestamp, problem},
    queries::{ProfileData, profile},
    users::{UserRow, Visit},
};

/// The signed-in user's profile.
#[component]
pub(crate) fn Profile() -> impl IntoView {
    let content = |data| {
        view! {
            <Card />
            <Details data />
            <div class="actions">
                <SignOutButton />
                <SignOutButton only_here=true />
            </div>
        }
    };
    view! {
        <PersonalPage
            title="Profile"
            path="/profile"
            invitation="Sign in to see your profile. You will come back to this page."
            data=Resource::new_blocking(|| (), |()| profile())
            content
        />
    }
}

#[component]
fn Details(data: ProfileData) -> impl IntoView {
    let ProfileData {
        token,
        user_info,
        scopes,
        row,
        visit,
    } = data;
    let (user_info, problem) = match user_info {
        Some(Ok(claims)) => (Some(claims), None),
        Some(Err(error)) => (None, Some(problem(&error))),
        None => (None, None),
    };
    view! {
        {row.map(|row| view! { <Visits row visit /> })}
        <AccessToken token />
        {problem.map(|sentence| view! { <p role="status">"Userinfo: " {sentence}</p> })}
        <ClaimSources user_info scopes />
    }
}

/// The user's row in the example's own table.
#[component]
fn Visits(row: UserRow, visit: Option<Visit>) -> impl IntoView {
    view! {
        <section class="card">
            <dl>
                <div>
                    <dt>"Sign-ins here"</dt>
                    <dd>{row.sign_ins}</dd>
                </div>
                <div>
                    <dt>"First time"</dt>
                    <dd>
                        <Timestamp at=row.first_signed_in_at />
                    </dd>
                </div>
                {visit
                    .map(|visit| {
                        view! {
                            <div>
                                <dt>"This session"</dt>
                                <dd>"began with sign-in " {visit.number}</dd>
                            </div>
                        }
                    })}
            </dl>
        </section>
    }
}

#[component]
fn Card() -> impl IntoView {
    rendered_session().map(|session| {
        let user = session.user.clone();
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
                    <div>
                        <dt>"Session ends"</dt>
                        <dd>
                            <Timestamp at=session.expires_at />
                        </dd>
                    </div>
                </dl>
            </section>
        }
    })
}
