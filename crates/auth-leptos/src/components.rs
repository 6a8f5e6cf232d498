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

/// Shows its children to a signed-in visitor.
#[component]
pub fn SignedIn(children: Children) -> impl IntoView {
    use_session().map(|_| children())
}

/// Shows its children to a visitor who is signed out.
#[component]
pub fn SignedOut(children: Children) -> impl IntoView {
    use_session().is_none().then(children)
}
