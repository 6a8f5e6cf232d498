use leptos::{prelude::*, server_fn::ServerFn as _};

use crate::SignIn;

/// A form that posts to the server function `sign_in`.
#[component]
pub(crate) fn SignInButton(
    /// The page to return to; by default the page with the button.
    #[prop(optional_no_strip)]
    redirect_to: Option<String>,
    /// The button's text.
    #[prop(default = "Sign in".to_owned(), into)]
    label: String,
) -> impl IntoView {
    view! {
        <form method="post" action=SignIn::PATH>
            {redirect_to.map(|page| view! { <input type="hidden" name="redirect_to" value=page /> })}
            <button type="submit" class="primary">{label}</button>
        </form>
    }
}
