//! The session of a request.

mod claims;
mod extractors;
mod layer;
mod missing_layer;
mod refusal;
mod refuse;
mod request;
mod sessions;
mod sign_in;

pub use self::{
    extractors::CurrentSession,
    layer::{CachePolicy, SessionLayer},
    missing_layer::MissingSessionLayer,
    request::RequestSession,
};
