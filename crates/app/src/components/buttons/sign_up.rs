use leptos::prelude::*;

/// A form that posts to the server function `sign_up`.
#[component]
pub(crate) fn SignUpButton() -> impl IntoView {
    let sign_up = ServerAction::<crate::SignUp>::new();
    view! {
        <ActionForm action=sign_up>
            <button type="submit">"Sign up"</button>
        </ActionForm>
    }
}
