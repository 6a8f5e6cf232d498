//! A page for signed-in users, or for users with a role.

use leptos::prelude::*;

use super::session_view::{Shown, session_view};
use crate::{
    SessionState,
    guards::{Access, Condition},
};

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
pub fn Protected<C>(
    /// The role that the user needs, by its name at Logto.
    #[prop(optional, into)]
    role: Option<String>,
    /// The organization in which the user needs the role, by its id at Logto.
    /// Without `role` nobody gets in.
    #[prop(optional, into)]
    organization: Option<String>,
    /// The page.
    children: TypedChildrenFn<C>,
) -> impl IntoView
where
    C: IntoView + 'static,
    C::AsyncOutput: Send,
{
    let condition = Condition::new(organization, role);
    #[cfg(feature = "ssr")]
    crate::guards::check_page(condition.access(&super::page_state()), &condition);

    #[cfg(all(feature = "hydrate", target_arch = "wasm32"))]
    let page = crate::browser::address();
    let mut state = Page::Unknown;
    let choose = move |session: &SessionState| {
        let next = state.next(condition.access(session));
        #[cfg(all(feature = "hydrate", target_arch = "wasm32"))]
        if next == Page::Leave && state != next {
            crate::browser::go_to_sign_in(page.clone());
        }
        state = next;
        state.shown()
    };
    session_view(Box::new(choose), children)
}

/// What a protected page does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Page {
    /// The session is not known yet.
    Unknown,
    Shown,
    /// A signed-out user has opened the page and goes to the sign-in.
    Leave,
    /// The session has ended while the page was open.
    Ended,
    Forbidden,
}

impl Page {
    fn next(self, access: Access) -> Self {
        match (access, self) {
            (Access::Unknown, former) => former,
            (Access::Allowed, _) => Self::Shown,
            (Access::Forbidden, _) => Self::Forbidden,
            (Access::SignedOut, Self::Unknown | Self::Leave) => Self::Leave,
            (Access::SignedOut, Self::Shown | Self::Ended | Self::Forbidden) => Self::Ended,
        }
    }

    fn shown(self) -> Shown {
        match self {
            Self::Unknown | Self::Leave => Shown::Nothing,
            Self::Shown => Shown::Children,
            Self::Ended => Shown::SignInAgain,
            Self::Forbidden => Shown::Forbidden,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_user_who_opens_the_page_signed_out_is_led_away() {
        use Access::{Allowed, Forbidden, SignedOut, Unknown};
        for (accesses, expected) in [
            (&[Unknown][..], Page::Unknown),
            (&[Unknown, SignedOut], Page::Leave),
            (&[SignedOut, SignedOut], Page::Leave),
            (&[SignedOut, Allowed], Page::Shown),
            (&[Allowed, SignedOut], Page::Ended),
            (&[Allowed, SignedOut, SignedOut], Page::Ended),
            (&[Allowed, Forbidden, SignedOut], Page::Ended),
            (&[Allowed, SignedOut, Allowed], Page::Shown),
            (&[Forbidden], Page::Forbidden),
            (&[Allowed, Unknown], Page::Shown),
        ] {
            let page = accesses
                .iter()
                .fold(Page::Unknown, |former, access| former.next(*access));
            assert_eq!(page, expected, "{accesses:?}");
        }
    }
}
