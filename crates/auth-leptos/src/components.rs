//! Components that show one thing to who is signed in, another to who is not,
//! and some things only to who has a role.

use auth_types::PublicSession;
use leptos::prelude::*;

/// The session as a browser may see it, without waiting and without a request:
/// the server puts it into the page.
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

/// Whether anyone is signed in, known as [`use_session`] is.
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

/// Shows its children to a signed-in visitor.
#[component]
pub fn SignedIn(children: Children) -> impl IntoView {
    is_signed_in().then(children)
}

/// Shows its children to a visitor who is signed out.
#[component]
pub fn SignedOut(children: Children) -> impl IntoView {
    (!is_signed_in()).then(children)
}

/// Shows its children to a signed-in visitor who has a role, by the claim
/// `roles`.
#[component]
pub fn HasRole(
    /// The role's name at Logto.
    #[prop(into)]
    role: String,
    /// What is shown.
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

/// Shows its children to a signed-in visitor who has a role in an
/// organization, by the claim `organization_roles`.
#[component]
pub fn HasOrganizationRole(
    /// The organization's id at Logto.
    #[prop(into)]
    organization: String,
    /// The role's name at Logto.
    #[prop(into)]
    role: String,
    /// What is shown.
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
