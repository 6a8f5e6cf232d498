//! The parts that pages are built from.

mod access_token;
mod buttons;
mod claims;
mod field;
mod granted_scopes;
mod layout;
mod personal_page;
mod problem;
mod session_item;
mod timestamp;
mod user_menu;

pub(crate) use self::{
    access_token::AccessToken,
    buttons::{EndSessionsButton, SignInButton, SignOutButton, SignUpButton},
    claims::{ClaimSources, ClaimsTable},
    field::Field,
    granted_scopes::GrantedScopes,
    layout::Layout,
    personal_page::PersonalPage,
    problem::problem,
    session_item::SessionItem,
    timestamp::Timestamp,
    user_menu::UserMenu,
};
