//! Why the application refused a sign-in, for its error page.

use crate::request::request_session;

/// Returns why [`Hooks::on_sign_in`](crate::Hooks::on_sign_in) refused the last
/// sign-in of this browser. For an error page with `?error=SignInRefused`, and for
/// server functions. `None` if there is no reason, or it is older than ten minutes.
///
/// Leptos shows it as text, also if it contains markup.
///
/// ```
/// use auth_leptos::{ErrorKind, refusal_reason};
/// use leptos::prelude::*;
///
/// #[component]
/// fn Refused() -> impl IntoView {
///     let reason = refusal_reason();
///     view! { <p>{reason.unwrap_or_else(|| ErrorKind::SignInRefused.sentence().to_owned())}</p> }
/// }
/// ```
pub fn refusal_reason() -> Option<String> {
    request_session().ok()?.refusal_reason()
}
