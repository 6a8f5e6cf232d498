//! What the pages are built from.

mod access_token;
mod claims_table;
mod device_item;
mod layout;
mod moment;
mod sign_in_button;
mod sign_out_button;
mod sign_out_of_button;

pub(crate) use self::{
    access_token::AccessToken, claims_table::ClaimsTable, device_item::DeviceItem, layout::Layout,
    moment::Moment, sign_in_button::SignInButton, sign_out_button::SignOutButton,
    sign_out_of_button::SignOutOfButton,
};
