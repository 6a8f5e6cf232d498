//! Tables of a user's claims.

mod sources;
mod table;

pub(crate) use self::{sources::ClaimSources, table::ClaimsTable};
