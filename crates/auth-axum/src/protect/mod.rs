//! Protection of APIs by access tokens, and of pages and routes by roles and
//! scopes.

mod challenge;
mod guarded_path;
mod protected_api;
mod require;
mod requirement;
mod resource_metadata;

pub use self::{
    protected_api::{Caller, MissingProtectedApi, ProtectedApi},
    require::{RequireFresh, RequireOrganizationRole, RequireRole, RequireScope, RequireSession},
};
