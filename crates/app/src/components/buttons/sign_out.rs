use leptos::{prelude::*, server_fn::ServerFn as _};

use crate::SignOut;

/// A form that posts to the server function `sign_out`.
#[component]
pub(crate) fn SignOutButton(
    /// Keeps the user signed in at Logto.
    #[prop(optional)]
    only_here: bool,
) -> impl IntoView {
    let label = if only_here {
        "Sign out of this app only"
    } else {
        "Sign out"
    };
    view! {
        <form method="post" action=SignOut::PATH>
            {only_here.then(|| view! { <input type="hidden" name="only_here" value="true" /> })}
            <button type="submit">{label}</button>
        </form>
    }
}
