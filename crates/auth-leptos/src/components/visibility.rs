//! Components that show their children to some users only: signed in, signed
//! out, or with a role.

use leptos::{either::Either, prelude::*};

use super::use_session;
use crate::SessionState;

type Condition = Box<dyn Fn(&SessionState) -> bool + Send + Sync>;

/// Shows its children to a user who is signed in, and follows
/// [`use_session`](crate::use_session).
#[component]
pub fn SignedIn(children: ChildrenFn) -> impl IntoView {
    show_if(Box::new(SessionState::is_authenticated), children)
}

/// Shows its children to a user who is signed out, and follows
/// [`use_session`](crate::use_session).
///
/// While nobody knows who is signed in, neither this component nor [`SignedIn`]
/// shows anything.
#[component]
pub fn SignedOut(children: ChildrenFn) -> impl IntoView {
    show_if(Box::new(SessionState::is_unauthenticated), children)
}

/// Shows its children to a signed-in user who has a role, by the claim `roles`,
/// and follows [`use_session`](crate::use_session).
///
/// It hides, and does not protect: what a page contains can be read by everybody
/// who can load the page or its WASM.
#[component]
pub fn HasRole(
    /// The role's name at Logto.
    #[prop(into)]
    role: String,
    /// The content to show.
    children: ChildrenFn,
) -> impl IntoView {
    show_if(Box::new(move |session| session.has_role(&role)), children)
}

/// Shows its children to a signed-in user who has a role in an organization, by
/// the claim `organization_roles`, and follows
/// [`use_session`](crate::use_session). It hides, and does not protect, like
/// [`HasRole`].
#[component]
pub fn HasOrganizationRole(
    /// The organization's id at Logto.
    #[prop(into)]
    organization: String,
    /// The role's name at Logto.
    #[prop(into)]
    role: String,
    /// The content to show.
    children: ChildrenFn,
) -> impl IntoView {
    show_if(
        Box::new(move |session| session.has_organization_role(&organization, &role)),
        children,
    )
}

/// What the shown children depend on.
#[derive(Clone, PartialEq)]
struct Viewer {
    user_id: Option<String>,
    is_shown: bool,
    /// Alternates from user to user.
    is_second: bool,
}

/// Builds the children again for another user, and removes the former ones from
/// the page: Leptos reuses the elements of a view that it replaces by one of the
/// same type, with what the former user typed into them.
///
/// It is not generic, because each instance would add to the size of the WASM.
pub(super) fn show_if(condition: Condition, children: ChildrenFn) -> impl IntoView {
    let session = use_session();
    let viewer = ArcMemo::new(move |former: Option<&Viewer>| {
        session.with(|session| {
            let user_id = session.user().map(|user| user.id.clone());
            let is_second =
                former.is_some_and(|former| former.is_second != (former.user_id != user_id));
            Viewer {
                is_shown: condition(session),
                user_id,
                is_second,
            }
        })
    });
    move || {
        let (is_shown, is_second) = viewer.with(|viewer| (viewer.is_shown, viewer.is_second));
        is_shown.then(|| {
            if is_second {
                Either::Right(children())
            } else {
                Either::Left(children())
            }
        })
    }
}
