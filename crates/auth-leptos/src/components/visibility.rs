//! Components that show their children to some users only: signed in, signed
//! out, or with a role.

use leptos::prelude::*;

use super::use_session;
use crate::SessionState;

/// Shows its children to a user who is signed in, and follows
/// [`use_session`](crate::use_session).
#[component]
pub fn SignedIn(children: ChildrenFn) -> impl IntoView {
    show_if(SessionState::is_authenticated, children)
}

/// Shows its children to a user who is signed out, and follows
/// [`use_session`](crate::use_session).
///
/// While nobody knows who is signed in, neither this component nor [`SignedIn`]
/// shows anything.
#[component]
pub fn SignedOut(children: ChildrenFn) -> impl IntoView {
    show_if(SessionState::is_unauthenticated, children)
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
    show_if(move |session| session.has_role(&role), children)
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
        move |session| session.has_organization_role(&organization, &role),
        children,
    )
}

/// For whom children are shown.
#[derive(Clone, PartialEq)]
struct Viewer {
    user_id: Option<String>,
}

/// Children are built again for another user, so that nothing of the former one
/// stays, even where the children do not follow the session.
fn show_if(
    condition: impl Fn(&SessionState) -> bool + Send + Sync + 'static,
    children: ChildrenFn,
) -> impl IntoView {
    let session = use_session();
    let viewer = ArcMemo::new(move |_| {
        session.with(|session| {
            condition(session).then(|| Viewer {
                user_id: session.user().map(|user| user.id.clone()),
            })
        })
    });
    move || viewer.get().map(|_| children())
}
