//! Components that show their children to some users only: signed in, signed
//! out, or with a role.

use leptos::prelude::*;

use super::session_view::{Choose, Shown, session_view};
use crate::SessionState;

/// Shows its children to a user who is signed in, and follows
/// [`use_session`](crate::use_session).
#[component]
pub fn SignedIn<C>(
    /// The content to show.
    children: TypedChildrenFn<C>,
) -> impl IntoView
where
    C: IntoView + 'static,
    C::AsyncOutput: Send,
{
    session_view(show_if(SessionState::is_authenticated), children)
}

/// Shows its children to a user who is signed out, and follows
/// [`use_session`](crate::use_session).
///
/// While nobody knows who is signed in, neither this component nor [`SignedIn`]
/// shows anything.
#[component]
pub fn SignedOut<C>(
    /// The content to show.
    children: TypedChildrenFn<C>,
) -> impl IntoView
where
    C: IntoView + 'static,
    C::AsyncOutput: Send,
{
    session_view(show_if(SessionState::is_unauthenticated), children)
}

/// Shows its children to a signed-in user who has a role, by the claim `roles`,
/// and follows [`use_session`](crate::use_session).
///
/// It hides, and does not protect: what a page contains can be read by everybody
/// who can load the page or its WASM.
#[component]
pub fn HasRole<C>(
    /// The role's name at Logto.
    #[prop(into)]
    role: String,
    /// The content to show.
    children: TypedChildrenFn<C>,
) -> impl IntoView
where
    C: IntoView + 'static,
    C::AsyncOutput: Send,
{
    session_view(show_if(move |session| session.has_role(&role)), children)
}

/// Shows its children to a signed-in user who has a role in an organization, by
/// the claim `organization_roles`, and follows
/// [`use_session`](crate::use_session). It hides, and does not protect, like
/// [`HasRole`].
#[component]
pub fn HasOrganizationRole<C>(
    /// The organization's id at Logto.
    #[prop(into)]
    organization: String,
    /// The role's name at Logto.
    #[prop(into)]
    role: String,
    /// The content to show.
    children: TypedChildrenFn<C>,
) -> impl IntoView
where
    C: IntoView + 'static,
    C::AsyncOutput: Send,
{
    session_view(
        show_if(move |session| session.has_organization_role(&organization, &role)),
        children,
    )
}

fn show_if(is_shown: impl Fn(&SessionState) -> bool + Send + Sync + 'static) -> Choose {
    Box::new(move |session| {
        if is_shown(session) {
            Shown::Children
        } else {
            Shown::Nothing
        }
    })
}
