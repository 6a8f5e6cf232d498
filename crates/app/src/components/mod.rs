//! What the pages are built from.

mod claims_table;
mod layout;
mod sign_in_button;
mod sign_out_button;

pub(crate) use self::{
    claims_table::ClaimsTable, layout::Layout, sign_in_button::SignInButton,
    sign_out_button::SignOutButton,
};
