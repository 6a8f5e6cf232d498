//! Protection of APIs by access tokens, and of pages and routes by roles and
//! scopes.

mod bearer;
mod challenge;
mod require;
mod resource_metadata;

pub use self::{
    bearer::{Caller, MissingProtectedApi, ProtectedApi},
    require::{RequireOrganizationRole, RequireRole, RequireScope},
};
