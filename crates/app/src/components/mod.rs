//! What the pages are built from.

mod access_token;
mod claim_sources;
mod claim_value;
mod claims_table;
mod device_item;
mod field;
mod granted_scopes;
mod layout;
mod moment;
mod sign_in_button;
mod sign_out_button;
mod sign_out_of_button;
mod sign_up_button;

pub(crate) use self::{
    access_token::AccessToken, claim_sources::ClaimSources, claims_table::ClaimsTable,
    device_item::DeviceItem, field::Field, granted_scopes::GrantedScopes, layout::Layout,
    moment::Moment, sign_in_button::SignInButton, sign_out_button::SignOutButton,
    sign_out_of_button::SignOutOfButton, sign_up_button::SignUpButton,
};
