use auth_leptos::{SignedIn, rendered_session};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::components::{Field, Moment};

const FIRST_SCREENS: &[(&str, &str)] = &[
    ("", "Sign in"),
    ("register", "Make an account"),
    ("reset_password", "Set a new password"),
    ("identifier:sign_in", "Sign in by the identifiers below"),
    (
        "identifier:register",
        "Make an account by the identifiers below",
    ),
    ("single_sign_on", "Enterprise single sign-on"),
];
const PROMPTS: &[(&str, &str)] = &[
    ("", "As the settings say"),
    ("consent", "Consent"),
    (
        "login consent",
        "Prove who you are, even if you are signed in",
    ),
    ("none", "Nothing: a silent sign-in"),
];

/// All that a sign-in can ask Logto for.
#[component]
pub(crate) fn SignInOptions() -> impl IntoView {
    view! {
        <Title text="Sign-in options" />
        <h1>"Sign-in options"</h1>
        <p class="lead">
            "What an application can ask of a sign-in. Leave empty what does not matter. You will come back to this page."
        </p>
        <SignedIn>
            <LastProof />
        </SignedIn>
        <form class="card options" method="post" action=crate::SignInWith::url()>
            <input type="hidden" name="redirect_to" value="/sign-in" />
            <Field name="first_screen" label="First screen" choices=FIRST_SCREENS />
            <Field name="identifier" label="Identifiers" hint="email, phone, username: one or more" />
            <Field
                name="direct_sign_in"
                label="Direct sign-in"
                hint="social:google, or sso: and a connector's id"
            />
            <Field name="login_hint" label="Login hint" hint="Who probably signs in: alice" />
            <Field name="prompt" label="Prompt" choices=PROMPTS />
            <Field
                name="max_age"
                label="Longest since the last proof"
                hint="Seconds; with 0 you are asked in any case"
            />
            <Field name="ui_locales" label="Languages" hint="The most wanted first: th en" />
            <Field name="organization_id" label="Organization" hint="Whose look the screens take on" />
            <button type="submit" class="primary">"Sign in with these"</button>
            {is_refused()
                .then(|| {
                    view! {
                        <p role="alert">
                            "One of these values is not taken. The words under each field say what is."
                        </p>
                    }
                })}
        </form>
    }
}

/// Whether the form has just been refused: a browser without JavaScript is sent
/// back with that in the address.
fn is_refused() -> bool {
    let query = use_query_map().get_untracked();
    query.get_str("__err").is_some() && query.get_str("__path") == Some(crate::SignInWith::url())
}

/// When the user last proved who they are.
#[component]
fn LastProof() -> impl IntoView {
    rendered_session().map(|session| {
        let proof = match session.authenticated_at {
            Some(at) => view! { "You last proved who you are on " <Moment at /> "." }.into_any(),
            None => {
                "Logto was not asked when you last proved who you are. Ask by the longest time since then."
                    .into_any()
            }
        };
        view! { <p role="status">{proof}</p> }
    })
}
