//! Buttons that sign in and out: plain forms, which work before hydration and
//! without JavaScript.

use auth_types::routes::{self, Route, SIGN_IN_LOGTO};
#[cfg(feature = "ssr")]
use leptos::either::Either;
use leptos::prelude::*;

#[cfg(not(feature = "ssr"))]
use super::element::{Content, FixedElement};

use super::texts::{self, SIGN_IN, Text};
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
    /// The button's content; by default *Sign in*, in the language of the request.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    form(SIGN_IN_LOGTO, redirect_to, class, SIGN_IN, children)
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
    /// The button's content; by default *Sign out*, in the language of the request.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    form(
        routes::SIGN_OUT,
        redirect_to,
        class,
        texts::SIGN_OUT,
        children,
    )
}

/// A button to sign in without options.
#[cfg(feature = "ssr")]
pub(super) fn plain_sign_in() -> impl IntoView {
    form(SIGN_IN_LOGTO, None, None, SIGN_IN, None)
}

#[cfg(not(feature = "ssr"))]
pub(super) fn plain_sign_in() -> FixedElement {
    form(SIGN_IN_LOGTO, None, None, SIGN_IN, None)
}

// In both forms the button is first: what is behind it may be absent.

#[cfg(feature = "ssr")]
fn form(
    action: Route,
    redirect_to: Option<String>,
    class: Option<String>,
    label: Text,
    children: Option<Children>,
) -> impl IntoView {
    let (content, lang) = match children {
        Some(children) => (Either::Left(children()), None),
        None => {
            let ([label], lang) = texts::say([label]);
            (Either::Right(label), lang)
        }
    };
    view! {
        <form method="post" action=path_of(action)>
            <button type="submit" class=class lang=lang>{content}</button>
            {redirect_to
                .map(|page| view! { <input type="hidden" name="callbackUrl" value=page /> })}
        </form>
    }
}

#[cfg(not(feature = "ssr"))]
fn form(
    action: Route,
    redirect_to: Option<String>,
    class: Option<String>,
    label: Text,
    children: Option<Children>,
) -> FixedElement {
    let content = match children {
        Some(children) => Content::View(children()),
        None => Content::Text(label),
    };
    let button = FixedElement::new("button", content).with("type", "submit");
    let button = match class {
        Some(class) => button.with("class", class),
        None => button,
    };
    let page = redirect_to.map(|page| {
        FixedElement::new("input", Content::Nothing)
            .with("type", "hidden")
            .with("name", "callbackUrl")
            .with("value", page)
    });
    FixedElement::new(
        "form",
        Content::Elements([button].into_iter().chain(page).collect()),
    )
    .with("method", "post")
    .with("action", path_of(action))
}
