//! An example API that is protected by access tokens, and a client that calls it
//! with the user's token.

mod api;
mod client;
mod form;
mod items;

pub use self::{api::shopping_api, client::ShoppingClient};
pub(crate) use self::{
    client::{ListedItem, ShoppingError},
    form::{PAGE, add, error_from_query},
};
