use leptos::{prelude::*, server_fn::ServerFn as _};

use crate::SignUp;

/// A form that posts to the server function `sign_up`.
#[component]
pub(crate) fn SignUpButton() -> impl IntoView {
    view! {
        <form method="post" action=SignUp::PATH>
            <button type="submit">"Sign up"</button>
        </form>
    }
}
