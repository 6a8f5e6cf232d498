//! Components that show their children to some users only: signed in, signed
//! out, or with a role.

use auth_types::PublicSession;
use leptos::prelude::*;

/// Returns the part of the session that a browser may see, or `None` if the user
/// is signed out. The server puts it into the page, so it needs no waiting and
/// no request.
pub fn use_session() -> Option<PublicSession> {
    SharedValue::new(|| {
        #[cfg(feature = "ssr")]
        {
            crate::rendered_session().map(|session| session.to_public())
        }
        #[cfg(not(feature = "ssr"))]
        {
            None
        }
    })
    .into_inner()
}

/// Returns whether the user is signed in. Works like [`use_session`].
fn is_signed_in() -> bool {
    SharedValue::new(|| {
        #[cfg(feature = "ssr")]
        {
            crate::rendered_session().is_some()
        }
        #[cfg(not(feature = "ssr"))]
        {
            false
        }
    })
    .into_inner()
}

/// Returns whether the user is known to be signed out.
fn is_signed_out() -> bool {
    SharedValue::new(|| {
        #[cfg(feature = "ssr")]
        {
            matches!(
                crate::request::rendered(),
                crate::request::Rendered::SignedOut
            )
        }
        #[cfg(not(feature = "ssr"))]
        {
            true
        }
    })
    .into_inner()
}

/// Shows its children to a user who is signed in.
#[component]
pub fn SignedIn(children: Children) -> impl IntoView {
    is_signed_in().then(children)
}

/// Shows its children to a user who is signed out. Without
/// [`with_auth`](crate::WithAuth::with_auth) nobody knows who is signed in, and
/// neither this component nor [`SignedIn`] shows anything.
#[component]
pub fn SignedOut(children: Children) -> impl IntoView {
    is_signed_out().then(children)
}

/// Shows its children to a signed-in user who has a role, by the claim `roles`.
#[component]
pub fn HasRole(
    /// The role's name at Logto.
    #[prop(into)]
    role: String,
    /// The content to show.
    children: Children,
) -> impl IntoView {
    let has_role = SharedValue::new(move || {
        #[cfg(feature = "ssr")]
        {
            crate::rendered_session().is_some_and(|session| session.has_role(&role))
        }
        #[cfg(not(feature = "ssr"))]
        {
            drop(role);
            false
        }
    })
    .into_inner();
    has_role.then(children)
}

/// Shows its children to a signed-in user who has a role in an organization, by
/// the claim `organization_roles`.
#[component]
pub fn HasOrganizationRole(
    /// The organization's id at Logto.
    #[prop(into)]
    organization: String,
    /// The role's name at Logto.
    #[prop(into)]
    role: String,
    /// The content to show.
    children: Children,
) -> impl IntoView {
    let has_role = SharedValue::new(move || {
        #[cfg(feature = "ssr")]
        {
            crate::rendered_session()
                .is_some_and(|session| session.has_organization_role(&organization, &role))
        }
        #[cfg(not(feature = "ssr"))]
        {
            drop((organization, role));
            false
        }
    })
    .into_inner();
    has_role.then(children)
}
