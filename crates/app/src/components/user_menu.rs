use auth_leptos::use_session;
use leptos::prelude::*;

use super::SignOutButton;

/// Says who is signed in, with a menu of what each user has. It opens without
/// JavaScript.
#[component]
pub(crate) fn UserMenu() -> impl IntoView {
    let Some(user) = use_session().with_untracked(|session| session.user().cloned()) else {
        return view! { <p class="who"><span class="name">"Signed out"</span></p> }.into_any();
    };
    let name = user
        .name
        .filter(|name| !name.trim().is_empty())
        .unwrap_or(user.id);
    let picture = match user.image {
        Some(source) => {
            view! { <img src=source alt="" width="32" height="32" referrerpolicy="no-referrer" /> }
                .into_any()
        }
        None => {
            view! { <span class="initial" aria-hidden="true">{initial(&name)}</span> }.into_any()
        }
    };
    view! {
        <details class="who">
            <summary>{picture} <span class="name">{name}</span></summary>
            <div>
                <a href="/profile">"Your profile"</a>
                <a href="/sessions">"Your sessions"</a>
                <SignOutButton />
            </div>
        </details>
    }
    .into_any()
}

/// Returns the first letter of a name, in upper case.
fn initial(name: &str) -> String {
    name.chars().take(1).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_initial_is_one_letter_in_upper_case() {
        for (name, expected) in [("alice", "A"), ("ärger", "Ä"), ("สมชาย", "ส"), ("", "")]
        {
            assert_eq!(initial(name), expected);
        }
    }
}
