//! Tables of a user's claims.

mod sources;
mod table;
mod value;

pub(crate) use self::{sources::ClaimSources, table::ClaimsTable};
