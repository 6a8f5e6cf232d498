use leptos::{prelude::*, server_fn::ServerFn as _};

use crate::EndSessions;

/// A form that posts to the server function `end_sessions`.
#[component]
pub(crate) fn EndSessionsButton(
    /// Which sessions to end: the argument of the server function.
    #[prop(into)]
    which: String,
    /// The button's text.
    label: &'static str,
    /// The button's name for screen readers, where the text alone is
    /// ambiguous.
    #[prop(optional)]
    aria_label: Option<String>,
) -> impl IntoView {
    view! {
        <form method="post" action=EndSessions::PATH>
            <input type="hidden" name="which" value=which />
            <button type="submit" aria-label=aria_label>{label}</button>
        </form>
    }
}
