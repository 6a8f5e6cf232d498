use auth_leptos::{SignedIn, rendered_session};
use leptos::prelude::*;
use leptos_meta::Title;

use crate::components::{Field, Layout, Timestamp};

const FIRST_SCREENS: &[(&str, &str)] = &[
    ("", "Sign in"),
    ("register", "Create an account"),
    ("reset_password", "Set a new password"),
    ("identifier:sign_in", "Sign in with the identifiers below"),
    (
        "identifier:register",
        "Create an account with the identifiers below",
    ),
    ("single_sign_on", "Enterprise single sign-on"),
];
const PROMPTS: &[(&str, &str)] = &[
    ("", "This site's default"),
    ("consent", "Ask for consent"),
    ("login consent", "Ask to sign in again"),
    ("none", "Ask nothing (silent sign-in)"),
];

/// All the options that a sign-in at Logto can have.
#[component]
pub(crate) fn SignInOptions() -> impl IntoView {
    // Leptos sends a browser without JavaScript back to this page, with the error in
    // the query, and gives it to the action.
    let sign_in = ServerAction::<crate::SignInWith>::new();
    let is_refused = matches!(sign_in.value().get_untracked(), Some(Err(_)));
    view! {
        <Title text="Sign-in options" />
        <Layout>
            <h1>"Sign-in options"</h1>
            <p class="lead">
                "An application can set these options for a sign-in. An empty field sets nothing. You will come back to this page."
            </p>
            <SignedIn>
                <LastSignIn />
            </SignedIn>
            <ActionForm action=sign_in attr:class="card options">
                <input type="hidden" name="redirect_to" value="/sign-in" />
                <Field name="first_screen" label="First screen" choices=FIRST_SCREENS />
                <Field
                    name="identifier"
                    label="Identifiers"
                    hint="One or more, separated by spaces: email phone username"
                />
                <Field
                    name="direct_sign_in"
                    label="Direct sign-in"
                    hint="social:google, or sso: followed by a connector's ID"
                />
                <Field
                    name="login_hint"
                    label="Login hint"
                    hint="The username or e-mail address to fill in: alice"
                />
                <Field name="prompt" label="Prompt" choices=PROMPTS />
                <Field
                    name="max_age"
                    label="Ask again after"
                    hint="Seconds since you last signed in at Logto. With 0, Logto always asks"
                />
                <Field
                    name="ui_locales"
                    label="Languages"
                    hint="In order of preference, separated by spaces: th en"
                />
                <Field
                    name="organization_id"
                    label="Organization"
                    hint="The ID of the organization whose branding Logto shows"
                />
                <button type="submit" class="primary">"Sign in with these options"</button>
                {is_refused
                    .then(|| {
                        view! {
                            <p role="alert">
                                "One of these values is not valid. The text below each field says what it takes."
                            </p>
                        }
                    })}
            </ActionForm>
        </Layout>
    }
}

/// Says when the user last signed in at Logto: the claim `auth_time` (OpenID
/// Connect Core 1.0 §2), which Logto sends only if the sign-in asked for it.
#[component]
fn LastSignIn() -> impl IntoView {
    rendered_session().map(|session| {
        let text = match session.authenticated_at {
            Some(at) => view! { "You last signed in at Logto on " <Timestamp at /> "." }.into_any(),
            None => "Logto did not say when you last signed in. Set “Ask again after” to find out."
                .into_any(),
        };
        view! { <p role="status">{text}</p> }
    })
}
