//! Protecting an API with access tokens, and pages and routes with roles.

mod bearer;
mod challenge;
mod require;
mod resource_metadata;

pub use self::{
    bearer::{Caller, MissingProtectedApi, ProtectedApi},
    require::{RequireOrganizationRole, RequireRole, RequireScope},
};
