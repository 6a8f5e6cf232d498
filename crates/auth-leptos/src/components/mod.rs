//! Components: the session of a page, parts for some users only, buttons.

mod buttons;
mod session_provider;
mod visibility;

pub use self::{
    buttons::{SignInButton, SignOutButton},
    session_provider::{SessionProvider, use_session},
    visibility::{HasOrganizationRole, HasRole, SignedIn, SignedOut},
};
