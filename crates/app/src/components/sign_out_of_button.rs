use leptos::{prelude::*, server_fn::ServerFn};

/// A form that posts to the server function `sign_out_of`.
#[component]
pub(crate) fn SignOutOfButton(
    /// Which sessions it ends: the argument of the server function.
    #[prop(into)]
    which: String,
    /// What the button says.
    label: &'static str,
    /// What it says to who hears it without what stands around it.
    #[prop(optional)]
    aria_label: Option<String>,
) -> impl IntoView {
    view! {
        <form method="post" action=crate::SignOutOf::url()>
            <input type="hidden" name="which" value=which />
            <button type="submit" aria-label=aria_label>{label}</button>
        </form>
    }
}
