use leptos::{prelude::*, server_fn::ServerFn};

/// A form that posts to the server function `sign_up`.
#[component]
pub(crate) fn SignUpButton() -> impl IntoView {
    view! {
        <form method="post" action=crate::SignUp::url()>
            <button type="submit">"Sign up"</button>
        </form>
    }
}
