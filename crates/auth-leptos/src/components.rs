//! Components that show one thing to who is signed in, another to who is not.

use auth_core::PublicSession;
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
