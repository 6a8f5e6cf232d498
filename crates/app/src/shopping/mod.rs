//! A shopping list behind access tokens: an API as an application would have
//! one, for other programs of the user's; and its use with the user's token.

mod api;
mod client;
mod form;
mod items;

pub use self::{api::shopping_api, client::ShoppingClient};
pub(crate) use self::{
    client::{ListedItem, ShoppingError},
    form::{PAGE, add, problem},
};
