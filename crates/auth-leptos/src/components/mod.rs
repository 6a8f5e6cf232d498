//! Components: the session of a page, parts for some users only, buttons.

mod buttons;
#[cfg(not(feature = "ssr"))]
mod element;
mod protected;
pub mod protected_route;
mod session_provider;
mod session_view;
mod texts;
mod visibility;

#[cfg(feature = "ssr")]
pub(crate) use self::session_provider::page_state;
pub use self::{
    buttons::{SignInButton, SignOutButton},
    protected::Protected,
    session_provider::{SessionProvider, use_session},
    visibility::{HasOrganizationRole, HasRole, SignedIn, SignedOut},
};
