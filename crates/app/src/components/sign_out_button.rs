use leptos::{prelude::*, server_fn::ServerFn};

/// A form that posts to the server function `sign_out`.
#[component]
pub(crate) fn SignOutButton() -> impl IntoView {
    view! {
        <form method="post" action=crate::SignOut::url()>
            <button type="submit">"Sign out"</button>
        </form>
    }
}
