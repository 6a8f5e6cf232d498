//! Buttons that sign in and out: plain forms, which work before hydration and
//! without JavaScript.

use auth_types::routes::{Route, SIGN_IN_LOGTO, SIGN_OUT};
use leptos::{either::Either, prelude::*};

use crate::base_path::path_of;

/// A form with one button that starts a sign-in. It works without JavaScript,
/// and needs no server function.
///
/// ```
/// use auth_leptos::{SignInButton, SignedOut};
/// use leptos::prelude::*;
///
/// #[component]
/// fn Welcome() -> impl IntoView {
///     view! {
///         <SignedOut>
///             <SignInButton redirect_to="/orders">"Sign in to order"</SignInButton>
///         </SignedOut>
///     }
/// }
/// ```
///
/// For other options of a sign-in, write a server function that calls
/// `auth_leptos::sign_in`.
#[component]
pub fn SignInButton(
    /// The page to return to after the sign-in; by default the page with the
    /// button.
    #[prop(optional, into)]
    redirect_to: Option<String>,
    /// The class of the button.
    #[prop(optional, into)]
    class: Option<String>,
    /// The button's content; by default *Sign in*.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    form(SIGN_IN_LOGTO, redirect_to, class, "Sign in", children)
}

/// A form with one button that signs out, here and at Logto. It works without
/// JavaScript, and needs no server function.
#[component]
pub fn SignOutButton(
    /// The page to return to after the sign-out; by default the home page.
    #[prop(optional, into)]
    redirect_to: Option<String>,
    /// The class of the button.
    #[prop(optional, into)]
    class: Option<String>,
    /// The button's content; by default *Sign out*.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    form(SIGN_OUT, redirect_to, class, "Sign out", children)
}

fn form(
    action: Route,
    redirect_to: Option<String>,
    class: Option<String>,
    label: &'static str,
    children: Option<Children>,
) -> impl IntoView {
    let content = match children {
        Some(children) => Either::Left(children()),
        None => Either::Right(label),
    };
    view! {
        <form method="post" action=path_of(action)>
            {redirect_to
                .map(|page| view! { <input type="hidden" name="callbackUrl" value=page /> })}
            <button type="submit" class=class>{content}</button>
        </form>
    }
}
