//! A page for signed-in users, or for users with a role.

use auth_types::ErrorKind;
use leptos::{either::EitherOf3, prelude::*};

use super::{SignInButton, use_session, visibility::show_if};
use crate::guards::{Access, Condition};

/// Shows its children to a signed-in user, or to one with a role, and leads all
/// others elsewhere. Put it around the content of a page.
///
/// - On the server, the page of another user is not sent at all: a signed-out user
///   is redirected to the sign-in and returns to the very page, with its query; a
///   user without the role gets a page with the status 403. A `fetch` gets 401 or
///   403. The response must not have begun, so do not put it into a `<Suspense>`.
/// - In the browser, after a link inside of the app, a signed-out user goes to the
///   sign-in and returns to the page. A user without the role reads a sentence.
/// - If the session ends while the page is open, the children are removed, and a
///   button to sign in is shown: nobody is led away from what they have typed
///   elsewhere on the page.
///
/// It only leads: it decides by the session that the page was rendered with, and
/// what it contains can be read by everybody who can load the WASM. Data is
/// protected by the server function that returns it, which calls
/// `auth_leptos::require_session()`. To decide by claims that are fresh, add the
/// layer `auth_leptos::RequireSession` with `under("/account")`.
///
/// ```
/// use auth_leptos::Protected;
/// use leptos::prelude::*;
///
/// #[component]
/// fn Account() -> impl IntoView {
///     view! {
///         <Protected>
///             <h1>"Your account"</h1>
///         </Protected>
///     }
/// }
///
/// #[component]
/// fn Board() -> impl IntoView {
///     view! {
///         <Protected organization="o1" role="member">
///             <h1>"The board"</h1>
///         </Protected>
///     }
/// }
/// ```
#[component]
pub fn Protected(
    /// The role that the user needs, by its name at Logto.
    #[prop(optional, into)]
    role: Option<String>,
    /// The organization in which the user needs the role, by its id at Logto.
    /// Without `role` nobody gets in.
    #[prop(optional, into)]
    organization: Option<String>,
    /// The page.
    children: ChildrenFn,
) -> impl IntoView {
    let condition = Condition::new(organization, role);
    #[cfg(feature = "ssr")]
    crate::guards::check_page(condition.access(&super::page_state()), &condition);

    let session = use_session();
    let notice = ArcMemo::new({
        let condition = condition.clone();
        move |former: Option<&Notice>| {
            session.with(|session| Notice::next(former.copied(), condition.access(session)))
        }
    });
    #[cfg(all(feature = "hydrate", target_arch = "wasm32"))]
    leave_when_asked(notice.clone());
    let content = show_if(
        Box::new(move |session| condition.access(session) == Access::Allowed),
        children,
    );
    view! {
        {content}
        {move || match notice.get() {
            Notice::Unknown | Notice::None | Notice::Leave => EitherOf3::A(()),
            Notice::Ended => EitherOf3::B(ended()),
            Notice::Forbidden => EitherOf3::C(forbidden()),
        }}
    }
    .into_any()
}

/// What is shown in the place of the children.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Notice {
    /// The session is not known yet.
    Unknown,
    /// The children are shown.
    None,
    /// A signed-out user has opened the page and goes to the sign-in.
    Leave,
    /// The session has ended while the page was open.
    Ended,
    Forbidden,
}

impl Notice {
    fn next(former: Option<Self>, access: Access) -> Self {
        match (access, former) {
            (Access::Unknown, former) => former.unwrap_or(Self::Unknown),
            (Access::Allowed, _) => Self::None,
            (Access::Forbidden, _) => Self::Forbidden,
            (Access::SignedOut, None | Some(Self::Unknown | Self::Leave)) => Self::Leave,
            (Access::SignedOut, Some(_)) => Self::Ended,
        }
    }
}

/// Goes to the sign-in, in an effect: the first render must be that of the server.
#[cfg(all(feature = "hydrate", target_arch = "wasm32"))]
fn leave_when_asked(notice: ArcMemo<Notice>) {
    let page = crate::browser::address();
    Effect::new(move || {
        if notice.get() == Notice::Leave {
            crate::browser::go_to_sign_in(page.clone());
        }
    });
}

fn ended() -> impl IntoView {
    view! {
        <p role="alert">{ErrorKind::SessionRequired.sentence()}</p>
        <SignInButton />
    }
}

fn forbidden() -> impl IntoView {
    view! { <p role="alert">{ErrorKind::AccessDenied.sentence()}</p> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_user_who_opens_the_page_signed_out_is_led_away() {
        use Access::{Allowed, Forbidden, SignedOut, Unknown};
        for (accesses, expected) in [
            (&[Unknown][..], Notice::Unknown),
            (&[Unknown, SignedOut], Notice::Leave),
            (&[SignedOut, SignedOut], Notice::Leave),
            (&[SignedOut, Allowed], Notice::None),
            (&[Allowed, SignedOut], Notice::Ended),
            (&[Allowed, SignedOut, SignedOut], Notice::Ended),
            (&[Allowed, Forbidden, SignedOut], Notice::Ended),
            (&[Allowed, SignedOut, Allowed], Notice::None),
            (&[Forbidden], Notice::Forbidden),
            (&[Allowed, Unknown], Notice::None),
        ] {
            let notice = accesses
                .iter()
                .fold(None, |former, access| Some(Notice::next(former, *access)));
            assert_eq!(notice, Some(expected), "{accesses:?}");
        }
    }
}
